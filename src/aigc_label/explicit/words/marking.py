"""Words in Markdown and in plain text: at its ends and between paragraphs (GB 45438-2025 5.1)."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from aigc_label.carriers import prompt_line
from aigc_label.containers import markdown_lines, text_bytes
from aigc_label.contract import Marked
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import corners, paragraphs
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.markdown_lines import Line, Lines
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.contract import Format
    from aigc_label.edits import Splice
    from aigc_label.explicit.words.paragraphs import Gap
    from aigc_label.explicit_label import ExplicitLabel, Place
    from aigc_label.output import Scratch

_INLINE_MARKUP = re.compile(r"[\\`*_\[\]{}<>&~|^$]")
_BLOCK_MARKUP = re.compile(r"^([-+#=]|\d{1,9}(?=[.)]))")


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words, or a corner mark, at the places asked for; keep prompts that are there.

    Raises:
        CannotCarry: there is nothing to label, or no place such as was asked for.
        Malformed: the bytes are no text that is read here.
    """
    del scratch  # a text is edited in memory
    markdown = fmt.id == "markdown"
    head = text_bytes.head_of(asset)
    above = prompt_line.lines_of(head, markdown=markdown)
    parts = [(head, above)]
    if (rest := text_bytes.tail_of(asset, head)) is not None:
        parts.append((rest, prompt_line.lines_of(rest, markdown=markdown)))
    tail, below = parts[-1]
    if first(head.text, above.all) is None:
        raise CannotCarry("there is no text to label: the file is empty or has front matter only")
    words, line = line_of(explicit, markdown=markdown)
    standing: dict[str, str] = {
        found.place: found.words
        for part, lines in parts
        for found in prompt_line.prompts(part, lines.all, words)
        if found.place != "middle"
    }
    if standing and head.at_end and _nothing_else(head.text, above.all):
        standing = dict.fromkeys(("start", "end"), next(iter(standing.values())))
    # what is still open at the end (a code block, a comment) would swallow the words
    wanted: list[Place] = [
        "start" if below.hidden_end and place == "end" else place for place in explicit.places
    ]
    missing = [place for place in wanted if place not in standing]
    within, notes = _within(head, above, explicit, wanted, markdown=markdown)
    if explicit.corner_mark:
        splices = _raised(parts, missing, within, markdown=markdown)
    else:
        splices = [_between(head, above, gap, line) for gap in within]
        if "start" in missing:
            start = first(head.text, above.all)
            put = before(above.all, start or 0, line, head.newline)
            splices.append(head.splice(start or 0, start or 0, put))
        if "end" in missing:
            splices.append(_behind(tail, below, line))
    shown = "AI" if explicit.corner_mark else words
    found = FoundMark(kind="text", text=standing.get(wanted[0], shown), place=wanted[0])
    return Marked(EditPlan(splices).view(asset), found, notes)


def _nothing_else(text: str, lines: tuple[Line, ...]) -> bool:
    """Whether a text shows one line, so that a prompt is both its start and its end."""
    shown = (markdown_lines.shown(text[one.start : one.end][:256], one.kind) for one in lines)
    return len(list(islice(filter(None, shown), 2))) == 1


def _within(
    head: TextPart, lines: Lines, explicit: ExplicitLabel, wanted: list[Place], *, markdown: bool
) -> tuple[list[Gap], tuple[str, ...]]:
    """The gaps between paragraphs that get a mark, in order, and what is to be said of them.

    Raises:
        CannotCarry: there is no middle, and nothing but the middle was asked for; or the text is
            too long to be read as a whole.
    """
    if "middle" not in wanted and not explicit.paragraphs:
        return [], ()
    if not head.at_end:
        raise CannotCarry(
            f"of a text beyond {text_bytes.WHOLE_LIMIT >> 20} MiB only the ends are read; ask for "
            "words at the start or the end"
        )
    own = line_of(explicit, markdown=markdown)[0]
    found = paragraphs.gaps(head.text, lines.all, markdown=markdown, own=own)
    chosen: dict[int, Gap] = {}
    notes: tuple[str, ...] = ()
    if explicit.paragraphs:
        chosen |= {gap.at: gap for gap in found.every(explicit.paragraphs)}
    if "middle" in wanted:
        middle = None if found.bears_middle() else found.middle()
        if middle is not None:
            chosen[middle.at] = middle
        elif found.bears_middle():
            pass
        elif len(set(wanted)) == 1:
            raise CannotCarry(
                "it has no two paragraphs for words to stand between; ask for the start or the end"
            )
        else:
            notes = ("no words stand in the middle, as there are no two paragraphs",)
    gaps = [chosen[at] for at in sorted(chosen) if not chosen[at].taken]
    return [gap for gap in gaps if not (gap.last and "end" in wanted)], notes


def _between(head: TextPart, lines: Lines, gap: Gap, line: str) -> Splice:
    """A line of its own behind a paragraph, and blank lines around it."""
    index = bisect_right(lines.all, gap.at, key=lambda one: one.start) - 1
    following = lines.all[index + 1 : index + 2]
    bare = not following or following[0].kind == "blank"
    put = f"{head.newline * 2}{line}{'' if bare else head.newline}"
    return head.splice(gap.at, gap.at, put)


def _raised(
    parts: list[tuple[TextPart, Lines]], missing: list[Place], within: list[Gap], *, markdown: bool
) -> list[Splice]:
    """Corner marks (5.1 c) behind the first and the last heading or paragraph, and others.

    Raises:
        CannotCarry: there is neither a heading nor a paragraph, in what is read of the text.
    """
    ends: dict[tuple[int, int], TextPart] = {}
    for place, (part, lines) in (("start", parts[0]), ("end", parts[-1])):
        if place in missing:
            at = corners.place(part.text, lines.all, place, markdown=markdown)
            if at is None:
                raise CannotCarry(
                    "a corner mark stands behind a heading or a paragraph, and there is none; ask "
                    "for words"
                )
            if at >= 0:
                ends[part.base, at] = part
    head = parts[0][0]
    ends |= {(head.base, corners.bare_end(head.text, gap.at)): head for gap in within}
    raised = paragraphs.RAISED if markdown else paragraphs.RAISED_LETTERS
    return [part.splice(at, at, raised) for (_, at), part in ends.items()]


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
