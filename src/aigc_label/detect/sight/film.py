"""Words over a film: which, where, and from when to when (GB 45438-2025 clause 5.4).

The words of one frame are read; on the frames that follow only the pixels of their letters are
compared, and where these are gone it is read once more, as words may fade or move. Samples of the
middle and the end are read where the first seconds have no words, or have them to their end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from aigc_label.detect.sight import frames, looking
from aigc_label.detect.sight.decoding import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from aigc_label.detect.sight.frames import Film, Frame
    from aigc_label.model import FoundMark

OPENING = 6.0
"""Seconds from the start in which words are followed frame by frame: three times what 5.4 asks."""

_LOOKED_AT = (0.0, 0.5, 1.0, 2.0, 3.5)
"""Seconds of the opening at which a film whose first frame has no words is read."""

_SAMPLES = (0.33, 0.67)
_ENDINGS = (0.4, 2.0)  # seconds before the end
_TWICE = 1.0  # second of a film until which frames are looked at once more if nothing is found
_LONG = 120.0  # seconds of a film of which keyframes do for samples
_NEAR = 15.0
_GONE = 40  # grey levels of the letters, on average
_LIKE = 0.35  # the same over the difference between letters and ground, where that is faint
_FADED = 0.5  # of the difference between letters and ground
_HELD = 4  # times the frame before: how long a film's last frame stands at most
_MOST_READINGS = 12


class _Standing(NamedTuple):
    """Words as they stand on a frame, to be known again on others."""

    mark: FoundMark
    box: tuple[int, int, int, int]
    letters: NDArray[np.bool_]
    grey: NDArray[np.float32]
    step: float

    def is_on(self, frame: Frame) -> bool:
        """Whether the same letters stand there, or nearly so."""
        grey = _grey(frame, self.box)
        change = float(np.abs(grey - self.grey)[self.letters].mean())
        step = float(grey[self.letters].mean() - grey[~self.letters].mean())
        is_fainter = abs(step) < _FADED * abs(self.step) or step * self.step < 0
        bound = min(_GONE, _LIKE * abs(self.step))
        return change < bound and not (is_fainter and change > bound / 4)

    def is_still(self, former: _Standing) -> bool:
        """Whether these are the same words as before, not much fainter, perhaps elsewhere."""
        is_faint = self.step * former.step < _FADED * former.step**2
        return self.mark.text == former.mark.text and not is_faint


def marks(film: Film) -> Iterator[FoundMark]:
    """The words that tell people, each with the seconds during which it stands.

    Raises:
        Malformed: the film cannot be decoded.
        MissingExtra: the packages that read words, or ffmpeg, are not there.
    """
    found = list(_in_opening(film))
    if found and film.seconds > OPENING and (found[-1].at or (0, 0))[1] >= OPENING - 0.1:
        found[-1] = _with_end(found[-1], film)
    elif not found and film.seconds > OPENING:
        found += _later(film)
    for mark in found:
        yield replace(mark, extent=film.seconds or None)


def _in_opening(film: Film) -> Iterator[FoundMark]:
    """Words of the first seconds, followed from frame to frame."""
    standing: _Standing | None = None
    since = start = last = now = gap = 0.0
    history: list[Frame] = []
    readings = 0
    due = list(_LOOKED_AT)
    for number, frame in enumerate(frames.played(film, 0, OPENING)):
        start = frame.time if number == 0 else start
        gap, now = frame.time - start - now, frame.time - start
        if standing is not None:
            if standing.is_on(frame):
                last = now
                continue
            again = _read(film, frame) if readings < _MOST_READINGS else None
            readings += 1
            if again is not None and again.is_still(standing):
                standing, last = again, now
                continue
            yield _lasting(standing.mark, since, now)
            standing = (
                again if again is not None and again.mark.text != standing.mark.text else None
            )
            since = now
            due = [time for time in due if time > now]
        elif not due:
            break
        elif now >= due[0]:
            due = [time for time in due if time > now]
            standing = _read(film, frame)
            if standing is not None:
                since = last = now
                for earlier in reversed(history):
                    if not standing.is_on(earlier):
                        break
                    since = earlier.time - start
        history = [*history[-45:], frame] if standing is None else []
    if standing is not None:
        yield _lasting(standing.mark, since, _end(film, last, gap))


def _end(film: Film, last: float, gap: float) -> float:
    """The second at which the last frame goes that was decoded.

    It stands about as long as the one before it; a film of one frame is a picture that stands.
    """
    whole = min(film.seconds, OPENING)
    return max(whole, last) if not gap or whole - last <= _HELD * gap else last + gap


def _later(film: Film) -> Iterator[FoundMark]:
    """Words in the middle and at the end, of which only samples are looked at."""
    frame, before = None, 0.0
    samples = [film.seconds * share for share in _SAMPLES]
    for sample in (*samples, *(film.seconds - ending for ending in _ENDINGS)):
        at = max(sample, OPENING)
        if frame is not None and frame.time <= at < before:
            continue  # the keyframe that was looked at for a later one is this one's, too
        frame, before = _sample(film, at), at
        if frame is not None and (seen := _read(film, frame)) is not None:
            yield _lasting(seen.mark, at, at)
            return


def _sample(film: Film, at: float) -> Frame | None:
    """A frame there, or of a long film the keyframe before it, if that is near."""
    if film.seconds > _LONG:
        frame = next(frames.played(film, at, 0.3, loosely=True), None)
        if frame is not None and at - _NEAR < frame.time <= at + _NEAR:
            return frame
    return next(frames.played(film, at, 0.3), None)


def _with_end(mark: FoundMark, film: Film) -> FoundMark:
    """A mark that stands throughout the opening, up to the last sample on which it still stands."""
    begins, ends = mark.at or (0.0, OPENING)
    for share in (*_SAMPLES, 1.0):
        at = min(film.seconds * share, film.seconds - 0.5)
        if at <= ends:
            continue
        frame = _sample(film, at)
        seen = _read(film, frame) if frame else None
        if seen is None or seen.mark.text != mark.text:
            return _lasting(mark, begins, ends)
        ends = film.seconds if share == 1.0 else at
    return _lasting(mark, begins, ends)


def _read(film: Film, frame: Frame) -> _Standing | None:
    scale = film.shown[0] / film.size[0]
    for mark in looking.marks(Seen(frame.pixels, scale, film.shown), twice=frame.time < _TWICE):
        if not looking.is_prompt(mark.text) or mark.box is None:
            continue
        x, y, width, height = (round(side / scale) for side in mark.box)
        box = (max(x - 2, 0), max(y - 2, 0), max(width, 4) + 4, max(height, 4) + 4)
        grey = _grey(frame, box)
        level, _ = cv2.threshold(grey.astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
        letters = grey > level
        if letters.mean() > 0.5:
            letters = ~letters
        if not letters.any() or letters.all():
            continue
        step = float(grey[letters].mean() - grey[~letters].mean())
        return _Standing(mark, box, letters, grey, step)
    return None


def _grey(frame: Frame, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
    x, y, width, height = box
    part = frame.pixels[y : y + height, x : x + width]
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey: NDArray[np.float32] = part.astype(np.float32) @ weights
    return grey


def _lasting(mark: FoundMark, first: float, last: float) -> FoundMark:
    return replace(mark, at=(round(first, 3), round(last, 3)))
