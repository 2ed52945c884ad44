"""The marks in a stream of chat completion chunks, as dictionaries or as server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, overload

from aigc_label.errors import UsageError
from aigc_label.explicit.words import marking as text_mark
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.streaming.asking import require_ends
from aigc_label.streaming.driving import drive
from aigc_label.streaming.ending import Ending, Seam

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

    Event = Mapping[str, Any]

E = TypeVar("E", str, bytes, dict[str, Any])

_DEFAULT = ExplicitLabel()
_DONE = "[DONE]"
_LINE = re.compile("([^\r\n]*)(\r\n|\n|\r)")
_DATA = re.compile("(data:[ ]?)(.*)", re.DOTALL)
_FIELD = re.compile("(?:event|id|retry)(?::|\\Z)")


@overload
def label_events(
    events: AsyncIterable[E],
    explicit: ExplicitLabel = ...,
    *,
    markdown: bool = ...,
    lines: bool = ...,
) -> AsyncIterator[E]: ...


@overload
def label_events(
    events: Iterable[E], explicit: ExplicitLabel = ..., *, markdown: bool = ..., lines: bool = ...
) -> Iterator[E]: ...


def label_events(
    events: Iterable[E] | AsyncIterable[E],
    explicit: ExplicitLabel = _DEFAULT,
    *,
    markdown: bool = False,
    lines: bool = False,
) -> Iterator[E] | AsyncIterator[E]:
    """Put the words into a stream of chat completion chunks as OpenAI's API sends them.

    One more event comes before the first delta of a choice whose ``content`` shows something, and
    one more before the event with its ``finish_reason``; behind that event if it bears content
    too, and before ``[DONE]`` if there is none. The new events repeat what the event beside them
    says of ``id``, ``model``, ``created`` and the like. All others pass as they are, those of
    tool calls and reasoning among them.

    Args:
        events: dictionaries; or the bytes or the text of the event stream, cut anywhere; or its
            lines. An iterable or an asynchronous one.
        explicit: the words, and their places: ``"start"`` and/or ``"end"``.
        markdown: whether the answers are shown as Markdown; the words are then a block quote.
        lines: whether each item is a line that has lost its end, as ``iter_lines()`` gives them.

    Returns:
        An iterator over the events, asynchronous as ``events`` is. Text comes out line by line:
        an event is handed on when the line with its data is whole.

    Raises:
        CannotCarry: if the words are too many for a prompt.
        InvalidLabel: if the middle, words between paragraphs, or corner marks are asked for.
        UsageError: at the first event that is neither ``dict``, ``str`` nor ``bytes``.
    """
    choices = _Choices(explicit, markdown=markdown)
    marked: Iterator[E] | AsyncIterator[E] = drive(events, _Events(choices, lines=lines))
    return marked


@dataclass(slots=True)
class _Choice:
    """One of the answers that stream side by side."""

    ending: Ending
    beside: Event
    seam: Seam = field(default_factory=Seam)
    blank: str = ""  # what came before the first character that shows
    begun: bool = False
    closed: bool = False


class _Choices:
    """The answers of a stream, and the events to put between theirs."""

    def __init__(self, explicit: ExplicitLabel, *, markdown: bool) -> None:
        require_ends(explicit)
        self._line = text_mark.line_of(explicit, markdown=markdown)[1]
        self._places = explicit.places
        self._markdown = markdown
        self._all: dict[object, _Choice] = {}
        self._late: list[object] = []

    def before(self, event: Event) -> list[dict[str, Any]]:
        """What comes before an event."""
        found = [self._tail(index, self._all[index].beside) for index in self._late]
        self._late = []
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, Mapping):
                found += self._beside(choice, event)
        return [extra for extra in found if extra is not None]

    def _beside(self, choice: Event, event: Event) -> list[dict[str, Any] | None]:
        index = choice.get("index", 0)
        if not isinstance(index, int):
            return []
        delta = choice.get("delta")
        content = delta.get("content") if isinstance(delta, Mapping) else None
        finished = choice.get("finish_reason") is not None
        found: list[dict[str, Any] | None] = []
        if isinstance(content, str) and content:
            found = self._noted(index, content, event)
            if finished:
                self._late.append(index)
        elif finished and index in self._all:
            found = [self._tail(index, event)]
        return found

    def _noted(self, index: int, content: str, event: Event) -> list[dict[str, Any] | None]:
        if index not in self._all:
            self._all[index] = _Choice(Ending(markdown=self._markdown), event)
        known = self._all[index]
        known.beside = event
        head = None
        if not known.begun and not content.strip():
            known.blank += content
        elif not known.begun:
            known.begun = True
            if "start" in self._places:
                newline = known.seam.newline
                bare = not known.blank or known.blank.endswith(("\n", "\r"))
                gap = "" if bare else newline
                head = _made(event, index, f"{gap}{self._line}{newline * 2}")
        if "end" in self._places:
            known.ending.observe(content)
        known.seam.feed(content)
        return [head]

    def at_end(self) -> list[dict[str, Any]]:
        """What comes at the end of all."""
        self._late = []
        found = [self._tail(index, choice.beside) for index, choice in self._all.items()]
        return [extra for extra in found if extra is not None]

    def _tail(self, index: object, event: Event) -> dict[str, Any] | None:
        known = self._all[index]
        if known.closed or not known.begun or "end" not in self._places:
            return None
        known.closed = True
        known.ending.observe("", final=True)
        closing = known.ending.open_until
        if closing is not None and "start" not in self._places:
            return _made(event, index, known.seam.closed(closing, self._line))
        if closing is not None or known.ending.bears_prompt:
            return None
        return _made(event, index, known.seam.appended(self._line))


def _made(event: Event, index: object, content: str) -> dict[str, Any]:
    """An event like the one beside it, with nothing but a mark."""
    choice = {"index": index, "delta": {"content": content}, "finish_reason": None}
    made = {**event, "choices": [choice]}
    if "usage" in made:
        made["usage"] = None
    return made


class _Events:
    """Dictionaries, or an event stream's text in pieces."""

    settled = False  # a choice may begin at any time

    def __init__(self, choices: _Choices, *, lines: bool) -> None:
        self._choices = choices
        self._lines = lines
        self._source: _EventSource | None = None
        self._kind: type | None = None

    def feed(self, item: Any) -> list[Any]:
        if isinstance(item, dict):
            return [*self._choices.before(item), item]
        kind = bytes if isinstance(item, bytes) else str
        if not isinstance(item, kind) or self._kind not in (None, kind):
            raise UsageError(
                "events must be dictionaries, or all of them str or bytes, "
                f"not {type(item).__name__}; give chunk.model_dump() of a client's objects"
            )
        self._kind = kind
        if self._source is None:
            self._source = _EventSource(self._choices, utf8=kind is bytes, bare=self._lines)
        # one character a byte: what delimits an event stream is ASCII
        text = item if isinstance(item, str) else item.decode("latin-1")
        return self._given(self._source.line(text, "") if self._lines else self._source.feed(text))

    def close(self) -> list[Any]:
        if self._source is None:
            return self._choices.at_end()
        return self._given(self._source.close())

    def _given(self, lines: list[str]) -> list[Any]:
        if not self._lines:
            lines = ["".join(lines)] if lines else []
        return lines if self._kind is str else [line.encode("latin-1") for line in lines]


