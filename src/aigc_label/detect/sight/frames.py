"""Frames of a film as a person sees them, decoded to a bounded size, with the time of each."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label import ffmpeg
from aigc_label.contract import Unseen
from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SHORT = 480
"""Pixels of the shortest side of a frame as it is looked at: 4 % of them are 19."""

LONG = 1600
"""Pixels of its longest side at most."""

_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_PICTURE = re.compile(
    r"^\s*Stream #0:(?P<number>\d+)[^\n]*?: Video: (?P<rest>[^\n]*)(?P<more>(?:\n {4,}[^\n]*)*)",
    re.MULTILINE,
)
_SIZE = re.compile(r", (\d+)x(\d+)[, ]")
_ASPECT = re.compile(r"SAR (\d+):(\d+)")
_TURN = re.compile(r"(?i)display ?matrix: rotation of (-?[\d.]+) degrees")
_SHOWN = re.compile(rb"\] n: *\d+ pts: *\S+ pts_time:(\S+)")
_PATIENCE = 120


class Film(NamedTuple):
    """What must be known to look at a film.

    Attributes:
        path: where it stands on the disk.
        stream: ffmpeg's number of its picture.
        shown: width and height as displayed, in square pixels.
        size: width and height in which its frames are looked at.
        seconds: its length, 0 if unknown.
    """

    path: str
    stream: int
    shown: tuple[int, int]
    size: tuple[int, int]
    seconds: float


class Frame(NamedTuple):
    """One frame: height x width x 3, RGB, and its time in seconds as the file counts them."""

    pixels: NDArray[np.uint8]
    time: float


class NoPicture(Unseen):
    """A film without a picture: a sound, or nothing that ffmpeg knows."""


def probe(path: str | Path) -> Film:
    """Find the picture of a film.

    Raises:
        NoPicture: ffmpeg finds none.
        Unseen: it cannot decode it.
        MissingExtra: there is no ffmpeg.
    """
    text = ffmpeg.describe(path)
    why: type[Unseen] = NoPicture
    reason = "ffmpeg finds no picture in it"
    for found in _PICTURE.finditer(text):
        if found["rest"].startswith("none"):
            why, reason = Unseen, "ffmpeg knows no decoder for its picture; look at it"
            continue
        size = _SIZE.search(f"{found['rest']} ")
        if size is None or "(attached pic)" in found["rest"]:
            continue
        width, height = int(size[1]), int(size[2])
        aspect = _ASPECT.search(found["rest"])
        if aspect and int(aspect[1]) and int(aspect[2]):
            width = max(1, round(width * int(aspect[1]) / int(aspect[2])))
        turn = _TURN.search(found["more"])
        if turn and round(float(turn[1])) % 180:
            width, height = height, width
        scale = min(1.0, SHORT / min(width, height), LONG / max(width, height))
        looked = (max(2, round(width * scale)), max(2, round(height * scale)))
        length = _DURATION.search(text)
        seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length else 0.0
        return Film(os.fspath(path), int(found["number"]), (width, height), looked, seconds)
    raise why(reason)


def played(film: Film, start: float, seconds: float, *, loosely: bool = False) -> Iterator[Frame]:
    """The frames from ``start`` on, for that long; one at a time is held.

    Args:
        film: where they are.
        start: seconds.
        seconds: how long.
        loosely: begin with the keyframe before ``start``, which spares decoding what is between.

    Raises:
        Malformed: not a single frame can be decoded.
    """
    width, height = film.size
    seek: tuple[str, ...] = ("-ss", f"{start:.3f}") if start > 0 else ()
    if seek and loosely:
        seek = ("-noaccurate_seek", "-skip_frame", "nokey", *seek)
    arguments = (
        *("-nostdin", "-hide_banner", "-v", "info", "-nostats", *seek, "-copyts"),
        *("-i", ffmpeg.url(film.path), "-map", f"0:{film.stream}", "-t", f"{start + seconds:.3f}"),
        *(
            "-fps_mode",
            "passthrough",
            "-vf",
            f"scale={width}:{height}:flags=area,showinfo=checksum=0",
        ),
        *("-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"),
    )
    with _running(arguments) as (program, times):
        assert program.stdout is not None  # noqa: S101 - it was asked for
        count = 0
        while len(data := program.stdout.read(width * height * 3)) == width * height * 3:
            pixels = np.frombuffer(data, np.uint8).reshape(height, width, 3)
            yield Frame(pixels, times.of(count))
            count += 1
    if not count:
        raise Malformed("no frame of its picture can be decoded")


class _Times:
    """The times that ffmpeg says on its standard error, as they come."""

    def __init__(self) -> None:
        self._known: list[float] = []
        self._more = threading.Condition()
        self._ended = False

    def listen(self, lines: Iterator[bytes]) -> None:
        for line in lines:
            if found := _SHOWN.search(line):
                with self._more, contextlib.suppress(ValueError):
                    self._known.append(float(found[1]))
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def of(self, number: int) -> float:
        with self._more:
            self._more.wait_for(lambda: self._ended or len(self._known) > number, _PATIENCE)
            return self._known[number] if number < len(self._known) else 0.0


@contextlib.contextmanager
def _running(
    arguments: tuple[str, ...],
) -> Iterator[tuple[subprocess.Popen[bytes], _Times]]:
    environment = {**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"}
    environment.pop("FFREPORT", None)
    times = _Times()
    with subprocess.Popen(
        [ffmpeg.executable(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as program:
        listener = threading.Thread(target=times.listen, args=(program.stderr,), daemon=True)
        listener.start()
        try:
            yield program, times
        finally:
            program.kill()
            listener.join()
