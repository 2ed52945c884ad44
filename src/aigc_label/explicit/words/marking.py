"""Words at the start or the end of a text (GB 45438-2025 clause 5.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import prompt_line
from aigc_label.containers import text_bytes
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.markdown_lines import Line, Lines
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.contract import Format
    from aigc_label.edits import Splice
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

_INLINE_MARKUP = re.compile(r"[\\`*_\[\]{}<>&~|^$]")
_BLOCK_MARKUP = re.compile(r"^([-+#=]|\d{1,9}(?=[.)]))")


def mark(
    asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch
) -> tuple[Asset, FoundMark]:
    """Put the words before the first and/or behind the last line; keep a prompt that is there."""
    del scratch  # a text is edited in memory
    markdown = fmt.id == "markdown"
    head = text_bytes.head_of(asset)
    above = prompt_line.lines_of(head, markdown=markdown)
    parts = [(head, above)]
    if (rest := text_bytes.tail_of(asset, head)) is not None:
        parts.append((rest, prompt_line.lines_of(rest, markdown=markdown)))
    tail, below = parts[-1]
    start = first(head.text, above.all)
    if start is None:
        raise CannotCarry("there is no text to label: the file is empty or has front matter only")
    standing: dict[str, str] = {
        found.place: found.words
        for part, lines in parts
        for found in prompt_line.prompts(part, lines.all)
        if found.place != "middle"
    }
    # what is still open at the end (a code block, a comment) would swallow the words
    wanted = ["start" if below.hidden_end else place for place in explicit.places]
    words, line = line_of(explicit, markdown=markdown)
    splices = []
    if "start" in wanted and "start" not in standing:
        put = before(above.all, start, line, head.newline)
        splices.append(head.splice(start, start, put))
    if "end" in wanted and "end" not in standing:
        splices.append(_behind(tail, below, line))
    mark = FoundMark(kind="text", text=standing.get(wanted[0], words), place=wanted[0])
    return (EditPlan(splices).view(asset), mark)


def line_of(explicit: ExplicitLabel, *, markdown: bool) -> tuple[str, str]:
    """The words as people see them, and the line that shows them.

    Raises:
        CannotCarry: if they are too many for a prompt.
    """
    words = prompt_line.standing_alone(explicit.text.strip())
    if len(words) > prompt_line.LONGEST:
        raise CannotCarry(
            f"the words have {len(words)} characters; nobody sees a prompt in more than "
            f"{prompt_line.LONGEST}"
        )
    return words, f"> {_escaped(words)}" if markdown else words


def first(text: str, lines: tuple[Line, ...]) -> int | None:
    """Where the content begins: behind front matter, blank lines and comments."""
    comment = None
    for line in lines:
        if line.kind == "comment":
            comment = line.start if comment is None else comment
            if text[line.start : line.end].rstrip().endswith("-->"):
                comment = None
        elif line.kind != "blank":
            return line.start if comment is None else comment
    return None


def before(lines: tuple[Line, ...], at: int, line: str, newline: str) -> str:
    """A line of its own, with a blank line behind it so that it draws nothing into itself."""
    above = [found.kind for found in lines if found.start < at]
    bare = above[-1] == "blank" if above else at == 0
    gap = "" if bare else newline
    return f"{gap}{line}{newline * 2}"


def _behind(part: TextPart, lines: Lines, line: str) -> Splice:
    """Behind the last line that is not blank; the file ends in a newline if it did before."""
    # the end of a file over the limits may hold no line that is whole
    at = next((found.end for found in reversed(lines.all) if found.kind != "blank"), 0)
    return part.splice(at, at, f"{part.newline * 2}{line}")


def _escaped(words: str) -> str:
    """The words as Markdown that shows exactly these words."""
    words = _INLINE_MARKUP.sub(r"\\\g<0>", words)
    return _BLOCK_MARKUP.sub(_escape_first, words)


def _escape_first(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
