"""An XMP packet of our own: made around a label, and known again without a parser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import xmp_origin
from aigc_label.carriers.packet_room import with_room
from aigc_label.carriers.xmp_slots import NAMESPACE

if TYPE_CHECKING:
    from aigc_label.origin import Origin

_FRAME = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 %b</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
_LABELLED = f""" <rdf:Description rdf:about="" xmlns:TC260="{NAMESPACE}">
   <TC260:AIGC>%b</TC260:AIGC>
  </rdf:Description>
 """.encode()
_BEFORE, _REST = (_FRAME % _LABELLED).split(b"%b")
_BEHIND, _TRAILER = re.split(rb"(?=<\?xpacket end)", _REST)
# A value that stands for itself: ASCII without what XML or a line's end would change.
_OURS = b"%b([ -%%'-;=?-~]*)%b[ \n]*%b" % tuple(map(re.escape, (_BEFORE, _BEHIND, _TRAILER)))


def labelled(value: bytes, origin: Origin | None) -> bytes:
    """A packet with nothing but a label, and an origin if there is one; with room.

    Args:
        value: the record, escaped as an element's text.
        origin: what is stated beside it.
    """
    return _stating(_FRAME % (_LABELLED % value), origin)


def stating(origin: Origin) -> bytes:
    """A packet with nothing but an origin; with room."""
    return _stating(_FRAME % b"", origin)


def _stating(packet: bytes, origin: Origin | None) -> bytes:
    return with_room(packet if origin is None else xmp_origin.declared(packet, origin))


def value_of(packet: bytes) -> str | None:
    """What is labelled in a packet that is ours to the byte, and states nothing else.

    ``None`` for all others, and where the value would have to be unescaped: those take a parser.

    Args:
        packet: in UTF-8, without what surrounds it.
    """
    found = re.fullmatch(_OURS, packet)
    return found[1].decode("ascii") if found is not None else None
