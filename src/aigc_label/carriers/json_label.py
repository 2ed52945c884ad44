"""The label in a JSON object: a member ``AIGC`` whose value is the seven-key object.

No guide names a place for JSON; APIs answer so. Only the outermost object counts: a label deeper
in the data is data. The environment may name another key, ``AIGC_LABEL_JSON_KEY``; it must contain
``AIGC`` (GB 45438-2025 Annex E a).
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from aigc_label.carriers import record
from aigc_label.containers import json_members, text_bytes
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed, UsageError
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.json_members import Member, Object
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.edits import Splice
    from aigc_label.model import ImplicitLabel

PLACE = "json.key"
_OTHER = "json.other"  # a key in another case, which no program finds that asks for AIGC
VARIABLE = "AIGC_LABEL_JSON_KEY"

_SEARCHED = 64 << 20  # bytes between the beginning and the end that are searched for the key
_OVERLAP = 256  # bytes; no key is longer
_EMPTY = ("null", "{}", '""')  # values that keep the key's place free


def key() -> str:
    """The key under which a label is written.

    Raises:
        UsageError: the environment names one that Annex E does not allow.
    """
    name = os.environ.get(VARIABLE) or "AIGC"
    if "AIGC" not in name or len(name) > _OVERLAP // 4:
        raise UsageError(f"{VARIABLE} is {name!r}: the key must contain AIGC (Annex E a)")
    return name


def pattern() -> str:
    """What keys count, as a regular expression: the one named, and ``AIGC`` in any case."""
    return rf"(?:(?i:AIGC)|{re.escape(key())})"


def observe(asset: Asset) -> Iterator[FoundLabel]:
    """Yield the labels of the outermost object.

    Raises:
        Malformed: the bytes are no text that is read here, or no JSON.
        LimitExceeded: a label may stand where nothing is read, in the middle of a large file.
    """
    head = text_bytes.head_of(asset)
    tail = _tail(asset, head)
    if tail is None and re.search(pattern(), head.text) is None:
        return
    start = json_members.beginning(head.text)
    if not head.text.startswith("{", start):
        return
    whole = json_members.read(head.text, start)
    any_found = False
    for member, parsed in labels_in(head.text, whole.members):
        any_found = True
        yield _found(head, member, parsed)
    _refuse_broken(head, whole)
    if tail is None:
        return
    for member, parsed in labels_in(tail.text, _members_at_end(tail)):
        any_found = True
        yield _found(tail, member, parsed)
    if not any_found:
        _search_between(asset, head.base + len(head.text.encode(head.encoding)), tail.base)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make the label the object's only one: where it stands, or as the first member.

    Raises:
        CannotCarry: the file holds no object, or its key stands for something else.
        LimitExceeded, Malformed: as :func:`observe`.
    """
    head = text_bytes.head_of(asset)
    start = json_members.beginning(head.text)
    if not head.text.startswith("{", start):
        raise CannotCarry(_no_object(head.text[start : start + 1]))
    whole = json_members.read(head.text, start)
    _refuse_broken(head, whole)
    splices = list(edits(head, whole, label))
    if (tail := _tail(asset, head)) is not None:
        splices += _removed_at_end(tail)
    return EditPlan(splices)


def labels_in(text: str, members: tuple[Member, ...]) -> Iterator[tuple[Member, record.Parsed]]:
    """The labels among the members of one object."""
    wanted = re.compile(pattern())
    for member in members:
        if wanted.fullmatch(member.key) is None:
            continue
        parsed = record.parse(text[member.value : member.end], named=True)
        if parsed is not None:
            quirks = parsed.quirks if is_in_place(member) else (*parsed.quirks, "lower-case-key")
            yield member, record.Parsed(parsed.fields, quirks)


def is_in_place(member: Member) -> bool:
    """Whether a label's key is one that Annex E allows."""
    return "AIGC" in member.key


def edits(part: TextPart, whole: Object, label: ImplicitLabel) -> Iterator[Splice]:
    """The edits that make the label an object's only one.

    Raises:
        CannotCarry: if the key stands for something else.
    """
    name, text, members = key(), part.text, whole.members
    labelled = [member for member, _ in labels_in(text, members)]
    free = [m for m in members if m.key == name and text[m.value : m.end] in _EMPTY]
    home = next(iter([*filter(is_in_place, labelled), *free, *labelled]), None)
    if home is not None and is_in_place(home):
        name = home.key
    if any(m.key == name and m not in labelled and m != home for m in members):
        raise CannotCarry(
            f"its key {name!r} stands for something else; rename that, or let {VARIABLE} name "
            "another key"
        )
    quoted, value = (_dumped(part, what) for what in (name, label.fields))
    if home is None:
        at, member = _inserted(text, whole, quoted, value)
        yield part.splice(at, at, member)
        return
    if home.key != name:
        yield part.splice(home.start, home.key_end, quoted)
    yield part.splice(home.value, home.end, value)
    gone = {index for index, m in enumerate(members) if m in labelled and m != home}
    for start, end in json_members.removals(members, gone) if gone else ():
        yield part.splice(start, end, "")


