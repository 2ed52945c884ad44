"""The label in JSON Lines: a member ``AIGC`` of the first record speaks for the file.

No guide names a place. A line of its own would be one more record to every consumer; a label in
each record would rewrite the whole of a dataset for one statement. A member of the first record is
one small edit, and what reads columns takes it for a column that is empty elsewhere.

Datasets whose records bear labels of their own exist, one of each generated answer. Each distinct
label is read. Such a file is not written: its records' labels are theirs to keep, and a label of
the file would contradict them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import json_label
from aigc_label.containers import json_members, text_bytes
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.record import Parsed
    from aigc_label.containers.json_members import Member, Object
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.model import ImplicitLabel

PLACE = "jsonl.first"
_OTHER = "jsonl.other"  # in the first record, but under a key in another case
_LATER = "jsonl.later"
_MOST = 256  # distinct labels of one file


class _Record(NamedTuple):
    """One record that may bear a label: where it stands, whether it is the first."""

    part: TextPart
    content: Object
    first: bool

    def labels(self) -> Iterator[tuple[Member, Parsed]]:
        return json_label.labels_in(self.part.text, self.content.members)


def observe(asset: Asset) -> Iterator[FoundLabel]:
    """Yield each distinct label once, where it stands first.

    Of a large file, the beginning and the end are read.

    Raises:
        Malformed: the bytes are no text that is read here, or a line that names the key no JSON.
        LimitExceeded: there are more than 256 labels, or the first record is too long.
    """
    seen = set()
    for record in _records(asset, text_bytes.head_of(asset)):
        for member, parsed in record.labels():
            fields = tuple(parsed.fields.items())
            if fields in seen and not record.first:
                continue
            seen.add(fields)
            if len(seen) > _MOST:
                raise LimitExceeded(f"more than {_MOST} records bear labels of their own")
            at_home = PLACE if json_label.is_in_place(member) else _OTHER
            yield FoundLabel(
                carrier=at_home if record.first else _LATER,
                fields=parsed.fields,
                quirks=parsed.quirks,
                offset=record.part.offset(member.start),
            )


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that put the label into the first record.

    Raises:
        CannotCarry: the first record is no object, or others bear labels of their own.
        LimitExceeded, Malformed: as :func:`observe`.
    """
    head = text_bytes.head_of(asset)
    start, stop = _first_line(head)
    if not head.text.startswith("{", start):
        raise CannotCarry(
            "its first record is no JSON object, so there is no place for a label; put one first"
        )
    for record in _records(asset, head):
        if not record.first and any(record.labels()):
            raise CannotCarry(
                "its records bear labels of their own, which are theirs to keep; a label of the "
                "file would contradict them: label the records where they are made"
            )
    content = json_members.read(head.text, start, stop)
    _refuse_broken(head, content, stop)
    return EditPlan(json_label.edits(head, content, label))


def _records(asset: Asset, head: TextPart) -> Iterator[_Record]:
    """The records that name the key, the first one first."""
    wanted = re.compile(f'"{json_label.pattern()}"')
    start, stop = _first_line(head)
    for part in (head, text_bytes.tail_of(asset, head)):
        if part is None:
            continue
        text, at = part.text, 0
        while (found := wanted.search(text, at)) is not None:
            begins = text.rfind("\n", at, found.start()) + 1 or at
            ends = text.find("\n", found.end())
            at = ends if ends >= 0 else len(text)
            if ends < 0 and not part.at_end and begins > start:
                break  # cut by the bound
            begins = json_members.beginning(text, begins)
            if text.startswith("{", begins):
                content = json_members.read(text, begins, at)
                first = part.at_start and begins == start
                yield _Record(part, content, first)
                _refuse_broken(part, content, at)
    if stop == len(head.text) and not head.at_end:
        first_record = json_members.read(head.text, start, stop)
        if not any(json_label.labels_in(head.text, first_record.members)):
            raise LimitExceeded(
                f"its first record is longer than {text_bytes.HEAD_LIMIT >> 10} KiB, and bears no "
                "label up to there"
            )


def _first_line(head: TextPart) -> tuple[int, int]:
    """Where the first line that is not blank begins, without its blanks, and where it ends."""
    start = json_members.beginning(head.text)
    stop = head.text.find("\n", start)
    return start, stop if stop >= 0 else len(head.text)


def _refuse_broken(part: TextPart, content: Object, stop: int) -> None:
    """Say where a record is no JSON object.

    Raises:
        Malformed: if it is none, other than by the bound on what is read.
    """
    if content.end is None and content.stop == len(part.text) and not part.at_end:
        return
    rest = content.stop if content.end is None else json_members.beginning(part.text, content.end)
    if content.end is None or rest < stop:
        line = part.text[:rest].count("\n") + 1
        where = f"line {line}" if part.at_start else f"the line at byte {part.offset(rest)}"
        raise Malformed(f"{where} is not one JSON object", offset=part.offset(rest))
