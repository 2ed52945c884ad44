"""What the page shows of a file: a picture, how long it lasts, or some words; all of it bounded."""

# ruff: noqa: PLC0415 - Pillow, numpy and ffmpeg are loaded only when a picture is made

from __future__ import annotations

import base64
import os
import re
import time
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import ffmpeg
from aigc_label.asset import HEAD, open_asset
from aigc_label.contract import Unseen
from aigc_label.errors import AssetError, MissingExtra
from aigc_label.model import Medium

if TYPE_CHECKING:
    from aigc_label.model import Inspection

SIDE = 320
"""Pixels of a thumbnail's longest side at most."""

MOST_PICTURES = 400
"""Thumbnails on one page."""

MOST_FILMS = 60
"""Films and sounds that ffmpeg is asked about: about a tenth of a second each."""

MOST_BYTES = 12 << 20
"""Of all data: URIs on one page."""

MOST_SECONDS = 45.0
"""Spent on all pictures of one page; what has none by then is left without."""

_POSTER_PATIENCE = 10.0
_AROUND = 60  # characters on either side of a mark's words
_BEGINNING = 160  # characters of a text without a mark
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_WRITTEN = frozenset(("plaintext", "markdown", "html", "srt", "vtt"))


class Context(NamedTuple):
    """Words of a text: those of its explicit label, and what stands around them."""

    before: str
    words: str
    after: str


class Glimpse(NamedTuple):
    """What is shown of one file.

    Attributes:
        picture: a ``data:`` URI, ``""`` if there is none.
        size: width and height of the whole as displayed, to which marks' boxes refer.
        shown: width and height of the picture.
        at: the second at which the picture stands in a film.
        seconds: how long the film or sound lasts, 0 if that is not known.
        context: words of a text, in the order in which they stand.
    """

    picture: str = ""
    size: tuple[int, int] = (0, 0)
    shown: tuple[int, int] = (0, 0)
    at: float | None = None
    seconds: float = 0.0
    context: tuple[Context, ...] = ()


def data_uri(data: bytes, media_type: str) -> str:
    """``data`` as a ``data:`` URI."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


class Album:
    """Makes the glimpses of one page, one after another, until its bounds are reached.

    Attributes:
        left_out: pictures, films and sounds that were left out because of the bounds.
    """

    __slots__ = ("_bytes", "_films", "_patience", "_pictures", "left_out")

    def __init__(self) -> None:
        self.left_out = 0
        self._bytes = MOST_BYTES
        self._films = MOST_FILMS
        self._pictures = MOST_PICTURES
        self._patience = MOST_SECONDS

    def of(self, seen: Inspection) -> Glimpse | None:
        """A glimpse of a file that stands on the disk as it was inspected; ``None`` if not."""
        if seen.path is None or seen.medium is None or not _is_same(seen.path, seen.size):
            return None
        is_written = seen.format in _WRITTEN
        if seen.medium is Medium.TEXT and not is_written:
            return None
        if not is_written and (self._bytes <= 0 or self._patience <= 0):
            self.left_out += 1
            return None
        began = time.monotonic()
        try:
            return self._made(seen, seen.path)
        except (AssetError, MissingExtra, Unseen, OSError):
            return None  # a picture is an extra; what is wrong with the file the findings say
        finally:
            self._patience -= time.monotonic() - began

    def _made(self, seen: Inspection, path: str) -> Glimpse | None:
        if seen.medium is Medium.TEXT:
            return Glimpse(context=_contexts(seen, path))
        if seen.medium is Medium.IMAGE:
            left, self._pictures = self._pictures, max(0, self._pictures - 1)
            made = _thumbnail if left else None
        else:
            left, self._films = self._films, max(0, self._films - 1)
            made = (_poster if seen.medium is Medium.VIDEO else _length) if left else None
        if made is None:
            self.left_out += 1
            return None
        glimpse = made(seen, path)
        self._bytes -= len(glimpse.picture)
        return glimpse


def _is_same(path: str, size: int) -> bool:
    try:
        return os.stat(path).st_size == size
    except (OSError, ValueError):
        return False


def _thumbnail(seen: Inspection, path: str) -> Glimpse:
    from PIL import Image

    from aigc_label.detect.sight import decoding

    if seen.format == "svg":
        raise Unseen("a drawing is not rendered")
    with open_asset(path) as asset:
        decoded = decoding.decoded(asset)
    image = Image.fromarray(decoded.pixels)
    image.thumbnail((SIDE, SIDE))
    data = BytesIO()
    image.save(data, "WEBP", quality=70, method=2)
    return Glimpse(data_uri(data.getvalue(), "image/webp"), decoded.size, image.size)


def _poster(seen: Inspection, path: str) -> Glimpse:
    from aigc_label.detect.sight import frames

    film = frames.probe(path)
    first = next((mark.at for mark in seen.marks or () if mark.at and mark.box), None)
    at = sum(first) / 2 if first else min(1.0, film.seconds / 2)
    scale = min(1.0, SIDE / max(film.shown))
    size = (max(2, round(film.shown[0] * scale)), max(2, round(film.shown[1] * scale)))
    data = ffmpeg.run(
        [
            *("-ss", f"{at:.3f}", "-i", ffmpeg.url(path), "-map", f"0:{film.stream}"),
            *("-frames:v", "1", "-vf", f"scale={size[0]}:{size[1]}:flags=area"),
            *("-q:v", "5", "-f", "mjpeg", "pipe:1"),
        ],
        timeout=_POSTER_PATIENCE,
    )
    picture = data_uri(data, "image/jpeg") if data else ""
    return Glimpse(picture, film.shown, size, at, film.seconds)


def _length(seen: Inspection, path: str) -> Glimpse:  # noqa: ARG001 - the signature of all three
    found = _DURATION.search(ffmpeg.describe(path))
    hours, minutes, seconds = found.groups() if found else ("0", "0", "0")
    return Glimpse(seconds=int(hours) * 3600 + int(minutes) * 60 + float(seconds))


def _contexts(seen: Inspection, path: str) -> tuple[Context, ...]:
    """The words of the marks in what stands around them; how the text begins, if it has none."""
    with open_asset(path) as asset:
        head = asset.head.decode("utf-8", "replace").lstrip("\ufeff")
        tail = asset.peek(max(HEAD, asset.size - HEAD), HEAD).decode("utf-8", "replace")
    if not seen.marks:
        return (Context(head[:_BEGINNING], "", "…" if len(head) > _BEGINNING else ""),)
    found = (_around(mark.text, mark.place, head, tail) for mark in seen.marks if mark.text)
    return tuple(dict.fromkeys(context for context in found if context))


def _around(words: str, place: str, head: str, tail: str) -> Context | None:
    whole = head + tail
    at = whole.rfind(words) if place == "end" else whole.find(words)
    if at < 0:
        return None
    end = at + len(words)
    before, after = whole[max(0, at - _AROUND) : at], whole[end : end + _AROUND]
    return Context("…" * (at > _AROUND) + before, words, after + "…" * (end + _AROUND < len(whole)))
