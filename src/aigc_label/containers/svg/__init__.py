"""SVG: an XML document's metadata elements and comments, and where they stand; nothing of labels.

Tags are told from comments, CDATA sections and document types without a parser, so that a drawing
of any size costs the same, and every byte that is not edited stays. Of a drawing larger than
:data:`WHOLE` the beginning and the end are looked at. Entities are not expanded; those that stand
for a namespace, as one editor writes them, are looked up.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.svg import tags
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset

WHOLE = 1 << 20
"""Bytes of a drawing up to which all of it is looked at, unpacked if it is compressed."""

HEAD, TAIL = 128 << 10, 64 << 10
"""Bytes looked at of a larger one."""

DEEPEST = 512
"""Levels of elements; editors nest a few dozen."""

_GZIP = b"\x1f\x8b\x08"
_BOM = b"\xef\xbb\xbf"
_WIDE = (
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = rb"""\s*<\?xml\s[^<>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
_ROOT = rb"(?:(?!xml)[A-Za-z_][\w.-]{0,60}:)?svg"
_NAMESPACE = rb"""\s(xmlns(?::[A-Za-z_][\w.-]{0,60})?)\s*=\s*(?:"([^"]*)"|'([^']*)')"""
# A name that a declaration can have without further thought; those of XML itself need none.
_PLAIN_NAME = rb"(?!http://www\.w3\.org/(?:XML/1998/namespace|2000/xmlns/)$)[!#-%'-;=?-~]{1,200}"
_MOST_DECLARED = 64
_SHORTEST = 24  # bytes of a comment that could say anything about the drawing
_BEFORE_METADATA = (b"title", b"desc")


class Text(NamedTuple):
    """What is looked at of a drawing.

    Attributes:
        head: its first bytes, or all of them.
        tail: its last ones, of a drawing that is too large to look at all of it.
        tail_at: where those begin.
        codec: the encoding it declares, ``""`` for UTF-8.
        made: why its bytes are not those of the file: ``"gzip"``, ``"UTF-16"`` or ``""``.
    """

    head: bytes
    tail: bytes = b""
    tail_at: int = 0
    codec: str = ""
    made: str = ""


class Part(NamedTuple):
    """A metadata element or a comment. Offsets are into the drawing.

    Attributes:
        start: offset of its ``<``.
        end: behind it.
        content: all of its bytes.
        kind: ``"comment"``, ``"metadata"``, or ``"cut"`` for metadata whose end is not in sight.
        level: how many elements are around metadata.
        scope: the namespace declarations around it, names and values.
    """

    start: int
    end: int
    content: bytes
    kind: str
    level: int = 0
    scope: tuple[tuple[bytes, bytes], ...] = ()


class Root(NamedTuple):
    """The root element's start tag.

    Attributes:
        name: the qualified name.
        end: behind the tag.
        empty: whether it is self-closed.
        place: where metadata is put: behind it, and behind the title and description that follow.
    """

    name: bytes
    end: int
    empty: bool
    place: int


def sniff(asset: Asset) -> bool:
    """Whether the first element is called ``svg``; also in UTF-16 or compressed. Never raises."""
    head = asset.head
    if not (_begins(head) or _is_made(head)):  # most files; the rest costs more
        return False
    text, _ = _readable(head, len(head))
    return _begins(text) and _is_root(tags.first_name(text))


def _begins(data: bytes) -> bool:
    return data.removeprefix(_BOM)[:256].lstrip().startswith(b"<")


def read(asset: Asset) -> Text:
    """The drawing, or its ends.

    Raises:
        LimitExceeded: it is compressed, or in UTF-16, and larger than :data:`WHOLE`.
        Malformed: its root element is missing or not closed.
    """
    if asset.size > WHOLE and not _is_made(asset.head):
        at = asset.size - TAIL
        text = Text(asset.peek(0, HEAD), asset.read(at, TAIL), at)
    else:
        data = asset.peek(0, WHOLE)
        shown, made = _readable(data, WHOLE)
        if made and (len(data) < asset.size or len(shown) >= WHOLE):
            raise LimitExceeded(
                f"a drawing in {made} of more than {WHOLE >> 20} MiB; store it plain, in UTF-8"
            )
        text = Text(shown, made=made)
    root = _first_tag(text.head)
    if root is None:
        raise Malformed("cut short: no root element")
    if root.kind == "open" and (text.tail or text.head).rfind(b"</" + root.name) < 0:
        raise Malformed("cut short: the root element is not closed", offset=asset.size)
    declared = None if text.made else re.match(_DECLARED, text.head.removeprefix(_BOM))
    codec = declared[1].decode("ascii").lower() if declared else ""
    return text._replace(codec="" if codec in {"utf-8", "utf8", "us-ascii", "ascii"} else codec)


def _is_made(head: bytes) -> bool:
    return head.startswith((_GZIP, *(mark for mark, _ in _WIDE)))


def _readable(data: bytes, most: int) -> tuple[bytes, str]:
    """The document in an encoding that has ASCII in it, and what it was made from."""
    made = ""
    if data.startswith(_GZIP):
        import zlib  # noqa: PLC0415 - few drawings are compressed

        try:
            data, made = zlib.decompressobj(31).decompress(data, most), "gzip"
        except zlib.error:
            return b"", ""
    for mark, codec in _WIDE:
        if data.startswith(mark):
            return data.decode(codec, "replace").encode("utf-8"), made or "UTF-16"
    return data, made


def _first_tag(data: bytes) -> tags.Token | None:
    """The root's start tag, if it is SVG's."""
    token = next((t for t in tags.tokens(data, {}, cut=True) if t.kind != "comment"), None)
    if token is None or token.kind == "close" or not _is_root(token.name):
        return None
    return token


def _is_root(name: bytes) -> bool:
    return re.fullmatch(_ROOT, name) is not None


def _local(name: bytes) -> bytes:
    return name.rpartition(b":")[2]


def root(text: Text) -> Root:
    """The root element, which :func:`read` has seen, and where metadata goes.

    A title comes first for the sake of older readers (SVG 1.1, 5.4).

    Raises:
        Malformed: there is none.
    """
    first: tags.Token | None = None
    place, level = 0, 0
    for token in tags.tokens(text.head, {}, cut=True):
        if token.kind == "comment":
            continue
        if first is None:
            first, place = token, token.end
            continue
        if level == 0 and (token.kind == "close" or _local(token.name) not in _BEFORE_METADATA):
            break
        level += {"open": 1, "close": -1}.get(token.kind, 0)
        place = token.end if level == 0 else place
    if first is None:
        raise Malformed("cut short: no root element")
    return Root(first.name, first.end, first.kind == "empty", place)


def closing(text: Text, root: Root) -> int:
    """Where the root element's end tag begins in the file.

    Raises:
        Malformed: it does not end.
    """
    sound = _first_sound(text.tail) if text.tail else 0
    data = text.tail[sound:] if text.tail else text.head
    ends = [
        token.start
        for token in tags.tokens(data, {}, cut=False)
        if token.kind == "close" and token.name == root.name
    ]
    if not ends:
        raise Malformed("cut short: the root element is not closed")
    return ends[-1] + text.tail_at + sound


def parts(text: Text) -> list[Part]:
    """The comments and the metadata elements, but for those in metadata, in their order.

    Raises:
        Malformed: where the structure breaks.
        LimitExceeded: elements nest deeper than :data:`DEEPEST`.
    """
    entities: dict[bytes, bytes] = {}
    found, _ = _parts(text.head, entities, [], cut=bool(text.tail))
    if not text.tail:
        return found
    first = _first_tag(text.head)
    around = _declared(first.attributes, entities) if first else []
    sound = _first_sound(text.tail)
    try:
        late, level = _parts(text.tail[sound:], entities, around, cut=False)
    except Malformed:  # it is not where it seemed to be; nothing there can be relied on
        return found
    shift = text.tail_at + sound
    for part in late:  # the root ends there, so that levels are known from the end
        start, end = part.start + shift, part.end + shift
        found.append(part._replace(start=start, end=end, level=part.level - level))
    return found


def _first_sound(tail: bytes) -> int:
    """Behind the comment or the CDATA section that is open where the tail begins, if one is."""
    at = 0
    for opens, closes in tags.OPAQUE:
        end, start = tail.find(closes), tail.find(opens)
        if end >= 0 and (start < 0 or end < start):
            at = max(at, end + len(closes))
    return at


def _parts(
    data: bytes,
    entities: dict[bytes, bytes],
    around: list[tuple[bytes, bytes]],
    *,
    cut: bool,
) -> tuple[list[Part], int]:
    """The parts, and the level at the end, both relative to the level at the beginning."""
    found: list[Part] = []
    stack: list[list[tuple[bytes, bytes]]] = []
    below = 0  # elements closed here and opened before
    outer: tags.Token | None = None
    inside = 0

    def add(start: int, end: int, level: int, kind: str = "metadata") -> None:
        pairs = (pair for declared in (around, *stack) for pair in declared)
        scope = dict(islice(pairs, _MOST_DECLARED))
        found.append(Part(start, end, data[start:end], kind, level, tuple(scope.items())))

    for token in tags.tokens(data, entities, cut=cut):
        if token.kind == "comment":
            if outer is None and token.end - token.start >= _SHORTEST:
                content = data[token.start : token.end]
                found.append(Part(token.start, token.end, content, "comment"))
        elif token.kind == "close":
            if stack:
                stack.pop()
            else:
                below += 1
            if outer is not None and len(stack) == inside:
                add(outer.start, token.end, inside - below)
                outer = None
        else:
            if outer is None and _local(token.name) == b"metadata":
                outer, inside = (token, len(stack)) if token.kind == "open" else (None, 0)
            if token.kind == "open":
                xmlns = b"xmlns" in token.attributes
                stack.append(_declared(token.attributes, entities) if xmlns else [])
                if len(stack) > DEEPEST:
                    raise LimitExceeded(f"elements nest deeper than {DEEPEST} levels")
    if outer is not None:
        del stack[inside:]
        add(outer.start, len(data), inside - below, "cut")
    return found, len(stack) - below


def _declared(attributes: bytes, entities: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The namespace declarations among the attributes of a tag, without entities."""
    out = []
    for found in islice(re.finditer(_NAMESPACE, attributes), _MOST_DECLARED):
        value = found[3] if found[2] is None else found[2]
        value = re.sub(rb"&([^;&]{1,64});", lambda e: entities.get(e[1], e[0]), value)
        if re.fullmatch(_PLAIN_NAME, value):
            out.append((found[1], value))
    return out
