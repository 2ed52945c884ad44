"""What a coded programme sounds like at some places: one run of ffmpeg for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.programme import Window

_AT_ONCE = 64  # places: each is one input
_SETTLING = 0.2  # seconds until a decoder that begins in between gives what it should


def stream(data: bytes, form: str, channels: int, rate: int = 0) -> Samples:
    """All of a stream of frames as samples by channels, at the stream's rate or another."""
    to = (*(("-ar", f"{rate}") if rate else ()), "-ac", f"{channels}", "-f", "f32le", "pipe:1")
    raw = ffmpeg.run(("-f", form, "-i", "pipe:0", "-map", "0:a:0", *to), input=data)
    return _shaped(raw, channels)


def windows(
    path: Path,
    form: str,
    wanted: Sequence[Window],
    *,
    rate: int,
    channels: int,
    options: Sequence[str] = (),
    seeks: bool = True,
) -> list[Samples]:
    """Some windows of a file, each as samples by channels; zeros stand for what is not there.

    Args:
        path: the file.
        form: its name as an input of ffmpeg.
        wanted: the windows.
        rate: samples of a channel in a second.
        channels: how many there are.
        options: for each input.
        seeks: whether ffmpeg finds its way in such a file; otherwise all is decoded up to there.
    """
    pieces: list[Samples] = []
    given = (*options, "-f", form)
    settling = round(_SETTLING * rate)
    led = [(one, min(one.first, settling) if seeks else one.first) for one in wanted]
    for start in range(0, len(led), _AT_ONCE):
        pieces += _decoded(path, given, led[start : start + _AT_ONCE], rate, channels)
    return pieces


def _decoded(
    path: Path,
    given: Sequence[str],
    wanted: Sequence[tuple[Window, int]],
    rate: int,
    channels: int,
) -> list[Samples]:
    inputs: list[str] = []
    chains = ""
    for number, ((first, count), lead) in enumerate(wanted):
        # A seek to the beginning would leave out the frame that the first sample overlaps with.
        seek = ("-ss", f"{(first - lead) / rate:.6f}") if first > lead else ()
        inputs += (*given, *seek, "-t", f"{(lead + count) / rate + 0.5:.6f}")
        inputs += ("-i", ffmpeg.url(path))
        cut = f"atrim=start_sample={lead},apad=whole_len={count},atrim=end_sample={count}"
        chains += f"[{number}:a:0]aresample={rate},{cut}[a{number}];"
    labels = "".join(f"[a{number}]" for number in range(len(wanted)))
    graph = f"{chains}{labels}concat=n={len(wanted)}:v=0:a=1[all]"
    to = ("-map", "[all]", "-ac", f"{channels}", "-ar", f"{rate}", "-f", "f32le", "pipe:1")
    whole = _shaped(ffmpeg.run((*inputs, "-filter_complex", graph, *to)), channels)
    ends = np.cumsum([window.length for window, _ in wanted])
    return [whole[end - w.length : end] for end, (w, _) in zip(ends, wanted, strict=True)]


def _shaped(raw: bytes, channels: int) -> Samples:
    values = np.frombuffer(raw, "<f4", len(raw) // (4 * channels) * channels)
    samples = values.astype("f8").reshape(-1, channels)
    samples[~np.isfinite(samples)] = 0
    return samples
