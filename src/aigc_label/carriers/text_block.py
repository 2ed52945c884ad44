"""Labels that tools paste into a text outside its front matter.

Met: further blocks stacked below the front matter, a block below a heading, a block at the end
with or without fences, and HTML comments. What stands in code, in a quotation or between
paragraphs of prose is somebody writing *about* labels, and is no label.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.carriers import record, yaml_record
from aigc_label.carriers.yaml_record import KEY
from aigc_label.containers import frontmatter
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.carriers.yaml_record import Edits
    from aigc_label.containers.markdown_lines import Line

_CANDIDATE = re.compile(r""" {0,3}["']?AIGC["']?[ \t]*:(?=[ \t]*(?:["'{|>#]|\Z))""", re.IGNORECASE)
_OPENING = re.compile(r"(?<!\\)<!--")
COMMENT_NAME = re.compile(r"[ \t\r\n]*(?P<name>)AIGC(?:_INFO)?[ \t]*[:=]", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_BLANK_LINE = re.compile(r"(?:\r\n|\n|\r)[ \t]*+[\r\n]")
_CLOSING = re.compile(r"[}\]]+,?[ \t]*\Z")  # the end of JSON over several lines
_YAML_LINE = re.compile(r"""[ \t]|#|-[ \t]|["']?[^\s"':][^"':]{0,127}["']?[ \t]*:(?:[ \t]|\Z)""")
_MOST = 256  # candidates looked at; the richest file met has 29
_FARTHEST = 400  # lines of a block searched for its fences


@dataclass(frozen=True, slots=True)
class Pasted:
    """A label outside its home, and the span that goes when it goes."""

    start: int
    end: int
    parsed: record.Parsed
    comment: bool


def pasted(
    text: str, lines: tuple[Line, ...], *, at_start: bool, at_end: bool, anywhere: bool
) -> list[Pasted]:
    """The labels outside the home, in order.

    Args:
        text: the text that ``lines`` index.
        lines: its lines, those of the front matter left out.
        at_start: whether the first line is the first one of the content.
        at_end: whether the last line is the file's.
        anywhere: whether comments and fenced blocks count wherever they stand (Markdown hides
            them from its reader), not only before or behind the content.

    Raises:
        LimitExceeded: if more than 256 places would have to be looked at.
    """
    spans = list(_comment_spans(text, lines))
    found = [*_comments(text, lines, spans), *_blocks(text, lines, spans)]
    found.sort(key=lambda candidate: candidate.first)
    accepted = {c for c in found if anywhere and (c.pasted.comment or c.fenced)}
    by_first = {c.first: c for c in found if c.whole_lines}
    by_last = {c.last: c for c in found if c.whole_lines}
    at = 0
    while at_start and at < len(lines):
        if (candidate := by_first.get(at)) is not None:
            accepted.add(candidate)
            at = candidate.last + 1
        elif _quiet(text, lines[at]):
            at += 1
        else:
            break
    at = len(lines) - 1
    while at_end and at >= 0:
        if (candidate := by_last.get(at)) is not None:
            accepted.add(candidate)
            at = candidate.first - 1
        elif _quiet(text, lines[at]):
            at -= 1
        else:
            break
    return [c.pasted for c in found if c in accepted]


def removals(text: str, copies: list[Pasted], newline: str) -> Edits:
    """The edits that take copies out; a blank line keeps apart lines that would close up."""
    inner = {c.start for c in copies if c.comment and "-->" not in text[c.start : c.end]}
    merged: list[tuple[int, int]] = []
    for copy in copies:
        if merged and copy.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(copy.end, merged[-1][1]))
        else:
            merged.append((copy.start, copy.end))
    edits = []
    for start, end in merged:
        whole_lines = text[:start].endswith(("\n", "\r")) and text[:end].endswith(("\n", "\r"))
        apart = text[:start].endswith(newline * 2) or text[end : end + 1] in ("", "\n", "\r")
        apart = apart or start in inner
        edits.append((start, end, newline if whole_lines and not apart else ""))
    return edits


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """What may be a label.

    Attributes:
        first: index of its first line.
        last: index of its last line.
        whole_lines: whether nothing else stands on these.
        fenced: whether fences hold it.
        pasted: the label, if it turns out to be one.
    """

    first: int
    last: int
    whole_lines: bool
    fenced: bool
    pasted: Pasted


def _blocks(
    text: str, lines: tuple[Line, ...], comments: list[tuple[int, int, int]]
) -> Iterator[_Candidate]:
    tried = first = passed = 0
    while first < len(lines):
        line = lines[first]
        following = first + 1
        while passed < len(comments) and comments[passed][2] < line.start:
            passed += 1
        if passed < len(comments) and comments[passed][1] < line.start:
            pass  # within a comment, which is looked at as one
        elif line.kind in ("text", "plain") and _CANDIDATE.match(text, line.start, line.end):
            tried = _counted(tried)
            last = _last_line(text, lines, first)
            span = line.start, lines[last].next
            entries = tuple(frontmatter.loose(text, *span, KEY.lower()))
            labels = list(yaml_record.labels_in(entries, named=False))
            if labels:
                fenced, start, end = _enclosed(text, lines, first, last)
                block = Pasted(start, end, labels[0][2], comment=False)
                yield _Candidate(first, last, whole_lines=True, fenced=fenced, pasted=block)
                following = last + 1
        first = following


def _counted(tried: int) -> int:
    if tried == _MOST:
        raise LimitExceeded(f"more than {_MOST} places look like labels; the rest was not read")
    return tried + 1


def _last_line(text: str, lines: tuple[Line, ...], first: int) -> int:
    last = first
    for index in range(first + 1, min(first + _FARTHEST, len(lines))):
        raw = text[lines[index].start : lines[index].end]
        if _CLOSING.match(raw):
            return index
        if _CANDIDATE.match(raw) or not (raw[:1] in (" ", "\t") or _names_field(raw)):
            break
        last = index
    return last


def _names_field(raw: str) -> bool:
    key, colon, _ = raw[:64].partition(":")
    return bool(colon) and record.from_mapping({key.strip("\"' "): ""}, named=True) is not None


def _enclosed(text: str, lines: tuple[Line, ...], first: int, last: int) -> tuple[bool, int, int]:
    """Whether fences hold the block without a blank line, and what goes with its entry.

    Between thematic breaks, which stand off by blank lines, an article may quote a label. The
    fences go too if nothing else stands between them, and one right below the entry goes in any
    case: alone it would turn the paragraph above into a heading.
    """
    start, end = lines[first].start, lines[last].next
    above, alone_above = _fence(text, lines, range(first - 1, max(first - _FARTHEST, 0) - 1, -1))
    below, alone_below = _fence(text, lines, range(last + 1, min(last + _FARTHEST, len(lines))))
    if below is None:
        return False, start, end
    if alone_above and below == last + 1:
        end = lines[below].next
    if above is None:
        return False, start, end
    if alone_above and alone_below and not _is_underline(lines, above):
        start, end = lines[above].start, lines[below].next
    attached = "blank" not in (lines[above + 1].kind, lines[below - 1].kind)
    return attached, start, end


def _fence(text: str, lines: tuple[Line, ...], indices: range) -> tuple[int | None, bool]:
    """The next fence over lines that YAML may have, and whether those are all blank."""
    alone = True
    for index in indices:
        raw = text[lines[index].start : lines[index].end]
        if raw.rstrip() in ("---", "\\---"):
            return index, alone
        if not raw.strip():
            continue
        if lines[index].kind != "comment" and not _YAML_LINE.match(raw):
            return None, alone
        alone = False
    return None, alone


def _is_underline(lines: tuple[Line, ...], fence: int) -> bool:
    """Whether the fence makes a heading of the line above it, so that it is not the block's own."""
    return fence > 0 and lines[fence - 1].kind in ("text", "item", "quote")


def _comments(
    text: str, lines: tuple[Line, ...], comments: list[tuple[int, int, int]]
) -> Iterator[_Candidate]:
    tried = 0
    for first, opens, closes in comments:
        name = COMMENT_NAME.match(text, opens + 4, closes)
        if name is None:
            continue
        tried = _counted(tried)
        at = name.end()
        if (label := commented(name.group(), text[at:closes])) is None:
            continue
        parsed, own_start, own_end = label
        last = first
        while lines[last].next < closes + 3 and last + 1 < len(lines):
            last += 1
        start, end = opens, closes + 3
        around = text[lines[first].start : start], text[end : lines[last].end]
        alone = not any(part.strip() for part in around)
        if own_start or at + own_end < closes:  # the comment says something else, too
            start = at + own_start if own_start else name.start("name")
            end = at + own_end
            if text[start - 1] in "\r\n" and (rest := _LINE_END.match(text, end)) is not None:
                end = rest.end()
        elif alone:
            start, end = lines[first].start, lines[last].next
        comment = Pasted(start, end, parsed, comment=True)
        yield _Candidate(first, last, whole_lines=alone, fenced=False, pasted=comment)


def _comment_spans(text: str, lines: tuple[Line, ...]) -> Iterator[tuple[int, int, int]]:
    """The comments outside code: index of the first line, start of ``<!--``, start of ``-->``."""
    opening = _OPENING.search(text, lines[0].start) if lines else None
    first = closes = blank = 0
    looked = tick = begins = -1  # at which line, where a code span opens, where its text begins
    while opening is not None:
        at = opening.start()
        while lines[first].next <= at:
            first += 1
        if looked != first:
            looked, line = first, lines[first]
            tick = text.find("`", line.start, line.end)
            begins = -1 if text[line.start : at].strip() else at
        if closes < at + 4 and (closes := text.find("-->", at + 4)) < 0:
            return
        if blank < at:
            found = _BLANK_LINE.search(text, at)
            blank = found.start() if found else len(text)
        coded = lines[first].kind == "code" or 0 <= tick < at
        # only at the beginning of a line does a comment reach over blank lines
        if coded or (blank < closes and at != begins):
            opening = _OPENING.search(text, at + 3)
        else:
            yield first, at, closes
            opening = _OPENING.search(text, closes + 3)


def commented(written: str, inside: str) -> tuple[record.Parsed, int, int] | None:
    """The label in a comment, JSON or a mapping, and where it starts and ends.

    Args:
        written: the name in front, as it is written.
        inside: what follows.
    """
    stripped = inside.strip()
    if stripped.startswith(("{", "&quot;", "'{", '"{')):
        parsed = record.parse(stripped.strip("'"), named=True)
        start, end = 0, _json_length(inside)
    else:
        name = f"{KEY}:"
        text = f"{name}{inside}\n"
        entries = tuple(frontmatter.loose(text, 0, len(text), KEY.lower()))
        labels = list(yaml_record.labels_in(entries))
        if not labels:
            return None
        parsed = labels[0][2]
        start, end = max(labels[0][0] - len(name), 0), min(labels[-1][1] - len(name), len(inside))
    rest = inside[end:].strip("'\" \t\r\n")
    if not rest or rest[: len(KEY)].upper() == KEY:  # one label behind the other: all of it goes
        end = len(inside)
    if parsed is not None and KEY not in written:
        parsed = record.Parsed(parsed.fields, (*parsed.quirks, "lower-case-key"))
    return None if parsed is None else (parsed, start, end)


def _json_length(inside: str) -> int:
    """How far a JSON object reaches; all the way where it is not one."""
    try:
        return json.JSONDecoder().raw_decode(inside, inside.index("{"))[1]
    except (ValueError, RecursionError):
        return len(inside)


def _quiet(text: str, line: Line) -> bool:
    """Whether a line may stand between a label and the edge of the content."""
    if line.kind in ("blank", "comment", "rule"):
        return True
    raw = text[line.start : min(line.end, line.start + 100)]
    return raw.strip() in ("---", "\\---") or (len(raw) < 100 and wording.is_prompt(raw))
