"""The types that a rule is made of, and the case that it judges.

A rule is a value: a module-level ``NAME = Rule(...)`` in any module of this package is found by
:func:`aigc_label.rules.all_rules`. Its ``judge`` sees facts only and yields hits; words, levels
and clauses are looked up from the rule when there is a hit, so that a clean file costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from aigc_label import chinese, producer_code
from aigc_label.model import (
    Binding,
    FoundLabel,
    FoundMark,
    Inspection,
    Kind,
    Level,
    Medium,
    printable,
)

Only: TypeAlias = Literal["implicit", "explicit"] | None
"""The one kind of label that was asked about; ``None`` for both."""

LONGEST_QUOTE = 120
"""Characters of a file's own words that a message quotes."""

_BRACES = str.maketrans("{}", "<>")  # of what is put into a message

LONGEST_REASON = 400
"""Characters of the reason why a file could not be read."""


class Words(NamedTuple):
    """The same sentence in English and in Chinese; ``str.format`` templates in a rule."""

    en: str
    zh: str

    def in_(self, lang: str) -> str:
        """The sentence in ``lang``; English for any language but Chinese."""
        return self.zh if lang == "zh" else self.en


class Case(NamedTuple):
    """What a rule may look at.

    Attributes:
        inspection: the facts.
        declared: the user who published the file says that it is AI-generated (art. 6).
        only: the one kind of label that was asked about; the other was not looked at.
        ours_are_homes: the profile takes our place for the label's home in this format, for
            which no guide names one.
        markable: whether the format takes a mark; asked late, since markers are loaded for it.
        propagator: the platform whose profile this is; ``""`` for none.
        derived_from: the facts of the file that this one was made of, where that was said.
    """

    inspection: Inspection
    declared: bool = False
    only: Only = None
    ours_are_homes: bool = False
    markable: Callable[[], bool] = lambda: True
    propagator: str = ""
    derived_from: Inspection | None = None

    @property
    def medium(self) -> Medium | None:
        """The format's medium, ``None`` if the format is unknown."""
        return self.inspection.medium

    @property
    def labels(self) -> tuple[FoundLabel, ...]:
        """The implicit labels to judge; none where they were not asked about."""
        return () if self.only == "explicit" else self.inspection.labels

    @property
    def marks(self) -> tuple[FoundMark, ...]:
        """The explicit marks to judge; none where nobody looked."""
        return self.inspection.marks or ()


class Hit(NamedTuple):
    """Where a rule strikes.

    Attributes:
        kind: ``"fail"``, or another of SARIF's kinds.
        words: which of the rule's messages to use, if not the one named like ``kind``.
        level: the level if it is not the rule's own.
        clause: the clause if it is more exact than the rule's own.
        binding: how that clause binds, if not as the rule's own does.
        label: the label that it is about, for its carrier and offset.
        carrier: the place that it is about, if not a label's.
        offset: the byte that it is about, if not a label's.
        arguments: what the message's placeholders stand for.
    """

    kind: Kind = "fail"
    words: str = ""
    level: Level | None = None
    clause: str = ""
    binding: Binding | None = None
    label: FoundLabel | None = None
    carrier: str | None = None
    offset: int | None = None
    arguments: Mapping[str, object] = MappingProxyType({})


Judge: TypeAlias = Callable[[Case], Iterable[Hit]]
"""Yields the hits of one rule. Its docstring is the rule's documentation page."""


Need: TypeAlias = Literal["label", "mark", "problem", "signal", "original"]


class Rule(NamedTuple):
    """One rule of the standard, a guide or good practice.

    Attributes:
        id: dotted, the group first: ``file``, ``implicit`` or ``explicit``.
        clause: the clause or source it rests on.
        level: the level of a failure, unless the hit says otherwise.
        binding: how it binds.
        title: a few words that name what it asks for.
        messages: by kind or by the hit's own choice; with placeholders.
        advice: how to mend it, under the same names as ``messages``; absent where there is
            nothing to do. ``{file}``, ``{producer}`` and ``{command}`` stand for the file, for
            whom its label names and for the line that mends it.
        judge: yields the hits; its docstring, in Markdown, is the rule's page.
        needs: what must be there for the rule to have anything to say: a label to judge, a mark,
            a problem with the file, another statement of its origin, a file that it was made of.
            Where it is not, the rule is not asked.
    """

    id: str
    clause: str
    level: Level
    binding: Binding
    title: Words
    messages: Mapping[str, Words]
    advice: Mapping[str, Words]
    judge: Judge
    needs: Need | None = None

    @property
    def page(self) -> str:
        """The rule's documentation page, in Markdown."""
        import inspect  # noqa: PLC0415 - judging does not need the pages

        return inspect.cleandoc(self.judge.__doc__ or "")

    def page_in(self, lang: str) -> str:
        """The page in a language: the English one in whole, in Chinese what the rule can say."""
        if lang != "zh":
            return self.page
        said = dict.fromkeys(words.zh for words in self.messages.values())
        mend = dict.fromkeys(words.zh for words in self.advice.values())
        lines = [f"{self.title.zh}。检查结果可能为：", *(f"- {one}" for one in said)]
        if mend:
            lines += ["处理方法：", *(f"- {one}" for one in mend)]
        return "\n\n".join(lines).translate(_BRACES)

    @property
    def group(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]


def quoted(value: object, name: str = "", lang: str = "en") -> object:
    """An argument made safe for a message of one line; numbers stay what they are.

    A ``reason`` is our own sentence, which ends in what to do: it is not cut in the middle, and it
    is told in the language of the message.
    """
    if name == "reason" and lang == "zh" and isinstance(value, str):
        value = chinese.reason(value)
    limit = LONGEST_REASON if name == "reason" else LONGEST_QUOTE
    return printable(value, limit) if isinstance(value, str) else value


def file_word(name: str) -> str:
    """The file as a shell would take it, or ``FILE`` where there is no such path."""
    if name.startswith("<") or not name.isprintable():
        return "FILE"
    import shlex  # noqa: PLC0415 - a finding without advice does not need it

    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def mending_command(case: Case, *, mark: bool) -> str:
    """The command line by which the owner mends this very file.

    A file without a label is labelled. A label that stands there is mended as it is: ``fix`` keeps
    its values, and draws no second mark beside a sufficient one.

    Args:
        case: the file.
        mark: whether it is the mark that is to be mended.
    """
    seen = case.inspection
    words = ["aigc-label", "fix" if seen.labels else "label", file_word(seen.name)]
    words += ["--producer", producer_word(case)]
    # Whether the format takes a mark is asked last: markers are loaded for it.
    if not mark and (
        case.only == "implicit" or (not seen.labels and (seen.marks or not case.markable()))
    ):
        words.append("--no-explicit")
    words.append("--in-place")
    return " ".join(words)


def producer_word(case: Case) -> str:
    """The producer that the file's first label names, as a shell takes it, or ``CODE``."""
    labels = case.inspection.labels
    found = labels[0].fields.get("ContentProducer", "") if labels else ""
    return _value("" if producer_code.fault(found) else found, "CODE")


def _value(found: str, otherwise: str) -> str:
    usable = found and found.isprintable() and len(found) <= LONGEST_QUOTE
    if not usable:
        return otherwise
    import shlex  # noqa: PLC0415 - as above

    return shlex.quote(found)
