"""Short Matroska and WebM films for the tests, made by ffmpeg once a session, and looks at them."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers.ebml.blocks import Block
from aigc_label.containers.ebml.elements import CRC, children, encoded, size_field
from aigc_label.containers.ebml.moving import CUES
from aigc_label.containers.ebml.segment import CLUSTER, SEEK_HEAD, SEGMENT
from aigc_label.explicit.film.matroska_reel import Reel
from aigc_label.explicit.film.matroska_tracks import TRACK_ENTRY, TRACKS, VIDEO

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=192x108:rate=10:duration=4")
SOUND = ("-f", "lavfi", "-i", "sine=duration=4")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k", "-g", "15")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k", "-g", "15")
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "15", "-bf", "2")
H265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
        "log-level=error:keyint=15:min-keyint=15:bframes=3:open-gop=1")  # fmt: skip
AV1 = ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "200k", "-g", "15")
MPEG4 = ("-c:v", "mpeg4", "-g", "12", "-bf", "2", "-q:v", "4")
MPEG2 = ("-r", "25", "-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-q:v", "4")
OPUS = ("-c:a", "libopus", "-b:a", "32k")
AAC = ("-c:a", "aac", "-b:a", "32k")


@functools.cache
def film(*args, name):
    """A film of these arguments to ffmpeg, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        ffmpeg.run([*args, ffmpeg.url(path)])
        return path.read_bytes()


def plain():
    """A film of H.264 and AAC."""
    return film(*SOURCE, *SOUND, *H264, *AAC, name="plain.mkv")


@functools.cache
def hidden():
    """A VP8 film with frames that are never shown, which takes two passes."""
    with tempfile.TemporaryDirectory() as folder:
        lagging = ("-auto-alt-ref", "1", "-lag-in-frames", "12", "-deadline", "good")
        args = [*SOURCE, *VP8, *lagging, "-cpu-used", "4", "-passlogfile", f"{folder}/log"]
        path = Path(folder) / "hidden.webm"
        ffmpeg.run([*args, "-pass", "1", "-f", "null", "-"])
        ffmpeg.run([*args, "-pass", "2", ffmpeg.url(path)])
        return path.read_bytes()


def blocks(raw):
    """Every block of a film: track, time, whether it is a starting point, and its bytes."""
    with open_asset(raw) as asset:
        reel = Reel(asset)
        return [
            (child.track, child.time, child.key, asset.read(child.data, child.end - child.data))
            for number in range(len(reel.clusters))
            for child in reel.cluster(number).children
            if isinstance(child, Block)
        ]


def frames(path, *options):
    """Seconds and checksum of every frame of the picture as it is decoded."""
    args = ("-xerror", "-copyts", *options, "-i", ffmpeg.url(path), "-map", "0:v:0")
    text = ffmpeg.run([*args, "-fps_mode", "passthrough", "-f", "framemd5", "-"]).decode()
    top, bottom = map(int, text.partition("#tb 0: ")[2].splitlines()[0].split("/"))
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    return [(int(row[2]) * top / bottom, row[-1].strip()) for row in rows]


def edited(raw, *, video=b"", entry=b"", cluster=None, before=b""):
    """A film with more in its picture track, other Clusters, and no index.

    Args:
        raw: the film.
        video: elements to add to what is said of the picture.
        entry: elements to add to the picture's TrackEntry.
        cluster: makes the content of a Cluster from the one before.
        before: elements to put in front of all others in the Segment.
    """
    with open_asset(raw) as asset:
        reel = Reel(asset)
        parts = [before]
        for element in reel.elements:
            data = asset.read(element.body, element.end - element.body)
            if element.id == TRACKS:
                data = _tracks(data, video, entry)
            elif element.id == CLUSTER and cluster is not None:
                data = cluster(data)
            elif element.id in (SEEK_HEAD, CUES):
                continue
            parts.append(encoded(element.id, data))
        body = b"".join(parts)
        head = raw[: reel.segment.start]
    return head + SEGMENT.to_bytes(4) + size_field(len(body), 8) + body


def _tracks(data, video, entry):
    out = []
    for part in children(data, 0, len(data)):
        raw = data[part.start : part.end]
        inner = {}
        if part.id == TRACK_ENTRY:
            inner = {c.id: data[c.body : c.end] for c in children(data, part.body, part.end)}
        if inner.get(0x83) == b"\x01":
            inner[VIDEO] = inner[VIDEO] + video
            body = b"".join(encoded(kind, value) for kind, value in inner.items()) + entry
            raw = encoded(TRACK_ENTRY, body)
        if part.id != CRC:
            out.append(raw)
    return b"".join(out)
