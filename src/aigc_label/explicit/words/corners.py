"""Corner marks in texts: a raised AI behind a heading or a paragraph (GB 45438-2025 5.1 c)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import prompt_line
from aigc_label.explicit.words import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.containers.markdown_lines import Line

_CLOSING = re.compile(r"(?:[ \t]+#+)?[ \t]*\Z")  # of a heading


def place(text: str, lines: Sequence[Line], at: str, *, markdown: bool) -> int | None:
    """Where a mark stands that is behind the first or the last heading or paragraph.

    Args:
        text: the text.
        lines: its lines.
        at: ``"start"`` or ``"end"``.
        markdown: whether it is Markdown; in a plain text lines count, since titles are lines.

    Returns:
        The index in the text; -1 if a mark stands there, ``None`` if there is no such place.
    """
    spans = _spans(text, lines, markdown=markdown)
    if not spans:
        return None
    start, end = spans[0] if at == "start" else spans[-1]
    if prompt_line.corner_mark_in(text[start:end], markup=markdown) is not None:
        return -1
    return bare_end(text, end)


def bare_end(text: str, end: int) -> int:
    """The end of a line without blanks, and without the signs that close a heading."""
    start = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1
    line = text[start:end]
    if line.lstrip(" ").startswith("#") and (closing := _CLOSING.search(line)) is not None:
        return start + closing.start()
    return start + len(line.rstrip(" \t"))


def _spans(text: str, lines: Sequence[Line], *, markdown: bool) -> list[tuple[int, int]]:
    """The headings and paragraphs, in order."""
    if not markdown:
        return [(line.start, line.end) for line in lines if line.kind == "plain"]
    found = paragraphs.gaps(text, lines, markdown=True)
    spans = [(gap.start, gap.at) for gap in found.all]
    for index, line in enumerate(lines):
        if line.kind == "heading" or (line.kind == "text" and _is_underlined(text, lines, index)):
            spans.append((line.start, line.end))
    return sorted(spans)


def _is_underlined(text: str, lines: Sequence[Line], index: int) -> bool:
    """Whether a line is the last one of a heading that is told by the line under it."""
    below = lines[index + 1 : index + 2]
    if not below or below[0].kind != "rule":
        return False
    return text[below[0].start : below[0].end].strip(" ")[:1] in ("=", "-")
