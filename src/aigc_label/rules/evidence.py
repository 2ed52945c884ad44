"""Article 6 of the Measures: which of its three states, and on what evidence."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from aigc_label import chinese
from aigc_label.model import Attribution, Evidence
from aigc_label.rules.rule import Words, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.model import FoundLabel, FoundMark, Signal
    from aigc_label.rules.rule import Case

_STEPS: tuple[Literal["metadata", "declaration", "explicit", "traces"], ...] = (
    "metadata",
    "declaration",
    "explicit",
    "traces",
)
_STATES = {state.code: state for state in Attribution}
"""By ``Label``, the strongest first."""

_NONE = Words("none found", "未发现")
_NOT_READ = Words("the file was not read to its end", "文件未能读完")
_UNASKED = Words("not asked about", "未要求检查")
_NOT_LOOKED = Words("nobody looked", "未检查")
_DECLARED = Words("the user declares it AI-generated", "用户声明为生成合成内容")
_UNDECLARED = Words("the user declares nothing", "用户未声明")


def attribution(case: Case) -> Attribution | None:
    """The state of article 6 of the Measures; ``None`` where nothing speaks for generation.

    What an implicit label says comes first: 1 is confirmed, 2 possible, 3 suspected. Where several
    labels disagree, the strongest evidence counts, in that order: one label that says "is
    generated" is not undone by a second one that says "may be". A label whose ``Label`` cannot be
    understood is a trace of generation. Then the user's declaration (possible), then an explicit
    mark or another system's statement that the content is AI-made (suspected).
    """
    seen = case.inspection
    if seen.labels:
        state = _strongest(seen.labels)
        if state is not None:
            return state
    if case.declared:
        return Attribution.POSSIBLE
    if seen.labels or seen.marks or any(signal.ai for signal in seen.signals):
        return Attribution.SUSPECTED
    return None


def chain(case: Case, lang: str = "en") -> tuple[Evidence, ...]:
    """The four steps by which :func:`attribution` tells the state, in the order of the article.

    Args:
        case: the facts.
        lang: ``"en"`` or ``"zh"``.
    """
    told = (
        _metadata(case, lang),
        _declaration(case, lang),
        _explicit(case, lang),
        _traces(case, lang),
    )
    state = attribution(case)
    decisive = next((step for step, (says, _) in enumerate(told) if says and says is state), None)
    return tuple(
        _step(number, says, detail, number == decisive)
        for number, (says, detail) in enumerate(told)
    )


@lru_cache(maxsize=512)
def _step(number: int, state: Attribution | None, detail: str, decides: bool) -> Evidence:  # noqa: FBT001 - cached by place
    """One of a few: most files of a folder say the same."""
    return Evidence(step=_STEPS[number], state=state, detail=detail, decides=decides)


def _strongest(labels: Sequence[FoundLabel]) -> Attribution | None:
    """What the labels say; of several, the strongest."""
    values = [label.fields.get("Label", "") for label in labels]
    return next((state for code, state in _STATES.items() if code in values), None)


def _metadata(case: Case, lang: str) -> tuple[Attribution | None, str]:
    seen = case.inspection
    if not seen.labels:
        return None, (_NONE if seen.problem is None else _NOT_READ).in_(lang)
    state = _strongest(seen.labels) or Attribution.SUSPECTED
    return state, "; ".join(_label(label) for label in seen.labels[:4])


def _label(label: FoundLabel) -> str:
    return f"{label.carrier} Label={quoted(label.fields.get('Label', ''))}"


def _declaration(case: Case, lang: str) -> tuple[Attribution | None, str]:
    if case.declared:
        return Attribution.POSSIBLE, _DECLARED.in_(lang)
    return None, _UNDECLARED.in_(lang)


def _explicit(case: Case, lang: str) -> tuple[Attribution | None, str]:
    seen = case.inspection
    if seen.marks:
        return Attribution.SUSPECTED, "; ".join(_mark(mark, lang) for mark in seen.marks[:4])
    if seen.problem is not None:
        return None, _NOT_READ.in_(lang)
    if seen.marks is None:
        return None, (_UNASKED if case.only == "implicit" else _NOT_LOOKED).in_(lang)
    return None, _NONE.in_(lang)


def _mark(mark: FoundMark, lang: str) -> str:
    kind, place = chinese.mark(mark) if lang == "zh" else (mark.kind, mark.place)
    return " ".join(str(quoted(part)) for part in (kind, mark.text, place) if part)


def _traces(case: Case, lang: str) -> tuple[Attribution | None, str]:
    seen = case.inspection
    speaking = [signal for signal in seen.signals if signal.ai is not None]
    if not speaking:
        return None, (_NONE if seen.problem is None else _NOT_READ).in_(lang)
    state = Attribution.SUSPECTED if any(signal.ai for signal in speaking) else None
    return state, "; ".join(_signal(signal, lang) for signal in speaking[:4])


def _signal(signal: Signal, lang: str) -> str:
    detail = chinese.known(signal.detail) if lang == "zh" else signal.detail
    words = [signal.scheme, detail]
    if signal.generator and signal.generator not in signal.detail:
        words.append(f"({signal.generator})")
    return " ".join(str(quoted(word)) for word in words)
