"""Pictures by Pillow."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from PIL import Image, ImageSequence

from eyes import fields_in

if TYPE_CHECKING:
    from pathlib import Path

TC260 = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"


def xmp_by_pillow(path: Path) -> dict:
    with Image.open(path) as image:
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    packet = packet.encode() if isinstance(packet, str) else packet
    return fields_in(label_in(packet))


def label_in(packet: bytes) -> str:
    tree = ET.fromstring(  # noqa: S314 - a packet that was just written here
        packet[packet.index(b"<x:xmpmeta") : packet.rindex(b"<?xpacket end")]
    )
    found = [node.text for node in tree.iter(TC260)]
    found += [node.attrib[TC260] for node in tree.iter() if TC260 in node.attrib]
    (only,) = found
    return only


def checked_by_pillow(path: Path) -> None:
    with Image.open(path) as image:
        image.verify()  # walks PNG chunks and their CRCs
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()


def pixels(path: Path) -> list:
    with Image.open(path) as image:
        return [
            (frame.mode, frame.size, frame.info.get("duration"), frame.tobytes())
            for frame in ImageSequence.Iterator(image)
        ]


def xmp_facts(packet: bytes | str | None) -> list:
    """Every property of a packet but the label, as the standard library's XML parser sees it."""
    if packet is None:
        return []
    packet = packet.encode() if isinstance(packet, str) else packet
    body = packet[packet.index(b"<x:xmpmeta") : packet.rindex(b"<?xpacket end")]
    seen = []
    for node in ET.fromstring(body).iter():  # noqa: S314 - a fixture, or what was just written
        told = {k: v for k, v in node.attrib.items() if "}AIGC" not in k and "}about" not in k}
        text = (node.text or "").strip()
        if not node.tag.endswith(("}AIGC", "}xmpmeta")) and (text or told):
            seen.append((node.tag, told, text))
    return seen


def pillow_facts(path: Path) -> dict:
    with Image.open(path) as image:
        # "mp": sizes and places of the pictures of one file, which follow the write;
        # "extension": the place of a GIF's last one; a GIF87a with an extension becomes a GIF89a
        label_or_places = ("xmp", "XML:com.adobe.xmp", "mp", "mpoffset", "extension", "version")
        keep = {k: v for k, v in image.info.items() if k not in label_or_places}
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        return {
            "info": keep,
            "xmp": xmp_facts(packet),
            "exif": {k: v for k, v in image.getexif().items() if k != 700},  # TIFF's XMP
            "size": image.size,
            "mode": image.mode,
            "frames": getattr(image, "n_frames", 1),
        }
