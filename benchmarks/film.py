"""How much faster a head mark is than drawing on the whole film; and whether the result plays.

    python benchmarks/film.py [MINUTES]

The source is 20 seconds of moving shapes and noise in 1080p30, H.264 with keyframes every 2.5
seconds and sound, copied end to end until it lasts MINUTES (10). Drawing on the whole film is
measured on its first seconds and scaled to the length, because it takes half an hour. Processor
time counts, of this process and of ffmpeg: it is the same on a busy machine. Then every frame is
decoded and compared with the source's, the times of pictures and sound are compared packet by
packet, and Chromium, if there is one, plays the result from start to end.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import playing

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.explicit.film import smart, whole
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mp4

SCENE = "testsrc2=size=1920x1080:rate=30:duration=20,noise=alls=6:allf=t"
SAMPLE = 10
LABEL = ExplicitLabel()


def make(folder: Path, minutes: float) -> Path:
    """The source film, made by copying."""
    short, long = folder / "short.mp4", folder / "long.mp4"
    if not long.exists():
        ffmpeg.run(
            [
                "-f", "lavfi", "-i", SCENE, "-f", "lavfi", "-i", "sine=duration=20",
                "-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-g", "75", "-bf", "3",
                "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", str(short),
            ]
        )  # fmt: skip
        loops = str(round(minutes * 60 / 20) - 1)
        ffmpeg.run(["-stream_loop", loops, "-i", str(short), "-c", "copy", str(long)])
    return long


def spent() -> tuple[float, float]:
    """Seconds of processor and of wall clock."""
    own, ran = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = own.ru_utime + own.ru_stime + ran.ru_utime + ran.ru_stime
    return used, time.perf_counter()


def since(begin: tuple[float, float]) -> tuple[float, float]:
    """What was spent since then."""
    used, at = spent()
    return used - begin[0], at - begin[1]


def head(source: Path, target: Path) -> tuple[float, float]:
    """What it takes to mark the head of a film and write the result."""
    begin = spent()
    scratch = target.parent
    with open_asset(source) as asset:
        marked = smart.mark(asset, LABEL, lambda name: scratch / name)
        with target.open("wb") as file:
            marked.asset.copy_to(file, 0, marked.asset.size)
    return since(begin)


def overlay(source: Path, folder: Path) -> tuple[float, float]:
    """What it takes to draw on every frame of the first :data:`SAMPLE` seconds."""
    part = folder / "part.mp4"
    part.unlink(missing_ok=True)
    ffmpeg.run(["-i", str(source), "-t", str(SAMPLE), "-c", "copy", str(part)])
    begin = spent()
    with open_asset(part) as asset:
        full = ExplicitLabel(seconds=SAMPLE)
        new, _ = whole.mark(asset, mp4.FORMAT, full, lambda name: folder / f"whole-{name}")
        new.close()
    return since(begin)


def frames(path: Path) -> list[bytes]:
    """Time and checksum of each frame."""
    args = ["-v", "error", "-xerror", "-copyts", "-i", str(path), "-map", "0:v"]
    done = subprocess.run(
        [ffmpeg.executable(), *args, "-fps_mode", "passthrough", "-f", "framemd5", "-"],
        capture_output=True,
        check=True,
    )
    if done.stderr:
        raise SystemExit(f"decoding {path} was not silent: {done.stderr.decode()[:200]}")
    return [line for line in done.stdout.splitlines() if not line.startswith(b"#")]


def times(path: Path, kind: str) -> tuple[list[int], float]:
    """When each packet of the pictures or the sound is played, and seconds of a tick."""
    args = ["-copyts", "-i", ffmpeg.url(path), "-map", f"0:{kind}:0", "-c", "copy"]
    told = ffmpeg.run([*args, "-f", "framecrc", "pipe:1"]).decode().splitlines()
    over, under = next(row for row in told if row.startswith("#tb")).split(":")[1].split("/")
    found = [int(row.split(",")[2]) for row in told if row[:1] != "#"]
    return found, int(over) / int(under)


def drift(source: Path, target: Path) -> float:
    """By how many seconds sound has moved against pictures, at most."""
    moved = []
    for kind in "va":
        (before, tick), (after, _) = times(source, kind), times(target, kind)
        moved.append([(b - a) * tick for a, b in zip(sorted(before), sorted(after), strict=True)])
    pictures, sound = moved
    return max(max(pictures) - min(sound), max(sound) - min(pictures))


def main() -> None:
    """Measure and print."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target = make(folder, minutes), folder / "head.mp4"
        print(f"source: {minutes:g} min, {source.stat().st_size >> 20} MiB", flush=True)
        used, waited = head(source, target)
        print(f"head mark: {used:.1f} s of processor, {waited:.1f} s")
        whole_used, whole_waited = (n * minutes * 60 / SAMPLE for n in overlay(source, folder))
        print(f"whole film: {whole_used:.0f} s of processor, {whole_waited:.0f} s")
        print(f"{whole_used / used:.0f} times faster", flush=True)
        old, new = frames(source), frames(target)
        differ = [n for n, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
        print(f"{len(old)} frames, {len(differ)} differ, the last is {differ[-1]}")
        stamps = [[line.split(b",")[2] for line in lines] for lines in (old, new)]
        print("times are equal" if stamps[0] == stamps[1] else "TIMES DIFFER")
        print(f"sound against pictures: moved by {1000 * drift(source, target):.3f} ms at most")
        args = ["-v", "error", "-i", str(target), "-f", "null", "-"]
        done = subprocess.run([ffmpeg.executable(), *args], capture_output=True, check=False)
        print(
            f"ffmpeg decodes all: exit code {done.returncode}, {len(done.stderr)} bytes of errors"
        )
        if shutil.which("chromium"):
            print("Chromium:", flush=True, end=" ")
            print(", ".join(f"{k} {v}" for k, v in playing.played(target).items()))


if __name__ == "__main__":
    main()
