"""The label in subtitles: ``NOTE AIGC: {...}`` below the header of a WebVTT file.

No guide names a place. A ``NOTE`` is WebVTT's comment: no player shows it. SRT has neither
comments nor a header, and holds no label; one that a tool wrote as a cue, for all to see, is read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import record
from aigc_label.containers import subtitle_blocks, text_bytes
from aigc_label.edits import EditPlan
from aigc_label.errors import LimitExceeded, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.subtitle_blocks import Block
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.edits import Splice
    from aigc_label.model import ImplicitLabel

PLACE = "vtt.note"

_MENTIONED = "(?i)AIGC|ProduceID"
_NAME = r"(?i)[ \t\r\n]*(AIGC(?:_INFO)?)[ \t]*[:=]?\s*(?=[{\"])"
_HEADER_LINE = r"(?im)^AIGC[ \t]*[:=][ \t]*(?=\{)[^\r\n]*+(?:\r\n|\n|\r|\Z)"
_MOST = 256  # places looked at
# ">" might make an arrow, which ends a comment; the others end a line to some readers.
_ESCAPED = "[>\x7f-\x9f\u2028\u2029\ufeff]"


class _Found(NamedTuple):
    """A label, the span of its block or line, and what else the block says."""

    carrier: str
    parsed: record.Parsed
    start: int
    end: int
    rest: str = ""


def observe(asset: Asset, *, webvtt: bool) -> Iterator[FoundLabel]:
    """Yield the labels in comments, and in cues and lines where none belongs.

    Of a large file, the beginning and the end are read.

    Raises:
        Malformed: the bytes are no text that is read here.
        LimitExceeded: the number of places is over a limit.
    """
    for part, found in _labels(asset, text_bytes.head_of(asset), webvtt=webvtt):
        yield FoundLabel(
            carrier=found.carrier,
            fields=found.parsed.fields,
            quirks=found.parsed.quirks,
            offset=part.offset(found.start),
        )


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make the label a WebVTT file's only one: in its comment, or below the header.

    Raises:
        CannotCarry: the encoding lacks a character.
        LimitExceeded, Malformed: as :func:`observe`.
    """
    head = text_bytes.head_of(asset)
    if re.match(r"WEBVTT(?:[ \t\r\n]|\Z)", head.text) is None:
        raise Malformed(
            "it does not begin with WEBVTT; put that and a blank line in front, or name it .srt"
        )
    note = f"NOTE AIGC: {_dumped(head, label)}"
    gap = head.newline * 2
    splices: list[Splice] = []
    home: Splice | None = None
    for part, found in _labels(asset, head, webvtt=True):
        kept = f"NOTE {found.rest}" if found.rest else ""
        near = part.offset(found.end) < text_bytes.HEAD_LIMIT // 2  # read however long the file
        if home is None and found.carrier == PLACE and near:
            block = f"{note}{gap}{kept}" if kept else note
            home = part.splice(found.start, _end_of_lines(part.text, found), block)
        else:
            block = f"{kept}{gap}" if kept else ""
            splices.append(part.splice(found.start, found.end, block))
    home = home or _inserted(head, note)
    plan = EditPlan([*splices, home])
    large = asset.size + plan.growth() > text_bytes.WHOLE_LIMIT
    if large and home.span.end + len(home.data) > text_bytes.HEAD_LIMIT:
        raise LimitExceeded("its header, or the label, is too long for a reader of large files")
    return plan


def _inserted(head: TextPart, note: str) -> Splice:
    """A comment below the header, between blank lines."""
    header = next(subtitle_blocks.blocks(head.text, webvtt=True))
    behind = re.compile(r"(?>\r\n|\n|\r){2}|\s*\Z").match(head.text, header.end)
    below = "" if behind else head.newline  # a cue follows at once
    return head.splice(header.end, header.end, f"{head.newline * 2}{note}{below}")


def _labels(asset: Asset, head: TextPart, *, webvtt: bool) -> Iterator[tuple[TextPart, _Found]]:
    tried = 0
    for part in (head, text_bytes.tail_of(asset, head)):
        if part is None or re.search(_MENTIONED, part.text) is None:
            continue
        for block in subtitle_blocks.blocks(
            part.text, _MENTIONED, webvtt=webvtt, at_start=part.at_start
        ):
            if block.end == len(part.text) and not part.at_end:
                continue  # cut by the bound
            tried += 1
            if tried > _MOST:
                raise LimitExceeded(f"more than {_MOST} places look like labels")
            for found in _in_block(part.text, block, "vtt" if webvtt else "srt"):
                yield part, found


def _in_block(text: str, block: Block, prefix: str) -> Iterator[_Found]:
    if block.kind == "header":
        for line in re.compile(_HEADER_LINE).finditer(text, block.text, block.end):
            value = line.group()[line.group().index("{") :]
            if (parsed := record.parse(value, named=True)) is not None:
                end = len(text[: line.end()].rstrip("\r\n"))
                start = len(text[: line.start()].rstrip("\r\n"))
                yield _Found("vtt.header", parsed, start, end)
        return
    said = text[block.text : block.end]
    name = re.match(_NAME, said)
    if name is None and (block.kind in ("note", "style") or not said.lstrip().startswith("{")):
        return
    value, rest = _split(said[name.end() if name else 0 :])
    while rest and (again := re.match(_NAME, rest)) is not None:  # one behind the other
        _, rest = _split(rest[again.end() :])
    parsed = record.parse(value, named=name is not None)
    if parsed is None or (rest and block.kind != "note"):  # words for all to see
        return
    if name is not None and "AIGC" not in name[1]:
        parsed = record.Parsed(parsed.fields, (*parsed.quirks, "lower-case-key"))
    kind = "block" if block.kind in ("other", "style") else block.kind
    yield _Found(f"{prefix}.{kind}", parsed, block.start, block.next, rest)


def _split(said: str) -> tuple[str, str]:
    """A JSON object and what follows it; all of it where it is none."""
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(said.lstrip())
    except (ValueError, RecursionError):
        return said, ""
    end += len(said) - len(said.lstrip())
    return said[:end], said[end:].strip()


def _end_of_lines(text: str, found: _Found) -> int:
    """Behind the last character of a block; the blank lines below it stay."""
    return len(text[found.start : found.end].rstrip("\r\n")) + found.start


def _dumped(part: TextPart, label: ImplicitLabel) -> str:
    """The record; in ASCII where the encoding is not what WebVTT asks for, and one to guess at."""
    guessed = not part.encoding.startswith("utf")
    text = json.dumps(label.fields, ensure_ascii=guessed, separators=(",", ":"))
    return re.sub(_ESCAPED, lambda found: f"\\u{ord(found.group()):04x}", text)
