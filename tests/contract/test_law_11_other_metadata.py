"""L11: all other metadata survives a write, as exiftool, Pillow and mutagen see it."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter

import imageio_ffmpeg
import mutagen
import pytest
import yaml
from mutagen.id3 import ID3
from PIL import Image

from aigc_label import registry

WHEEL = imageio_ffmpeg.get_ffmpeg_exe()

# What a write must change: the label itself, sizes and places of bytes, the file system's facts.
_MAY_CHANGE = re.compile(
    r"SourceFile|System:|ExifTool:|Composite:|File:(FileSize|FileType|ID3Size|LineCount|WordCount)"
    r"|XMP-TC260:|Vorbis:Aigc|FLAC:Padding|Keys:AIGC|RIFF:(Unknown_AIGC|WebP_Flags|RIFFSize64)|.*(Offset|Offset64|MPImageStart)$"
    r"|QuickTime:(Free|Unknown_mfra)|MPImage1:MPImageLength|GIF:GIFVersion"
    r"|Matroska:(Aigc|SeekPosition|CRC-32)"
)


def tags_of(paths) -> list[dict]:
    done = subprocess.run(
        ["exiftool", "-j", "-a", "-G1:4", "-struct", "-ee", "-b", "-u", "-U", *map(str, paths)],
        capture_output=True,
        check=False,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def both_by_exiftool(corpus, written, tmp_path_factory):
    """id -> exiftool's tags before and after a write; two runs for all."""
    writable = {fmt.id for fmt in registry.formats() if fmt.plan is not None}
    files = [f for f in corpus if f.format in writable and f.kind in ("plain", "labelled")]
    folder = tmp_path_factory.mktemp("exiftool")
    results = []
    for file in files:
        target = folder / file.id.replace("/", "-")
        target.write_bytes(written(file))
        results.append(target)
    before, after = tags_of(f.path for f in files), tags_of(results)
    return {f.id: pair for f, pair in zip(files, zip(before, after, strict=True), strict=True)}


def other(tags: dict) -> Counter:
    """Tags but those that may change; a converted ID3 tag and a moved box keep their names."""
    named = ((re.sub(r":Copy\d+|(?<=ID3v2)_\d", "", key), value) for key, value in tags.items())
    return Counter(
        (key, json.dumps(value, sort_keys=True))
        for key, value in named
        if not _MAY_CHANGE.match(key) and "AIGC) {" not in str(value)
    )


@pytest.mark.foreign("exiftool")
def test_exiftool_sees_the_same_other_tags(writable_plain_file, both_by_exiftool):
    if registry.by_id(writable_plain_file.format).medium.value == "text":
        return  # exiftool counts lines there, no more
    before, after = both_by_exiftool[writable_plain_file.id]
    assert other(before) - other(after) == Counter()
    gained = {key for key, _ in other(after) - other(before)}
    unlocked = _SEEN_ONLY_AFTERWARDS.get(writable_plain_file.id, set())
    assert {key for key in gained if not _COMES_WITH_A_LABEL.match(key)} == unlocked


_COMES_WITH_A_LABEL = re.compile(
    r"XMP-x:XMPToolkit|Vorbis:Vendor|QuickTime:HandlerType|RIFF:(Image(Width|Height)|AlphaPreprocessing)|.*Warning"
    r"|File:(ImageWidth|ImageHeight)"
)
"""Names that the new packet, chunk or box itself brings along."""


_SEEN_ONLY_AFTERWARDS = {
    # exiftool trips over the extended header of ID3v2.3, which the new tag does without
    "mp3/plain/extended-header.mp3": {"ID3v2:Title"},
}


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


def pillow_facts(path) -> dict:
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


def mutagen_facts(path, kind) -> dict:
    if kind == "mp3":
        tags = ID3(path) if path.read_bytes()[:3] == b"ID3" else {}
        keep = {key: str(tags[key]) for key in tags if key.upper() != "TXXX:AIGC"}
        return {"tags": keep, "length": mutagen.File(path).info.length}
    opened = mutagen.File(path)
    assert opened is not None
    tags = (opened.tags or {}).items()
    keep = {key: value for key, value in tags if "ContentProducer" not in str(value)}
    return {"tags": keep, "length": opened.info.length}


def yaml_facts(path) -> object:
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return {}
    head = re.split(r"\n(?:---|\.\.\.)\n", text[4:])[0]
    try:
        loaded = yaml.safe_load(head) or {}
    except yaml.YAMLError:
        return {}
    return {k: v for k, v in loaded.items() if k != "AIGC"} if isinstance(loaded, dict) else {}


def matroska_facts(path) -> object:
    """Tags and chapters as ffmpeg sees them, without the label."""
    command = [WHEEL, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return sorted(line for line in done.stdout.splitlines() if not line.startswith(b"AIGC="))


def facts(path, format_id: str) -> object:
    if format_id in ("mkv", "webm"):
        return matroska_facts(path)
    if registry.by_id(format_id).medium.value == "image":
        return pillow_facts(path)
    return yaml_facts(path) if format_id == "markdown" else mutagen_facts(path, format_id)


def test_python_readers_see_the_same_other_metadata(writable_plain_file, written, tmp_path):
    target = tmp_path / writable_plain_file.path.name
    target.write_bytes(written(writable_plain_file))
    kind = writable_plain_file.format
    if target.read_bytes()[:4] == b"RF64":
        return  # mutagen knows RIFF only; exiftool looks at this one
    assert facts(target, kind) == facts(writable_plain_file.path, kind)


def test_comments_and_order_of_front_matter_stay(written, corpus):
    """YAML's own readers drop them, so the text itself is looked at."""
    for file in corpus:
        if file.format == "markdown" and file.kind == "plain" and b"# a remark" in file.data:
            after = written(file)
            for line in file.data.splitlines():
                assert line in after
