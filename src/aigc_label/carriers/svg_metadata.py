"""The label in an SVG drawing: XMP in a metadata element, as editors write their own properties.

A metadata element may use prefixes that are bound far outside of it; it is looked at together with
those bindings. What is written in another encoding than UTF-8 keeps it, with character references
for what it lacks.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label.carriers import keyword, traces, xmp
from aigc_label.containers import svg
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.svg import Part, Text
    from aigc_label.model import ImplicitLabel, Observation

PLACE = "svg.xmp"

MOST_LOOKS = 64
"""Elements and comments that a label is sought in: one is enough, and two have been met."""

_GLANCE = 64 << 10  # bytes of a comment, which is no label's place
_CLOSED = b"</svg>"
# Without the wrapper of a packet, as editors of drawings write: exiftool takes a small drawing with
# one for a packet alone, and no longer knows that it is a drawing.
_NEW = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 </rdf:RDF>"""
# Those in which no byte of a character beyond ASCII can be taken for a "<" or a quote.
_CODECS = (
    r"(iso-?8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|koi8-[ru]|macintosh"
    r"|gb2312|gbk|gb18030|big5|shift[_-]jis|euc-(jp|kr))"
)
_PREFIX = rb"<([A-Za-z_][\w.-]{0,60}):"
_MANIFEST = rb"<(?:[^\s<>/:]+:)?manifest(?:\s[^<>]*)?>\s*([A-Za-z0-9+/=\s]+)"


def parts(text: Text) -> Iterator[Part]:
    """Yield the metadata elements and comments of a drawing, in their order.

    Raises:
        LimitExceeded: more than :data:`MOST_LOOKS` of them may hold a label.
        Malformed: as :func:`aigc_label.containers.svg.parts`.
    """
    looks = 0
    for part in svg.parts(text):
        looks += is_packet(part) or _mentions(part)
        if looks > MOST_LOOKS:
            raise LimitExceeded(f"more than {MOST_LOOKS} pieces of metadata", offset=part.start)
        yield part


def can_write(codec: str) -> bool:
    """Whether text in an encoding can be edited without loss; ``""`` is UTF-8."""
    return not codec or re.fullmatch(_CODECS, codec) is not None


def observe(part: Part, codec: str, offset: int | None) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in a metadata element or a comment.

    Args:
        part: of a drawing.
        codec: its encoding, ``""`` for UTF-8.
        offset: of the part in the file, if it stands there as it is.
    """
    if part.kind == "comment":
        if b"AI" not in part.content and b"aigc" not in part.content:
            return
        text = _decoded(part.content[4:-3][:_GLANCE], codec)
        yield from keyword.observe(b"", text, carrier="svg.comment", home=False, offset=offset)
        return
    if b"c2pa" in part.content:
        yield from filter(None, [traces.c2pa(_store(part.content), carrier="svg.c2pa")])
    if part.kind == "cut" or not (is_packet(part) or _mentions(part)):
        return
    packet = _head(part) + _decoded(part.content, codec) + _CLOSED
    for seen in xmp.observe(packet, carrier=PLACE, home=False, offset=offset):
        if isinstance(seen, FoundLabel) and not (is_packet(part) and _is_property(seen)):
            yield replace(seen, carrier="svg.metadata")
        else:
            yield seen


def _mentions(part: Part) -> bool:
    return b"AIGC" in part.content or b"aigc" in part.content


def is_packet(part: Part) -> bool:
    """Whether it is where XMP about the whole drawing stands."""
    return part.kind == "metadata" and part.level == 1 and b"RDF" in part.content


def _is_property(seen: FoundLabel) -> bool:
    """Whether it is more than words in the metadata element, beside the XMP in it."""
    return seen.carrier != f"{PLACE}.svg"


def updated(part: Part, label: ImplicitLabel, codec: str) -> bytes | None:
    """A metadata element with ``label`` as its only one; ``None`` if it cannot take one.

    Raises:
        CannotCarry: it bears a label and cannot be edited without loss.
    """
    packet = _head(part) + _exact(part.content, codec) + _CLOSED
    try:
        return _encoded(_bare(xmp.updated(packet, label), part), codec)
    except CannotCarry:
        if xmp.holds_label(packet):
            raise
        return None


def without_label(part: Part, codec: str) -> bytes | None:
    """A metadata element or comment without any label; ``None`` if it holds none.

    Raises:
        CannotCarry: it holds one, but cannot be edited without loss.
    """
    if not any(isinstance(seen, FoundLabel) for seen in observe(part, codec, None)):
        return None
    if part.kind == "comment":
        return b""
    new = xmp.without_label(_head(part) + _exact(part.content, codec) + _CLOSED)
    return None if new is None else _encoded(_bare(new, part), codec)


def element(label: ImplicitLabel, prefix: bytes, codec: str) -> bytes:
    """A new metadata element; ``prefix`` is that of SVG's own elements, with its colon."""
    packet = _encoded(xmp.updated(_NEW, label), codec and "ascii")
    return b"<%bmetadata>%b</%bmetadata>" % (prefix, packet, prefix)


def _head(part: Part) -> bytes:
    """A start tag that binds the prefixes that are bound around the part, and the part's own."""
    scope = dict(part.scope)
    if own := re.match(_PREFIX, part.content):
        scope.setdefault(b"xmlns:" + own[1], b"-")  # as where damage took it away
    return b"<svg%b>" % b"".join(b' %b="%b"' % pair for pair in scope.items())


def _bare(packet: bytes, part: Part) -> bytes:
    return packet[len(_head(part)) : -len(_CLOSED)]


def _decoded(content: bytes, codec: str) -> bytes:
    """The content in UTF-8, as far as its encoding is known."""
    return content.decode(codec, "replace").encode() if codec and can_write(codec) else content


def _exact(content: bytes, codec: str) -> bytes:
    """The content in UTF-8.

    Raises:
        CannotCarry: it could not be had back byte for byte.
    """
    if not codec:
        return content
    try:
        text = content.decode(codec)
        if text.encode(codec) == content:
            return text.encode()
    except (UnicodeError, LookupError):
        pass
    raise CannotCarry(
        f"its metadata is not quite in {codec}, the encoding it declares; "
        "save the drawing in UTF-8, then label again"
    )


def _encoded(packet: bytes, codec: str) -> bytes:
    return packet.decode().encode(codec, "xmlcharrefreplace") if codec else packet


def _store(content: bytes) -> bytes:
    """The beginning of the manifest store in a metadata element, which holds it in Base64."""
    found = re.search(_MANIFEST, content[: 2 * traces.STORE_READ])
    digits = b"".join(found[1].split()) if found else b""
    try:
        return binascii.a2b_base64(digits[: len(digits) // 4 * 4])[: traces.STORE_READ]
    except binascii.Error:
        return b""
