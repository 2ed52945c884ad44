"""L6: foreign readers agree after a write: same pixels, samples and frames, and the label's text.

Two readers of the label per format at least, one of them strict about structure; no reader here
shares a line with the package. Those that are Python packages (and the ffmpeg of the
``imageio-ffmpeg`` wheel) run in the main suite; programs are marked ``foreign``.
"""

from __future__ import annotations

import json
import re
import subprocess
import wave
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path  # noqa: TC003 - pytest looks at the annotations of fixtures

import imageio_ffmpeg
import mutagen
import pytest
import yaml
from mutagen._riff import RiffFile
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from PIL import Image, ImageSequence

from aigc_label import registry

WHEEL = imageio_ffmpeg.get_ffmpeg_exe()
TC260 = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"


def run(*command: str) -> str:
    """A program's standard output; it must end well."""
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, f"{command[0]}: {told[-500:]}"
    return done.stdout.decode("utf-8", "replace")


def fields_in(value: str | bytes) -> dict:
    """The seven fields of an exact record, wrapped or bare."""
    record = json.loads(value)
    return record.get("AIGC", record)


# --- readers in Python: file -> the fields they see -------------------------------------------


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


def xmp_by_its_trailer(path: Path) -> dict:
    """As the XMP specification has scanners do it; Pillow knows no XMP in GIF."""
    _, behind = path.read_bytes().split(b"!\xff\x0bXMP DataXMP", 1)
    packet, _ = behind.split(b"\x01" + bytes(range(255, -1, -1)) + b"\x00", 1)
    return fields_in(label_in(packet))


def checked_by_pillow(path: Path) -> None:
    with Image.open(path) as image:
        image.verify()  # walks PNG chunks and their CRCs
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()


def txxx_by_mutagen(path: Path) -> dict:
    (only,) = [frame for frame in ID3(path).getall("TXXX") if frame.desc.upper() == "AIGC"]
    return fields_in(only.text[0])


def chunk_by_mutagen(path: Path) -> dict:
    with path.open("rb") as file:
        riff = RiffFile(file)
        chunks = [chunk for chunk in riff.root.subchunks() if chunk.id == "AIGC"]
        (only,) = chunks
        return fields_in(only.read())


def comment_by_mutagen(path: Path) -> dict:
    """Vorbis comments, in FLAC or Ogg."""
    (only,) = mutagen.File(path).tags["AIGC"]
    return fields_in(only)


