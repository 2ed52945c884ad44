"""MP4 files for the tests: boxes laid by hand, and short films that ffmpeg made."""

from __future__ import annotations

import functools
import struct
import tempfile
from pathlib import Path

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.model import ImplicitLabel

LABEL = ImplicitLabel(content_producer="001191440300708461136T1XGW3", produce_id="task-1")
JSON = (
    '{"Label":"1","ContentProducer":"001191440300708461136T1XGW3","ProduceID":"task-1",'
    '"ReservedCode1":"","ContentPropagator":"001191440300708461136T1XGW3",'
    '"PropagateID":"task-1","ReservedCode2":""}'
)
OTHER = '{"Label":"2","ContentProducer":"somebody","ProduceID":"x"}'
XMP_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
FTYP = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp41")


def box(kind, *parts, large=False):
    body = b"".join(parts)
    if large:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind, *parts, version=0, flags=0):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def table(kind, *entries):
    form = "I" if kind == b"stco" else "Q"
    return full(kind, struct.pack(f">I{len(entries)}{form}", len(entries), *entries))


def track(*tables, dref=None):
    url = full(b"url ", flags=1) if dref is None else dref
    dinf = box(b"dinf", full(b"dref", struct.pack(">I", 1), url))
    return box(b"trak", box(b"mdia", box(b"minf", dinf, box(b"stbl", *tables))))


def hdlr(kind):
    return full(b"hdlr", bytes(4), kind, bytes(13))


def keys(*names):
    entries = (struct.pack(">I4s", len(n) + 8, b"mdta") + n for n in map(str.encode, names))
    return full(b"keys", struct.pack(">I", len(names)), *entries)


def data(value, kind=1):
    value = value.encode() if isinstance(value, str) else value
    return box(b"data", struct.pack(">II", kind, 0), value)


def ilst(*values):
    """Values of keys 1, 2, ...; a pair names its own number or four characters."""
    items = []
    for number, value in enumerate(values, 1):
        kind, inner = value if isinstance(value, tuple) else (struct.pack(">I", number), value)
        items.append(box(kind, inner if isinstance(inner, bytes) else data(inner)))
    return box(b"ilst", *items)


def mdta(names, *values, spare=0):
    """Tags with named keys; ``spare`` bytes of free space behind them, as a new label leaves."""
    space = box(b"free", bytes(spare - 8)) if spare else b""
    return full(b"meta", hdlr(b"mdta"), keys(*names), ilst(*values), space)


def mdir(*values):
    return full(b"meta", hdlr(b"mdir"), ilst(*values))


def freeform(name, value):
    words = full(b"mean", b"com.apple.iTunes"), full(b"name", name.encode())
    return b"----", b"".join((*words, data(value)))


def movie(*inside, last=False, media=b"media", before=b"", behind=b""):
    """A file whose only chunk is ``media``, with ``inside`` in its header behind the track."""

    def head(offset):
        return box(b"moov", track(table(b"stco", offset)), *inside)

    if last:
        at = len(FTYP) + len(before) + 8
        return FTYP + before + box(b"mdat", media) + head(at) + behind
    at = len(FTYP) + len(before) + len(head(0)) + len(behind) + 8
    return FTYP + before + head(at) + behind + box(b"mdat", media)


def edited(source, plan):
    """The bytes that a plan makes of ``source``."""
    asset = open_asset(source)
    view = plan.view(asset)
    return b"".join(
        view.read(at, min(1 << 20, view.size - at)) for at in range(0, view.size, 1 << 20)
    )


@functools.cache
def _workshop():
    return tempfile.TemporaryDirectory(prefix="films-")


def workshop(name):
    return Path(_workshop().name, name)


@functools.cache
def film(*args, name="film.mp4"):
    """The bytes of a file that ffmpeg makes with ``args``, of which ``@name`` is another film."""
    target = workshop(name)
    given = [ffmpeg.url(workshop(a[1:])) if a.startswith("@") else a for a in args]
    ffmpeg.run([*given, "-y", ffmpeg.url(target)])
    return target.read_bytes()


PICTURE = ("-f", "lavfi", "-i", "testsrc=size=160x90:rate=25:duration=2.4")
SOUND = ("-f", "lavfi", "-i", "sine=duration=2.4")
H264 = (
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-g",
    "20",
    "-pix_fmt",
    "yuv420p",
    "-threads",
    "1",
)


def frames(data):
    """The digest of every decoded frame and sample of every stream, with its time."""
    path = workshop("decoded.mp4")
    path.write_bytes(data)
    streams = ffmpeg.run(
        ["-i", ffmpeg.url(path), "-map", "0:v?", "-map", "0:a?", "-f", "framemd5", "-"]
    )
    # Data and subtitles are not decoded to frames everywhere; their packets are compared.
    rest = ["-map", "0:s?", "-map", "0:d?", "-c", "copy", "-f", "framehash", "-hash", "md5", "-"]
    try:
        return streams + ffmpeg.run(["-i", ffmpeg.url(path), *rest])
    except Exception as error:
        if "does not contain any stream" in str(error):
            return streams
        raise
