"""The tags, comments and document type of an XML document, told apart without a parser."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

OPAQUE = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))
"""What begins and ends a comment, and a section of characters."""

# In XML no attribute holds a "<", so that a tag that is not closed is found out at the next one.
_TAG = rb"""<(/?)([^\s<>/!?"'=]++)((?:[^<>"']|"[^<"]*+"|'[^<']*+')*+)>"""
_NAME = rb"""<([^\s<>/!?"'=]++)[\s/>]"""
_IN_DOCTYPE = rb"""[\[\]"'>]|<!--|<\?"""
_ENTITY = rb"""<!ENTITY\s+([^\s%&;'"<>]{1,64})\s+(?:"([^"&%<]{0,400})"|'([^'&%<]{0,400})')\s*>"""
_MOST_ENTITIES = 64
_SKIPPED = (*OPAQUE, (b"<?", b"?>"))


class Token(NamedTuple):
    """A tag or a comment.

    Attributes:
        kind: ``"comment"``, ``"open"``, ``"empty"`` or ``"close"``.
        start: offset of its ``<``.
        end: behind its ``>``.
        name: the qualified name of a tag.
        attributes: what stands behind the name.
    """

    kind: str
    start: int
    end: int
    name: bytes = b""
    attributes: bytes = b""


def first_name(data: bytes) -> bytes:
    """The qualified name of the first element, though its tag may not be complete."""
    at = data.find(b"<")
    while at >= 0:
        found = re.compile(_NAME).match(data, at)
        if found is not None:
            return found[1]
        at = data.find(b"<", _skipped(data, at) or len(data))
    return b""


def tokens(data: bytes, entities: dict[bytes, bytes], *, cut: bool) -> Iterator[Token]:
    """Tags and comments in their order; entities of a document type are put into ``entities``.

    Args:
        data: a document, or the beginning or end of one.
        entities: name and value.
        cut: whether it may end in the middle of anything.

    Raises:
        Malformed: at a ``<`` that begins nothing, or nothing that ends.
    """
    tag = re.compile(_TAG)
    at = data.find(b"<")
    while at >= 0:
        end = 0
        if data[at + 1 : at + 2] in {b"!", b"?"}:
            end = _skipped(data, at)
            if end and data.startswith(b"<!--", at):
                yield Token("comment", at, end)
            elif end and data.startswith(b"<!DOCTYPE", at):
                entities.update(_entities(data[at:end]))
        elif (found := tag.match(data, at)) is not None:
            end = found.end()
            empty = found[3].endswith(b"/")
            kind = "close" if found[1] else "empty" if empty else "open"
            yield Token(kind, at, end, found[2], found[3])
        if not end:
            if cut:
                return
            raise Malformed(f"no tag that ends, at byte {at}", offset=at)
        at = data.find(b"<", end)


def _skipped(data: bytes, at: int) -> int:
    """Behind what begins at ``at`` and is no tag; 0 if it does not end."""
    for opens, closes in _SKIPPED:
        if data.startswith(opens, at):
            end = data.find(closes, at + len(opens))
            return end + len(closes) if end >= 0 else 0
    return _doctype_end(data, at) if data.startswith(b"<!", at) else 0


def _doctype_end(data: bytes, at: int) -> int:
    """Behind the document type that begins at ``at``; 0 if it does not end."""
    special = re.compile(_IN_DOCTYPE)
    subset = False
    while (found := special.search(data, at + 1)) is not None:
        sign = found[0]
        at = found.end() - 1
        if sign == b">" and not subset:
            return found.end()
        if sign in {b"[", b"]"}:
            subset = sign == b"["
        elif sign != b">":
            closes = {b"<!--": b"-->", b"<?": b"?>"}.get(sign, sign)
            at = data.find(closes, found.end()) + len(closes) - 1
            if at < len(closes) - 1:
                return 0
    return 0


def _entities(doctype: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Entities with a plain value: those that refer to others are nobody's namespaces."""
    for found in islice(re.finditer(_ENTITY, doctype), _MOST_ENTITIES):
        yield found[1], found[3] if found[2] is None else found[2]
