"""A programme with sounds put in, all of it encoded anew: where nothing can be spliced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label import ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.explicit.sound.programme import Addition, Programme
    from aigc_label.output import Scratch


class Coder(NamedTuple):
    """How a sound is encoded.

    Attributes:
        form: ffmpeg's name of the container, of both the source and the result.
        words: the encoder and what it is told.
        lost: samples that it loses at either end, in whose place silence is put.
    """

    form: str
    words: Sequence[str]
    lost: int = 0


def encoded(
    source: Path,
    coder: Coder,
    programme: Programme,
    additions: Sequence[Addition],
    *,
    result: Path,
    scratch: Scratch,
) -> tuple[tuple[float, ...], list[tuple[int, int]]]:
    """Encode a file anew.

    Args:
        source: the file.
        coder: how.
        programme: its sound.
        additions: in the order of their places.
        result: where it goes.
        scratch: gives paths for temporary files.

    Returns:
        The second at which each addition begins; and at which millisecond of the old sound how
        many were put in.
    """
    rate, channels = programme.rate, programme.channels
    inputs = ["-f", coder.form, "-i", ffmpeg.url(source)]
    edges = [0, *(at for at, _ in additions), programme.length]
    parts = len(additions) + 1
    chains = f"[0:a:0]asplit={parts}" + "".join(f"[s{i}]" for i in range(parts)) + ";"
    labels = ""
    begins, moved = [], []
    added = 0
    for number in range(parts):
        first, last = edges[number], edges[number + 1]
        if last > first:
            cut = f"atrim=start_sample={first}:end_sample={last},asetpts=N/SR/TB"
            chains += f"[s{number}]{cut}[p{number}];"
            labels += f"[p{number}]"
        else:
            chains += f"[s{number}]anullsink;"
        if number < len(additions):
            at, sound = additions[number]
            path = scratch(f"addition{number}.raw")
            path.write_bytes(np.repeat(sound.astype("<f4"), channels).tobytes())
            inputs += ("-f", "f32le", "-ar", f"{rate}", "-ac", f"{channels}")
            inputs += ("-i", ffmpeg.url(path))
            labels += f"[{number + 1}:a]"
            begins.append((at + added) / rate)
            moved.append((at * 1000 // rate, sound.size * 1000 // rate))
            added += sound.size
    graph = f"{chains}{labels}concat=n={labels.count('[')}:v=0:a=1"
    if coder.lost:
        graph += f",adelay={coder.lost}S:all=1,apad=pad_len={2 * coder.lost}"
    to = ("-map", "[all]", "-ac", f"{channels}", *coder.words, "-map_metadata", "-1")
    made = ("-f", coder.form, ffmpeg.url(result))
    ffmpeg.run(("-y", *inputs, "-filter_complex", f"{graph}[all]", *to, *made))
    return tuple(begins), moved