def keys_by_ffmpeg(path: Path) -> dict:
    """The wheel's ffmpeg, as ffmetadata text."""
    text = run(WHEEL, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-")
    unescaped = re.sub(r"\\([=;#\\\n])", r"\1", text)
    (only,) = re.findall(r"^AIGC=(.*)$", unescaped, re.MULTILINE)
    return fields_in(only)


def stream_keys_by_ffmpeg(path: Path) -> dict:
    """The wheel's ffmpeg, on the tags of a sound stream: Ogg's comments are those."""
    first = ("-map_metadata", "0:s:a:0", "-f", "ffmetadata", "-")
    text = run(WHEEL, "-v", "error", "-i", str(path), *first)
    (only,) = re.findall(r"^AIGC=(.*)$", re.sub(r"\\([=;#\\\n])", r"\1", text), re.MULTILINE)
    return fields_in(only)


def front_matter_by_pyyaml(path: Path) -> dict:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    text = text.replace("\r\n", "\n")
    head, *body = re.split(r"\n(?:---|\.\.\.)\n", text.removeprefix("---\n"), maxsplit=1)
    assert body, "no closing fence"
    loaded = yaml.safe_load(head)["AIGC"]
    assert all(type(value) is str for value in loaded.values())
    return loaded


LABEL_READERS = {
    "mkv": [keys_by_ffmpeg],
    "webm": [keys_by_ffmpeg],
    "png": [xmp_by_pillow],
    "jpeg": [xmp_by_pillow],
    "gif": [xmp_by_its_trailer],
    "tiff": [xmp_by_pillow],
    "webp": [xmp_by_pillow],
    "mp3": [txxx_by_mutagen, keys_by_ffmpeg],
    "vorbis": [comment_by_mutagen, stream_keys_by_ffmpeg],
    "opus": [comment_by_mutagen, stream_keys_by_ffmpeg],
    "flac": [comment_by_mutagen, keys_by_ffmpeg],
    "wav": [chunk_by_mutagen],
    "mp4": [keys_by_ffmpeg],
    "markdown": [front_matter_by_pyyaml],
}


def walked_by_mutagen(path: Path) -> None:
    assert mutagen.File(path) is not None


def opened_by_wave(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(256)
    integer = head[head.find(b"fmt ") + 8 :][:2] == b"\1\0"
    if head[:4] == b"RIFF" and integer:  # it knows no other RIFF, and no float
        with wave.open(str(path)) as sound:
            assert len(sound.readframes(sound.getnframes()))


STRICT_IN_PYTHON = {
    "mkv": [],
    "webm": [],
    "png": [checked_by_pillow],
    "jpeg": [checked_by_pillow],
    "gif": [checked_by_pillow],
    "tiff": [checked_by_pillow],
    "webp": [checked_by_pillow],
    "mp3": [MP3],
    "vorbis": [OggVorbis],
    "opus": [OggOpus],
    "flac": [FLAC],
    "wav": [opened_by_wave],
    "mp4": [MP4],
    "markdown": [],
}


@pytest.fixture(scope="session")
def on_disk(written, tmp_path_factory):
    """The fixture with the standard label, as a file; made once."""
    folder = tmp_path_factory.mktemp("written")

    def path(file) -> Path:
        target = folder / file.id
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(written(file))
        return target

    return path


def test_every_writable_format_has_its_foreign_readers():
    for fmt in registry.formats():
        if fmt.plan is not None:
            readers = [*LABEL_READERS[fmt.id], *PROGRAMS[fmt.id]]
            assert len(readers) >= 2, f"{fmt.id}: two foreign readers of the label"
            assert STRICT_IN_PYTHON[fmt.id] or STRICT_PROGRAMS[fmt.id] or fmt.id == "markdown"


def test_python_readers_see_the_label(writable_file, on_disk, standard):
    for reader in LABEL_READERS[writable_file.format]:
        if reader not in BEYOND.get(writable_file.id, ()):
            assert reader(on_disk(writable_file)) == standard.fields, reader.__name__


def test_strict_python_readers_walk_the_result(writable_plain_file, on_disk):
    for reader in STRICT_IN_PYTHON[writable_plain_file.format]:
        reader(on_disk(writable_plain_file))


# --- the essence: pixels, samples, frames, words ------------------------------------------------


def pixels(path: Path) -> list:
    with Image.open(path) as image:
        return [
            (frame.mode, frame.size, frame.info.get("duration"), frame.tobytes())
            for frame in ImageSequence.Iterator(image)
        ]


def decoded(path: Path) -> str:
    """The checksum of every decoded picture and sound frame, by the wheel's ffmpeg."""
    streams = ("-map", "0:v?", "-map", "0:a?", "-f", "framemd5", "-")
    return run(WHEEL, "-v", "error", "-xerror", "-i", str(path), *streams)


def packets(path: Path) -> str:
    """The checksum and time of every packet of every stream, without decoding."""
    copied = ("-map", "0", "-c", "copy", "-copy_unknown", "-f", "framemd5", "-")
    return run(WHEEL, "-v", "error", "-i", str(path), *copied)


def test_pictures_have_the_same_pixels(writable_plain_file, on_disk):
    if registry.by_id(writable_plain_file.format).medium.value != "image":
        return
    assert pixels(on_disk(writable_plain_file)) == pixels(writable_plain_file.path)


def test_sounds_and_films_decode_to_the_same(writable_plain_file, on_disk):
    if registry.by_id(writable_plain_file.format).medium.value not in ("audio", "video"):
        return
    result = on_disk(writable_plain_file)
    assert decoded(result) == decoded(writable_plain_file.path)
    if writable_plain_file.format in ("mp4", "mkv", "webm"):
        assert packets(result) == packets(writable_plain_file.path)


def test_the_words_are_the_same(writable_plain_file, on_disk):
    if registry.by_id(writable_plain_file.format).medium.value != "text":
        return
    before, after = writable_plain_file.data, on_disk(writable_plain_file).read_bytes()
    marks = b"\xef\xbb\xbf"
    body = before.removeprefix(marks)
    if body.startswith((b"---\n", b"---\r\n")):
        body = body.split(b"\n", 1)[1]
    assert after.endswith(body) or re.split(rb"\n(?:---|\.\.\.)", body, maxsplit=1)[1] in after


# --- programs -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def by_exiftool(corpus, on_disk):
    """exiftool's view of all plain results in one run: id -> tags."""
    writable = {fmt.id for fmt in registry.formats() if fmt.plan is not None}
    files = [f for f in corpus if f.format in writable and f.kind == "plain"]
    paths = {str(on_disk(f)): f.id for f in files}
    done = subprocess.run(
        ["exiftool", "-j", "-a", "-b", "-G1", "-u", "-U", *paths],
        capture_output=True,
        check=False,
    )
    return {paths[tags["SourceFile"]]: tags for tags in json.loads(done.stdout)}


def sees(told: str, label) -> bool:
    """Whether a tool's text holds the whole record, however it escapes it."""
    plain = told.replace("\\", "").replace("&quot;", '"').replace("&amp;", "&").replace("&lt;", "<")
    plain = plain.replace("&gt;", ">").replace("&#39;", "'")
    fields = {key: value.replace("\\", "") for key, value in label.fields.items()}
    return all(value in plain for value in fields.values())


def ffprobe(path: Path, _tags) -> str:
    return run("ffprobe", "-v", "error", "-show_format", "-of", "json", str(path))


def ogg_tags(path: Path, _tags) -> str:
    """ffprobe, which knows Ogg's comments as those of the stream."""
    return run("ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path))


def mediainfo(path: Path, _tags) -> str:
    return run("mediainfo", "--Full", "--Output=JSON", str(path))


def exiv2(path: Path, _tags) -> str:
    return run("exiv2", "-px", str(path))


def gifsicle(path: Path, _tags) -> str:
    """The extensions, which it prints as hexadecimal digits."""
    told = run("gifsicle", "--info", "--extension-info", str(path))
    lines = re.findall(r"^    [0-9a-f]{8}: ((?:[0-9a-f]{2,4} )+) ", told, re.MULTILINE)
    return bytes.fromhex("".join(lines)).decode("utf-8", "replace")


def tiffinfo(path: Path, _tags) -> str:
    """The tags as libtiff prints them, the packet among them."""
    return run("tiffinfo", str(path))


def exiftool(_path: Path, tags) -> str:
    return json.dumps(tags, ensure_ascii=False)


def perl_yaml(path: Path, _tags) -> str:
    """Front matter by Perl's own YAML reader."""
    script = (
        "local $/; open my $f, '<:raw:encoding(UTF-8)', $ARGV[0]; my $t = <$f>; $t =~ s/\\r//g;"
        "$t =~ /\\A\\x{feff}?(---\\n.*?\\n)(---|\\.\\.\\.)\\n/s or die 'no front matter';"
        "my $y = CPAN::Meta::YAML->read_string($1) or die CPAN::Meta::YAML->errstr;"
        "binmode STDOUT, ':utf8'; print JSON::PP->new->canonical->encode($y->[0]{AIGC});"
    )
    return run("perl", "-MCPAN::Meta::YAML", "-MJSON::PP", "-e", script, str(path))


def exiftool_to_the_end(path: Path, _tags) -> str:
    """exiftool stops at the first Cluster unless told not to."""
    return run("exiftool", "-ee", "-a", "-b", "-j", str(path))


def mkvextract(path: Path, _tags) -> str:
    return run("mkvextract", str(path), "tags", "-")


PROGRAMS = {
    "mkv": [exiftool_to_the_end, ffprobe, mediainfo, mkvextract],
    "webm": [exiftool_to_the_end, ffprobe, mediainfo, mkvextract],
    "png": [exiftool, exiv2],
    "jpeg": [exiftool, exiv2],
    "gif": [exiftool, gifsicle],
    "tiff": [exiftool, tiffinfo],
    "webp": [exiftool, exiv2],
    "mp3": [exiftool, ffprobe, mediainfo],
    "vorbis": [exiftool, ogg_tags, mediainfo],
    "opus": [exiftool, ogg_tags, mediainfo],
    "flac": [exiftool, ffprobe, mediainfo],
    "wav": [exiftool],
    "mp4": [exiftool, ffprobe, mediainfo],
    "markdown": [perl_yaml],
}
# What a tool cannot read for a reason of its own. Every file keeps at least one reader.
BEYOND = {
    "markdown/plain/gb18030.md": (perl_yaml,),  # UTF-8 only
    # they take the doubled zeros of whole-tag unsynchronisation for text, before a write as after
    "mp3/plain/unsynchronised.mp3": (keys_by_ffmpeg, ffprobe, mediainfo),
    "mp3/variants/unsynchronised.mp3": (keys_by_ffmpeg, ffprobe, mediainfo),
    "mp3/plain/footer.mp3": (mediainfo,),  # reads no tag that has a footer
    "tiff/variants/big.tif": (xmp_by_pillow,),  # reads no BigTIFF that is big endian
    "tiff/variants/utf16.tif": (xmp_by_pillow,),  # that is UTF-8 only, as the packet is searched
    "wav/plain/rf64.wav": (chunk_by_mutagen,),  # knows RIFF, not RF64
}
STRICT_PROGRAMS = {
    "mkv": [("mkvmerge", "-o", "/dev/null"), ("mediainfo", "--Full")],
    "webm": [("mkvmerge", "-o", "/dev/null"), ("mediainfo", "--Full")],
    "png": [("pngcheck", "-q")],
    "jpeg": [("djpeg", "-strict", "-outfile", "/dev/null")],
    "tiff": [
        ("tiffinfo", "-D"),
        ("tiffdump",),
        ("tiffcp", "{}", "/dev/null"),
        ("exiftool", "-validate", "-warning", "-a"),
    ],
    "gif": [("giftext",), ("gifsicle", "--info"), ("exiftool", "-validate", "-warning", "-a")],
    "webp": [("webpinfo",)],
    "mp3": [("mp3val", "-si")],
    "vorbis": [("oggz-validate",), ("ogginfo",)],
    "opus": [("oggz-validate",), ("opusinfo",)],
    "flac": [("flac", "-t", "-s", "{}"), ("metaflac", "--list", "--no-filename")],
    "wav": [("sox", "-V2", "{}", "-n")],
    "mp4": [("exiftool", "-validate", "-warning", "-error", "-a"), ("mediainfo", "--Full")],
    "markdown": [],
}


@pytest.mark.foreign(
    "exiftool", "exiv2", "gifsicle", "tiffinfo", "ffprobe", "mediainfo", "mkvextract", "perl"
)
def test_programs_see_the_label(writable_plain_file, on_disk, by_exiftool, standard):
    for program in PROGRAMS[writable_plain_file.format]:
        if program in BEYOND.get(writable_plain_file.id, ()):
            continue
        told = program(on_disk(writable_plain_file), by_exiftool.get(writable_plain_file.id, {}))
        assert sees(told, standard), f"{program.__name__}: {told[:2000]}"


def complaints(command: tuple[str, ...], path: Path) -> list[str]:
    """What a strict program says against a file, without names and numbers."""
    filled = [part.format(path) for part in command]
    filled = filled if str(path) in filled else [*filled, str(path)]
    done = subprocess.run(filled, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    lines = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    said = (re.sub(r"0x[0-9a-f]+|\d+", "N", line.replace(str(path), "")) for line in lines)
    faults = [line for line in said if _FAULT.search(line) and not _ALLOWED.search(line)]
    return [f"exit {done.returncode}", *faults]


_FAULT = re.compile(r"warn|error|corrupt|invalid|illegal|conformance|truncat", re.IGNORECASE)
# exiftool counts its remarks; and it would rather have iTunes tags and keys in one meta box, which
# ISO/IEC 14496-12 cannot hold: a meta box has one handler. In TIFF, it would rather have XMP of
# type BYTE than UNDEFINED, which 20259A names.
_ALLOWED = re.compile(
    r"^Validate  |Duplicate tag '(meta|hdlr|ilst)' at MOV-Movie-UserData"
    r"|Non-standard format \(undef\) for IFDN N ApplicationNotes"
)


@pytest.mark.foreign(
    "pngcheck",
    "djpeg",
    "giftext",
    "gifsicle",
    "tiffinfo",
    "tiffdump",
    "tiffcp",
    "webpinfo",
    "mp3val",
    "sox",
    "exiftool",
    "mediainfo",
    "mkvmerge",
)
def test_strict_programs_have_no_new_complaint(writable_plain_file, on_disk):
    for command in STRICT_PROGRAMS[writable_plain_file.format]:
        before = Counter(complaints(command, writable_plain_file.path))
        new = Counter(complaints(command, on_disk(writable_plain_file))) - before
        assert not new, command[0]
