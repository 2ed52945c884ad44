"""Labels in the Tags of Matroska and WebM: ``Tag`` of the whole file, ``SimpleTag`` ``AIGC``.

TC260-PG-20257A names ``Segment.Tags.Tag.SimpleTag``; RFC 9559 section 5.1.8 says what Tags are
about: without a UID, and at level 50 or none, the whole file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import keyword, record
from aigc_label.containers.ebml.elements import CRC, checked, children, encoded
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.ebml.elements import Element
    from aigc_label.model import ImplicitLabel, Observation

LARGEST = 4 << 20
"""Bytes of Tags looked at: those of a film with statistics of 100 tracks have 100 KB."""

_TAG, _TARGETS, _SIMPLE = 0x7373, 0x63C0, 0x67C8
_NAME, _STRING, _BINARY = 0x45A3, 0x4487, 0x4485
_LEVEL, _LEVEL_NAME = 0x68CA, 0x63CA
_UIDS = {0x63C5, 0x63C9, 0x63C4, 0x63C6}  # track, edition, chapter, attachment
_WHOLE_FILE = 50
_DEEPEST = 8


class _Scope(NamedTuple):
    """What a Tag is about: the whole file; and whether players show its names as they are."""

    whole: bool
    unnamed: bool


class _Simple(NamedTuple):
    """The name and the value of a SimpleTag, and the ones inside."""

    name: bytes
    value: bytes
    binary: bool
    inner: tuple[Element, ...]


def observe(data: bytes, *, prefix: str, offset: int) -> Iterator[Observation]:
    """Yield labels, and traces of generators, in the content of Tags.

    Args:
        data: the content.
        prefix: the format's id, which carriers begin with.
        offset: where ``data`` begins in the file.

    Raises:
        Malformed, LimitExceeded: where the structure breaks, or is deeper than any.
    """
    for tag in children(data, 0, len(data)):
        if tag.id == _TAG:
            whole = _scope(data, tag).whole
            for simple in children(data, tag.body, tag.end):
                if simple.id == _SIMPLE:
                    place = f"{prefix}.{'tags' if whole else 'targeted'}"
                    yield from _seen(data, simple, place, home=whole, offset=offset)


def _seen(
    data: bytes, place: Element, carrier: str, *, home: bool, offset: int, depth: int = 0
) -> Iterator[Observation]:
    found = _simple(data, place, depth)
    named = keyword.is_named(found.name)
    if found.value:
        yield from keyword.observe(
            found.name,
            found.value,
            carrier=carrier if named else f"{carrier.partition('.')[0]}.comment",
            home=home and named and not found.binary,
            offset=offset + place.start,
        )
    for inner in found.inner:
        nested = f"{carrier.partition('.')[0]}.nested"
        yield from _seen(data, inner, nested, home=False, offset=offset, depth=depth + 1)


def _simple(data: bytes, place: Element, depth: int) -> _Simple:
    if depth > _DEEPEST:
        raise LimitExceeded(f"tags within tags, deeper than {_DEEPEST}")
    parts = list(children(data, place.body, place.end))
    texts = {part.id: data[part.body : part.end].rstrip(b"\0") for part in parts}
    inner = tuple(part for part in parts if part.id == _SIMPLE)
    binary = not texts.get(_STRING)
    value = texts.get(_STRING) or texts.get(_BINARY, b"")
    return _Simple(texts.get(_NAME, b""), value[: record.LONGEST], binary, inner)


def _scope(data: bytes, tag: Element) -> _Scope:
    whole = unnamed = True
    for part in children(data, tag.body, tag.end):
        if part.id == _TARGETS:
            for child in children(data, part.body, part.end):
                number = int.from_bytes(data[child.body : child.end])
                if (child.id in _UIDS and number) or (child.id == _LEVEL and number != _WHOLE_FILE):
                    whole = False
                elif child.id == _LEVEL_NAME and number:
                    unnamed = False  # players put the level's name before the tag's
    return _Scope(whole, unnamed)


def is_home(data: bytes) -> bool:
    """Whether a label stands at the guide's place in the content of Tags."""
    found = observe(data, prefix="", offset=0)
    return any(isinstance(seen, FoundLabel) and seen.home for seen in found)


