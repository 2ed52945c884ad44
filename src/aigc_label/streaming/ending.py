"""What the tail mark needs to know of a text that has passed: its last lines and its blanks."""

from __future__ import annotations

import re
from collections import deque

from aigc_label.carriers import prompt_line
from aigc_label.containers import markdown_lines
from aigc_label.containers.markdown_lines import Line
from aigc_label.containers.text_bytes import TextPart

_KEPT = 256  # lines; 64 characters from the end is where a prompt of the text's own may stand
_NEWLINE = re.compile("\r\n|\n|\r")
_LINE = re.compile("([^\r\n]*)(?:\r\n|\n|\r)")
_BLANKS = " \t\r\n"


class Ending:
    """The lines of a text as they pass: whether a mark behind them would be seen, and is due."""

    __slots__ = ("_cut", "_dropped", "_last", "_markdown", "_walk")

    def __init__(self, *, markdown: bool) -> None:
        self._markdown = markdown
        self._walk = markdown_lines.Walk()
        self._cut: list[str] = []  # the pieces of a line that is not whole
        self._last: deque[tuple[str, markdown_lines.Kind]] = deque(maxlen=_KEPT)
        self._dropped = False

    def observe(self, text: str, *, final: bool = False) -> None:
        """Take note of content that has come."""
        cut_return = bool(self._cut) and self._cut[-1].endswith("\r")
        self._cut.append(text)
        if not (final or cut_return or "\n" in text or "\r" in text):
            return
        text = "".join(self._cut)
        whole = len(text) - (text.endswith("\r") and not final)
        at = 0
        while (line := _LINE.match(text, at, whole)) is not None:
            self._take(line[1])
            at = line.end()
        if final:
            self._take(text[at:])
        self._cut = [text[at:]] if at < len(text) else []

    def _take(self, raw: str) -> None:
        raw = raw if raw.strip(" \t") else ""
        kind = self._walk.take(raw) if self._markdown else "plain"
        if raw and kind not in prompt_line.UNSEEN:
            self._dropped = self._dropped or len(self._last) == _KEPT
            self._last.append((raw, kind))

    @property
    def open_until(self) -> str | None:
        """The characters that close what would swallow a mark; ``None`` if nothing is open."""
        return self._walk.open_until

    @property
    def bears_prompt(self) -> bool:
        """Whether the text ends in a prompt of its own."""
        text = "".join(f"{raw}\n" for raw, _ in self._last)
        if not prompt_line.may_stand_in(text, markup=self._markdown):
            return False
        lines, at = [], 0
        for raw, kind in self._last:
            lines.append(Line(at, at + len(raw), at + len(raw) + 1, kind))
            at = lines[-1].next
        part = TextPart(text, "utf-8", 0, "\n", at_start=not self._dropped, at_end=True)
        return any(found.place == "end" for found in prompt_line.prompts(part, tuple(lines)))


class Seam:
    """The blanks at the end of what has come, and how a tail mark joins them.

    The tail mark stands before the blank lines that end a text. Those are handed on as far as
    they are what must stand before the mark as well, and people see nothing of the others.
    """

    __slots__ = ("_newline", "_passed", "_trail")

    def __init__(self, above: str = "") -> None:
        found = _NEWLINE.search(above)
        self._newline = found.group() if found else None
        self._trail = ""  # from the newline that ends the last line with something in it
        self._passed = 0

    def feed(self, text: str) -> str:
        """What of the text, and of what was held back, can be handed on."""
        if not self._trail and text and text[-1] not in _BLANKS and self._newline is not None:
            return text
        if self._passed < len(self._trail) and not text.strip(_BLANKS):
            self._trail += text  # more of what is held back
            return ""
        text = self._trail + text
        if self._newline is None and (found := _NEWLINE.search(text)) is not None:
            # a CR at the end may be half of a newline; the mark begins with it in either case
            cut = found.group() == "\r" and found.end() == len(text)
            self._newline = None if cut else found.group()
        found = _NEWLINE.search(text, len(text.rstrip(_BLANKS)))
        at = found.start() if found is not None else len(text)
        passed, self._trail = self._passed, text[at:]
        self._passed = _common(self._trail, self._gap)
        return text[passed : at + self._passed]

    @property
    def _gap(self) -> str:
        if self._newline is None:
            return "\r" if self._trail else "\n\n"
        return self._newline * 2

    @property
    def newline(self) -> str:
        r"""The text's newline: the first one met, ``"\n"`` if there is none."""
        return self._newline or self._trail or "\n"

    @property
    def held(self) -> str:
        """What was held back: blanks."""
        return self._trail[self._passed :]

    def joined(self, line: str) -> str:
        """What follows so that the text ends as if the line had been put before its blanks."""
        return f"{(self.newline * 2)[self._passed :]}{line}{self._trail}"

    def appended(self, line: str) -> str:
        """What follows where all blanks have been handed on: the line, on a line of its own."""
        if not self.held:
            return self.joined(line)
        gap = "" if self._trail.endswith(("\n", "\r")) else self.newline
        return f"{(self.newline * 2)[self._passed :] or gap}{line}"

    def closed(self, closing: str, line: str) -> str:
        """As :meth:`appended`, behind what closes a block that would swallow the line."""
        gap = "" if self._trail.endswith(("\n", "\r")) else self.newline
        return f"{gap}{closing}{self.newline * 2}{line}{self.newline if self._trail else ''}"


def _common(text: str, other: str) -> int:
    """How many characters two strings begin with in common."""
    return next(
        (index for index, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]),
        min(len(text), len(other)),
    )
