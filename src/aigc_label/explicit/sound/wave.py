"""Marks in WAV, RF64 and BW64: written in the file's own sample format, nothing else moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import riff, wave_chunks
from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.explicit.sound import pcm
from aigc_label.explicit.sound.programme import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.containers.riff import Form
    from aigc_label.contract import Format
    from aigc_label.explicit.sound.programme import Addition, Window
    from aigc_label.output import Scratch


def opened(asset: Asset, _fmt: Format, _scratch: Scratch, *, inside: bool) -> Wave:
    """The sound of a WAV file.

    Raises:
        CannotCarry: if it is coded, or there is no plain ``data`` chunk.
        Malformed: if the file is damaged.
    """
    del inside  # every sample is found at once
    return Wave(asset)


class Wave:
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._form = riff.walk(asset)
        riff.require_whole(self._form)
        fmt, data = self._form.find(b"fmt "), self._form.find(b"data")
        if fmt is None or data is None:
            raise CannotCarry("the WAV file has no plain data chunk to put a mark into")
        how = wave_chunks.sample_format(asset.peek(fmt.body, min(fmt.size, 64)))
        is_float = how.kind == wave_chunks.FLOAT
        is_unsigned = how.width == 1
        self._data = data
        self._layout = pcm.Layout(how.channels, how.width, how.bits, is_float, is_unsigned)
        self.rate = how.rate
        self.channels = how.channels
        self.length = data.size // how.frame

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        frame = self._layout.frame
        pieces = []
        for first, count in windows:
            count = max(min(count, self.length - first), 0)  # noqa: PLW2901 - what there is of it
            data = self._asset.read(self._data.body + first * frame, count * frame)
            pieces.append(pcm.floats(data, self._layout))
        return pieces

    def taken(self, count: int) -> int:
        """Samples take up what they are."""
        return count

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in."""
        begins, splices, points = [], [], []
        added = 0
        for at, sound in additions:
            place = self._data.body + at * self._layout.frame
            splices.append(Splice(Span(place, place), pcm.written(sound, self._layout)))
            begins.append((at + added) / self.rate)
            points.append((at, sound.size))
            added += sound.size
        size = self._data.size + added * self._layout.frame
        splices += riff.resized(self._form, self._data, size)
        splices += _moved(self._asset, self._form, points)
        return Result(riff.plan(self._form, splices).view(self._asset), tuple(begins))


def _moved(asset: Asset, form: Form, points: Sequence[tuple[int, int]]) -> Iterator[Splice]:
    """What other chunks tell of samples, after some were put in at some places."""
    added = sum(count for _, count in points)
    for chunk in form.chunks:
        if chunk.id not in (b"fact", *wave_chunks.POSITIONED):
            continue
        body = asset.read(chunk.body, chunk.size)
        if chunk.id == b"fact":
            new = wave_chunks.counted(body, added)
        else:
            new = wave_chunks.shifted(chunk.id, body, points)
        yield Splice(Span(chunk.body, chunk.body + chunk.size), new)
    if form.ds64 is not None and any(total := asset.read(form.ds64 + 16, 8)):
        frames = int.from_bytes(total, "little") + added
        yield Splice(Span(form.ds64 + 16, form.ds64 + 24), frames.to_bytes(8, "little"))
