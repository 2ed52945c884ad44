"""Marking bytes, and hearing what came of it, for the tests of sounds."""

import io
import pathlib
import re
import subprocess
import tempfile

import numpy as np

from aigc_label import ffmpeg, registry
from aigc_label.asset import open_asset
from aigc_label.audible import rhythm
from aigc_label.explicit.sound import marking
from aigc_label.explicit_label import ExplicitLabel, Sound

START, END, BOTH = ("start",), ("end",), ("start", "end")


class Marking(tuple):  # noqa: SLOT001 - notes are set on it
    """The marked bytes and the mark; notes beside them."""

    notes = ()


def marked(data, places=START, *, path=None, fmt=None, **sound):
    """Mark a file as the library does; the same file comes back where nothing has to be done."""
    label = ExplicitLabel(places=places, sound=Sound(**sound))
    with tempfile.TemporaryDirectory() as folder, open_asset(path or data) as asset:
        known = registry.by_id(fmt) if fmt else registry.identify(asset)
        done = marking.mark(asset, known, label, pathlib.Path(folder).joinpath)
        out = io.BytesIO()
        done.asset.copy_to(out, 0, done.asset.size)
        if done.asset is not asset:
            done.asset.close()
        assert (done.asset is asset) == (out.getvalue() == (data or asset.read(0, asset.size)))
        both = Marking((out.getvalue(), done.mark))
        both.notes = done.notes
        return both


def begins(samples, rate):
    """Where a rhythm begins near the start, or None."""
    return next((a for a, _ in rhythm.found(samples, rate) if a < 0.35), None)


def ends(samples, rate):
    """Where the last rhythm begins, if it ends near the end, or None."""
    found = [a for a, b in rhythm.found(samples, rate) if b > samples.size / rate - 0.35]
    return found[-1] if found else None


def length(rate, *, inner=False, unit=0.12):
    """Samples of a rhythm and its silences."""
    whole = rhythm.sound(rate, unit, 880).size + (1 + inner) * round(marking.SILENCE * rate)
    return whole + (whole & 1)


def lufs(samples, rate):
    """Integrated loudness and true peak, by ffmpeg."""
    channels = samples.shape[1] if samples.ndim > 1 else 1
    raw = ["-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0"]
    done = run(
        ffmpeg.executable(), "-hide_banner", "-nostats", *raw,
        "-af", "ebur128=peak=true", "-f", "null", "-",
        given=np.ascontiguousarray(samples).astype("<f4").tobytes(),
    )  # fmt: skip
    told = done.stderr.decode()
    told = told[told.rindex("Summary") :]
    loud = re.search(r"I:\s+(\S+) LUFS", told)[1]
    return float(loud), float(re.search(r"Peak:\s+(\S+) dBFS", told)[1])


def run(*command, given=None):
    return subprocess.run(
        [str(part) for part in command], capture_output=True, check=True, input=given
    )