def _dumped(part: TextPart, value: object) -> str:
    """JSON, compact; in ASCII where the text is, and where its encoding is one to guess at."""
    guessed = part.text.isascii() or not part.encoding.startswith("utf")
    return json.dumps(value, ensure_ascii=guessed, separators=(",", ":"))


def _inserted(text: str, whole: Object, name: str, value: str) -> tuple[int, str]:
    """The label as the first member, in the style of the one that was the first."""
    at = whole.start + 1
    gap = text[at : whole.members[0].start] if whole.members else ""
    gap = gap[: len(gap) - len(gap.lstrip(" \t\r\n"))]  # without comments
    if not whole.members and whole.end is not None:
        return at, f"{name}:{value}"
    colon = ": " if gap else ":"
    if whole.members:
        first = whole.members[0]
        between = text[first.key_end : first.value]
        colon = between if re.fullmatch(r" ?: ?", between) else colon
    return at, f"{gap}{name}{colon}{value},"


def _found(part: TextPart, member: Member, parsed: record.Parsed) -> FoundLabel:
    return FoundLabel(
        carrier=PLACE if is_in_place(member) else _OTHER,
        fields=parsed.fields,
        quirks=parsed.quirks,
        offset=part.offset(member.start),
    )


def _refuse_broken(head: TextPart, whole: Object) -> None:
    """Say where an object breaks off, or what stands behind it.

    Raises:
        Malformed: if it does, other than by the bound on what is read.
    """
    text, stop = head.text, whole.stop
    if whole.end is not None:
        rest = json_members.beginning(text, whole.end)
        if text[rest : rest + 1].strip("\0"):
            raise Malformed(
                "more follows behind the JSON object; is it JSON Lines? then name it .jsonl",
                offset=head.offset(rest),
            )
    elif stop < len(text):
        raise Malformed(f"not JSON at {text[stop : stop + 20]!r}", offset=head.offset(stop))
    elif head.at_end:
        raise Malformed("cut short: the JSON object does not end", offset=head.offset(stop))


def _no_object(first: str) -> str:
    if first == "[":
        return (
            "a JSON array has no place for a label of the file; wrap it in an object, or write "
            "JSON Lines (.jsonl)"
        )
    return "there is no JSON object to label; a label needs one around the content"


def _tail(asset: Asset, head: TextPart) -> TextPart | None:
    """The end of a file whose middle is not read; it may begin within a string."""
    if head.at_end:
        return None
    if head.encoding != "utf-8":
        return text_bytes.tail_of(asset, head)
    start = asset.size - text_bytes.TAIL_LIMIT
    data = asset.read(start, text_bytes.TAIL_LIMIT)
    cut = next((n for n in range(4) if data[n] & 0xC0 != 0x80), 0)
    try:
        text = data[cut:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 ({error.reason})", offset=start + cut + error.start) from None
    return text_bytes.TextPart(
        text, "utf-8", start + cut, head.newline, at_start=False, at_end=True
    )


def _members_at_end(tail: TextPart) -> tuple[Member, ...]:
    return tuple(json_members.at_the_end(tail.text, pattern()))


def _removed_at_end(tail: TextPart) -> Iterator[Splice]:
    text = tail.text
    for member, _ in labels_in(text, _members_at_end(tail)):
        behind = json_members.beginning(text, member.end)
        if text.startswith(",", behind):
            yield tail.splice(member.start, json_members.beginning(text, behind + 1), "")
        else:
            before = len(text[: member.start].rstrip(" \t\r\n"))
            yield tail.splice(before - text.startswith(",", before - 1), member.end, "")


def _search_between(asset: Asset, start: int, end: int) -> None:
    """Make sure that no label stands in the middle of a large file.

    Raises:
        LimitExceeded: one may stand there.
    """
    if end - start > _SEARCHED:
        raise LimitExceeded(
            f"no label in its first and last bytes, and the {(end - start) >> 20} MiB between are "
            "not searched; write JSON Lines (.jsonl)"
        )
    wanted = re.compile(b'(?i)"\0?A\0?I\0?G\0?C\0?"|' + re.escape(key().encode()))
    while start < end:
        data = asset.read(start, min(1 << 20, end - start))
        if (found := wanted.search(data)) is not None:
            raise LimitExceeded(
                f"a key at byte {start + found.start()} may hold a label; it is looked for in the "
                f"first {text_bytes.HEAD_LIMIT >> 10} KiB only: make it the first member",
                offset=start + found.start(),
            )
        start += max(len(data) - _OVERLAP, 1) if start + len(data) < end else len(data)