class _EventSource:
    """The lines of an event stream, with more of them put between."""

    def __init__(self, choices: _Choices, *, utf8: bool, bare: bool) -> None:
        self._choices = choices
        self._bare = bare  # lines come and go without their ends
        self._utf8 = utf8
        self._cut: list[str] = []  # the pieces of a line that is not whole
        self._held: list[str] = []  # the fields of an event whose data has not come
        self._after_return = False
        self._in_event = False

    @property
    def _newline(self) -> str:
        return "" if self._bare else "\n"

    def feed(self, text: str) -> list[str]:
        """The lines that are whole now, with their ends."""
        out: list[str] = []
        if self._after_return and text:
            self._after_return = False
            if text[0] == "\n":  # the other half of a newline
                (self._held or out).append("\n")
                text = text[1:]
        if "\n" not in text and "\r" not in text:
            self._cut.append(text)
            return out
        text = "".join([*self._cut, text])
        at = 0
        while (found := _LINE.match(text, at)) is not None:
            out += self.line(*found.groups())
            at = found.end()
        self._cut = [text[at:]]
        self._after_return = at == len(text) and text[-1] == "\r"
        return out

    def line(self, line: str, end: str) -> list[str]:
        """A line, and what comes before it."""
        if (data := _DATA.fullmatch(line)) is not None:
            names = [held for held in self._held if held.startswith("event")]
            newline = self._newline if end in ("", "\n") else "\r\n"
            out = []
            for made in self._extra(data[2]):
                out += [*names, f"{data[1]}{made}{newline}", newline]
        elif _FIELD.match(line):
            self._held.append(f"{line}{end}")
            return []
        else:
            out = []
        out += [*self._held, f"{line}{end}"]
        self._held = []
        if not line.startswith(":"):
            self._in_event = bool(line)
        return out

    def _extra(self, data: str) -> list[str]:
        data = data.strip()
        if data == _DONE:
            return [_written(made) for made in self._choices.at_end()]
        try:
            event = json.loads(data.encode("latin-1") if self._utf8 else data)
        except (ValueError, RecursionError):
            return []
        if not isinstance(event, dict):
            return []
        return [_written(made) for made in self._choices.before(event)]

    def close(self) -> list[str]:
        """What is left, and the marks that are due in a stream that was cut off."""
        newline = self._newline
        rest = "".join(self._cut)
        out = self.line(rest, "") if rest else []
        out += self._held
        made = self._choices.at_end()
        if made and (self._in_event or self._held):
            out += [*([newline] if rest else []), newline]
        for event in made:
            out += [f"data: {_written(event)}{newline}", newline]
        return out


def _written(event: dict[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"))
