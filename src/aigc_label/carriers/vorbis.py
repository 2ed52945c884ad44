"""The label in Vorbis comments: ``AIGC=`` and the bare JSON (202510A, Annexes C and D).

Field names count in any case, as the specification of Vorbis comments says, and may repeat. The
list is walked by seeking, so that a picture among the comments is never read. Written as one
comment; all others stay byte for byte and in order.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import keyword, record
from aigc_label.edits import Span, Splice
from aigc_label.errors import LimitExceeded, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

MOST_COMMENTS = 1 << 13

_NAME = b"AIGC"
_VENDOR = b"aigc-label"
_AHEAD = 64  # bytes of a comment in which its name must end
_GLANCE = 64 << 10  # a text that is not called AIGC is not read further than this
_PICTURES = (b"METADATA_BLOCK_PICTURE", b"COVERART", b"COVERARTMIME")
_LENGTH = struct.Struct("<I")


class Comment(NamedTuple):
    """One comment. ``name`` is in upper case; ``start`` is the offset of its length."""

    name: bytes
    start: int
    end: int


class Comments(NamedTuple):
    """A list of comments; offsets are bytes of the asset it was walked in.

    Attributes:
        count_at: where the number of comments stands.
        entries: in order.
        end: behind the last.
        fault: where the list is longer than its place; nothing behind it is known.
    """

    count_at: int
    entries: tuple[Comment, ...]
    end: int
    fault: int | None


def walk(asset: Asset, start: int, limit: int) -> Comments:
    """The list that begins at ``start`` with the vendor's name and must end by ``limit``.

    Raises:
        LimitExceeded: if there are more than :data:`MOST_COMMENTS`.
    """
    count_at = _behind(asset, start, limit)
    if count_at is None or count_at + 4 > limit:
        return Comments(start, (), start, start)
    (count,) = _LENGTH.unpack(asset.read(count_at, 4))
    entries: list[Comment] = []
    at = count_at + 4
    for _ in range(min(count, MOST_COMMENTS)):
        end = _behind(asset, at, limit)
        if end is None:
            return Comments(count_at, tuple(entries), at, at)
        name, equals, _ = asset.peek(at + 4, min(end - at - 4, _AHEAD)).partition(b"=")
        entries.append(Comment(name.upper() if equals else b"", at, end))
        at = end
    if count > MOST_COMMENTS:
        raise LimitExceeded(f"more than {MOST_COMMENTS} Vorbis comments", offset=count_at)
    return Comments(count_at, tuple(entries), at, None)


def _behind(asset: Asset, at: int, limit: int) -> int | None:
    """Where the text ends whose length stands at ``at``; ``None`` if that is past the limit."""
    if at + 4 > limit:
        return None
    end: int = at + 4 + _LENGTH.unpack(asset.read(at, 4))[0]
    return end if end <= limit else None


def observe(
    asset: Asset, comments: Comments, *, carrier: str, offset: int | None = None
) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in a list.

    Args:
        asset: what the list was walked in.
        comments: the list.
        carrier: the id of the place. A label in a comment of another name is reported at
            ``carrier`` + ``.text`` and is not at home.
        offset: where the list stands in the file; by default each comment's own offset.

    Raises:
        Malformed: at the end, if the list is longer than its place.
    """
    for comment in comments.entries:
        yield from _seen(asset, comment, carrier, comment.start if offset is None else offset)
    if comments.fault is not None:
        raise _broken(comments.fault if offset is None else offset)


def _seen(asset: Asset, comment: Comment, carrier: str, offset: int) -> Iterator[Observation]:
    if comment.name in _PICTURES:
        return
    named = keyword.is_named(comment.name)
    at = comment.start + 4 + (len(comment.name) + 1 if comment.name else 0)
    value = asset.peek(at, min(comment.end - at, record.LONGEST if named else _GLANCE))
    place = carrier if named else f"{carrier}.text"
    yield from keyword.observe(comment.name, value, carrier=place, home=named, offset=offset)


def _broken(offset: int) -> Malformed:
    return Malformed(
        "the Vorbis comments are longer than their place; repair them first, for example by "
        "copying the file with ffmpeg -c copy",
        offset=offset,
    )


def labelled(asset: Asset, comments: Comments, label: ImplicitLabel) -> list[Splice]:
    """The splices that make ``label`` the list's only one, and its origin the one stated.

    Raises:
        Malformed: if the list is longer than its place.
    """
    return _edits(asset, comments, _encoded(label), _renewed(label))


def without_label(asset: Asset, comments: Comments) -> list[Splice]:
    """The splices that take every label out of a list; none if there is none.

    Only for the copies of a label that is being written elsewhere in the same file.

    Raises:
        Malformed: if the list is longer than its place.
    """
    return _edits(asset, comments, [])


def new(label: ImplicitLabel) -> bytes:
    """A whole list with the label."""
    added = _encoded(label)
    return b"".join([_LENGTH.pack(len(_VENDOR)), _VENDOR, _LENGTH.pack(len(added)), *added])


def _encoded(label: ImplicitLabel) -> list[bytes]:
    stated = label.origin.properties if label.origin is not None else {}
    texts = [_NAME + b"=" + record.dump(label).encode()]
    texts += [f"{name.upper()}={value}".encode() for name, value in stated.items()]
    return [_LENGTH.pack(len(text)) + text for text in texts]


def _renewed(label: ImplicitLabel) -> frozenset[bytes]:
    """The names of the properties that are stated anew."""
    names = label.origin.renewed if label.origin is not None else ()
    return frozenset(name.upper().encode() for name in names)


def _edits(
    asset: Asset, comments: Comments, added: list[bytes], gone: frozenset[bytes] = frozenset()
) -> list[Splice]:
    if comments.fault is not None:
        raise _broken(comments.fault)
    old = [c for c in comments.entries if c.name in gone or _must_go(asset, c)]
    if not old and not added:
        return []
    at = old[0].start if old else comments.end
    count = _LENGTH.pack(len(comments.entries) - len(old) + len(added))
    return [
        Splice(Span(comments.count_at, comments.count_at + 4), count),
        Splice(Span(at, at), b"".join(added)),
        *(Splice(Span(comment.start, comment.end), b"") for comment in old),
    ]


def _must_go(asset: Asset, comment: Comment) -> bool:
    """Whether it holds a label, or is called AIGC whatever it holds: players join namesakes."""
    return keyword.is_named(comment.name) or any(
        isinstance(seen, FoundLabel) for seen in _seen(asset, comment, "", 0)
    )