def without_label(data: bytes) -> bytes:
    """The content of Tags without any label; ``b""`` if no Tag is left."""
    tags, was_checked = _stripped(data, b"")
    return _joined(tags, was_checked=was_checked)


def labelled(data: bytes, label: ImplicitLabel) -> bytes:
    """The content of Tags with one label, for the whole file: where one stood, or behind the rest.

    Raises:
        CannotCarry: if the Tags would be larger than readers look at.
    """
    fresh = _named("AIGC", record.dump(label))
    gone: tuple[str, ...] = ()
    if label.origin is not None:
        fresh += b"".join(_named(*stated) for stated in label.origin.properties.items())
        gone = label.origin.renewed
    tags, was_checked = _stripped(data, fresh, frozenset(name.encode() for name in gone))
    if not any(tag.placed for tag in tags):
        home = next((n for n, tag in enumerate(tags) if tag.open), None)
        if home is None:
            tags.append(_Tag(encoded(_TARGETS, b"") + fresh, 1))
        else:
            tags[home] = tags[home]._replace(data=tags[home].data + fresh)
    new = _joined(tags, was_checked=was_checked)
    if len(new) > LARGEST:
        raise CannotCarry(
            f"the tags would take {len(new)} bytes, over {LARGEST}; shorten or remove some first"
        )
    return new


def _named(name: str, text: str) -> bytes:
    return encoded(_SIMPLE, encoded(_NAME, name.encode()) + encoded(_STRING, text.encode()))


class _Tag(NamedTuple):
    """A Tag's content (``width`` > 0) or another element as it is, while Tags are made anew."""

    data: bytes
    width: int = 0
    open: bool = False
    placed: bool = False


def _stripped(
    data: bytes, fresh: bytes, gone: frozenset[bytes] = frozenset()
) -> tuple[list[_Tag], bool]:
    """The Tags without labels, ``fresh`` in the place of the first that stood right.

    Of Tags that are about the whole file, those that are called as in ``gone`` go, too.
    """
    out: list[_Tag] = []
    was_checked = placed = False
    for tag in children(data, 0, len(data)):
        if tag.id == CRC:
            was_checked = True
        elif tag.id != _TAG:
            out.append(_Tag(data[tag.start : tag.end]))
        else:
            scope = _scope(data, tag)
            plain = all(scope)
            names = gone if scope.whole else frozenset()
            made, here = _without(data, tag, b"" if placed or not plain else fresh, names)
            placed = placed or here
            unchanged = made == data[tag.body : tag.end]
            if unchanged or any(c.id == _SIMPLE for c in children(made, 0, len(made))):
                out.append(_Tag(made, tag.width, plain, here))
    return out, was_checked


def _joined(tags: list[_Tag], *, was_checked: bool) -> bytes:
    if not any(tag.width for tag in tags):
        return b""
    parts = (encoded(_TAG, tag.data, tag.width) if tag.width else tag.data for tag in tags)
    body = b"".join(parts)
    return checked(body) if was_checked else body


def _without(
    data: bytes,
    parent: Element,
    fresh: bytes,
    gone: frozenset[bytes] = frozenset(),
    depth: int = 0,
) -> tuple[bytes, bool]:
    """A Tag's or SimpleTag's content without labels, and whether ``fresh`` replaced one."""
    out, placed = [], False
    for part in children(data, parent.body, parent.end):
        raw = data[part.start : part.end]
        if part.id == _SIMPLE:
            found = _simple(data, part, depth)
            own = _is_label(found)
            if found.name in gone and not found.inner:
                raw = b""
            elif found.inner:
                rest = _without(data, part, b"", depth=depth + 1)[0]
                raw = encoded(_SIMPLE, _without_value(rest) if own else rest, part.width)
            elif own:
                here = bool(fresh) and not placed and keyword.is_named(found.name)
                raw = fresh if here else b""
                placed = placed or here
        out.append(raw)
    return b"".join(out), placed


def _is_label(found: _Simple) -> bool:
    seen = keyword.observe(found.name, found.value, carrier="", home=False, offset=None)
    return any(isinstance(one, FoundLabel) for one in seen)


def _without_value(data: bytes) -> bytes:
    kept = (c for c in children(data, 0, len(data)) if c.id not in {_STRING, _BINARY})
    return b"".join(data[child.start : child.end] for child in kept)
