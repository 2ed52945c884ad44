"""How long audible marks take: ``python benchmarks/sound.py [MINUTES]``, an hour by default.

The bar: a mark at the head of an hour of MP3 in under 3 % of the processor time that decoding and
encoding all of it takes.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from aigc_label import ExplicitLabel, ffmpeg, label

KINDS = {
    "mp3": ("-c:a", "libmp3lame", "-b:a", "128k"),
    "m4a": ("-c:a", "aac", "-b:a", "128k"),
    "opus": ("-c:a", "libopus", "-b:a", "96k"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "4"),
    "flac": ("-c:a", "flac"),
    "wav": ("-c:a", "pcm_s16le"),
}
PROGRAMME = "anoisesrc=c=pink:a=0.2:d={}:r=44100,aformat=channel_layouts=stereo,tremolo=f=0.3"


def spent() -> float:
    """Processor seconds of this process and of those it ran."""
    own, others = (resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def main(minutes: float, kinds: list[str]) -> None:
    explicit = ExplicitLabel(places=("start",))
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            source, again, marked = (Path(folder, f"{n}.{kind}") for n in ("a", "b", "c"))
            made = PROGRAMME.format(minutes * 60)
            ffmpeg.run(("-f", "lavfi", "-i", made, *KINDS[kind], ffmpeg.url(source)))
            before = spent()
            ffmpeg.run(("-i", ffmpeg.url(source), *KINDS[kind], ffmpeg.url(again)))
            whole = spent() - before
            before, clock = spent(), time.perf_counter()
            label(source, None, explicit=explicit, to=marked)
            took, waited = spent() - before, time.perf_counter() - clock
            print(
                f"{kind:5} {minutes:g} min: mark {took:6.2f} s ({waited:.2f} s waited), decode and "
                f"encode {whole:7.2f} s: {took / whole:6.2%}"
            )
            for path in (source, again, marked):
                path.unlink()


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 60.0,
        sys.argv[2:] or list(KINDS),
    )
