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
    from aigc_label.containers.riff import Form
    from aigc_label.explicit.sound.programme import Addition
    from aigc_label.output import Scratch


def opened(asset: Asset, _scratch: Scratch, *, inside: bool) -> Wave:
    """The sound of a WAV file.

    Raises:
        CannotCarry: if it is coded, or there is no plain ``data`` chunk.
        Malformed: if the file is damaged.
    """
    del inside  # every sample is found at once
    return Wave(asset)


class Wave(pcm.Stored):
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset) -> None:
        self._form = riff.walk(asset)
        riff.require_whole(self._form)
        fmt, data = self._form.find(b"fmt "), self._form.find(b"data")
        if fmt is None or data is None:
            raise CannotCarry("the WAV file has no plain data chunk to put a mark into")
        how = wave_chunks.sample_format(asset.peek(fmt.body, min(fmt.size, 64)))
        is_float = how.kind == wave_chunks.FLOAT
        is_unsigned = how.width == 1
        self._data = data
        layout = pcm.Layout(how.channels, how.width, how.bits, is_float, is_unsigned)
        super().__init__(asset, layout, how.rate, data.body, data.size // how.frame)

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in."""
        splices = list(self._placed(additions))
        added = sum(sound.size for _, sound in additions)
        points = [(at, sound.size) for at, sound in additions]
        size = self._data.size + added * self._layout.frame
        splices += riff.resized(self._form, self._data, size)
        splices += _moved(self._asset, self._form, points)
        return Result(riff.plan(self._form, splices).view(self._asset), self._begins(additions))


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
