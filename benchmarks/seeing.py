"""How well marks on films are timed: ``python benchmarks/seeing.py [FILMS] [SEED]``.

Films that ffmpeg makes: FILMS (60) with a mark of 1.0 to 5.0 seconds at the start, and a third as
many without, half of these with other words. The words are drawn by ffmpeg's drawtext, or by Pillow
and laid over; 5 to 10 % of the shortest side, in every corner; H.264, HEVC, VP9, AV1 and MPEG-4 in
MP4, MOV, MKV, WebM and AVI; 24 to 60 frames a second, and at varying times; some fade away.
Judged right is a film of which the 2-second rule says what holds, but for those whose mark ends
within two frames of 2.0 seconds. Then the time to check an hour of film, made by copying a minute.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from perceiving import FONTS, OTHERS
from PIL import Image, ImageDraw, ImageFont

from aigc_label import check, ffmpeg, wording

MARKS = ("AI生成", "人工智能生成", "内容由AI生成", "AI合成", "由AI生成", "AI 生成")
SIZES = ((640, 360), (854, 480), (1280, 720), (720, 1280), (1920, 1080), (480, 480), (1024, 768))
RATES = ("24", "25", "30000/1001", "30", "60")
GROUNDS = (
    "testsrc2=s={w}x{h}:r={r}:d={d}",
    "mandelbrot=s={w}x{h}:r={r},trim=duration={d}",
    "life=s={w}x{h}:r={r}:mold=10:ratio=0.1:death_color=#204060:life_color=#90c060,trim=duration={d}",
    "gradients=s={w}x{h}:r={r}:d={d}:speed=0.02",
    "color=c=0x7090a0:s={w}x{h}:r={r}:d={d},noise=alls=20:allf=t",
    "testsrc2=s={w}x{h}:r={r}:d={d},hue=s=0.2,boxblur=6",
)
CODECS = {
    "h264": (("mp4", "mov", "mkv"), "-c:v libx264 -preset veryfast -pix_fmt yuv420p"),
    "hevc": (("mp4", "mkv"), "-c:v libx265 -preset ultrafast -x265-params log-level=none"),
    "vp9": (("webm", "mkv"), "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M"),
    "av1": (("mp4", "webm"), "-c:v libsvtav1 -preset 12 -crf 40"),
    "mpeg4": (("avi", "mp4"), "-c:v mpeg4 -q:v 5"),
}
NEAR = 2  # frames around 2.0 seconds that may be judged either way


@dataclass(frozen=True, slots=True)
class Case:
    """A film, and until when its mark stands and fades; 0 if it has none."""

    path: Path
    told: str
    until: float
    faded: float
    frame: float


def make(folder: Path, number: int, seed: int, *, marked: bool) -> Case:  # noqa: PLR0915 - a list
    """One film."""
    random = np.random.default_rng((seed, number))
    width, height = SIZES[random.integers(len(SIZES))]
    rate = RATES[random.integers(len(RATES))]
    top, bottom = (*map(float, rate.split("/")), 1.0)[:2]
    step = bottom / top
    until = faded = 0.0
    seconds = float(random.uniform(5.5, 8))
    ground = GROUNDS[random.integers(len(GROUNDS))].format(w=width, h=height, r=rate, d=seconds)
    text = str(random.choice(MARKS if marked else OTHERS))
    codec = list(CODECS)[number % len(CODECS)]
    containers, options = CODECS[codec]
    path = folder / f"{number}.{containers[random.integers(len(containers))]}"
    inputs, graph = ["-f", "lavfi", "-i", ground], "[0]null"
    words = marked or random.random() < 0.5
    varying = random.random() < 0.15 and path.suffix in (".mp4", ".mkv", ".mov")
    if words:
        until = round(float(random.uniform(1, 5)) / step) * step
        if random.random() < 0.25:
            until = round((2 + float(random.uniform(-0.3, 0.3))) / step) * step
        font = FONTS[random.integers(len(FONTS))]
        size = int(random.uniform(0.05, 0.1) / 0.88 * min(width, height)) + 1
        how = ("drawtext", "overlay", "fade")[random.integers(3)]
        spot = int(random.integers(6))
        margin = max(4, round(random.uniform(0.02, 0.05) * min(width, height)))
        x = (f"{margin}", f"W-w-{margin}", "(W-w)/2")[spot % 3]
        y = (f"{margin}", f"H-h-{margin}")[spot // 3]
        shown = f"lt(t,{until - step / 2:.4f})"
        style = ("rim", "box", "shadow")[random.integers(3)]
        if how == "drawtext":
            drawn = {
                "rim": f"fontcolor=white:borderw={max(1, size // 14)}:bordercolor=black",
                "box": f"fontcolor=white:box=1:boxcolor=black@0.7:boxborderw={size // 4}",
                "shadow": f"fontcolor=yellow:borderw=1:shadowx={size // 16 + 1}:shadowy=2",
            }[style]
            at = f"x={x.replace('W', 'w').replace('-w-', '-tw-').replace('(w-w)', '(w-tw)')}"
            at += f":y={y.replace('H', 'h').replace('-h-', '-th-')}"
            graph = f"[0]drawtext=fontfile={font}:text='{text}':fontsize={size}:{drawn}:{at}"
            graph += f":enable='{shown}'"
            faded = until
        else:
            plate = folder / f"{number}.png"
            _plate(plate, text, font, size, style)
            inputs += ["-i", str(plate)]
            graph = f"[0][1]overlay=x={x}:y={y}:enable='{shown}'"
            faded = until
            if how == "fade":
                faded = until + 0.5
                inputs[-2:] = ["-loop", "1", "-framerate", rate, "-i", str(plate)]
                graph = f"[1]format=rgba,fade=out:st={until}:d=0.5:alpha=1[w];"
                graph += f"[0][w]overlay=x={x}:y={y}:shortest=1"
    if varying:
        graph += ",select='not(eq(mod(n,5),3))'"
    mode = ("-fps_mode", "vfr") if varying else ()
    ffmpeg.run(
        [
            *(*inputs, "-filter_complex", graph, "-t", f"{seconds:.3f}"),
            *(*options.split(), *mode, "-y", ffmpeg.url(path)),
        ]
    )
    told = f"{codec} {path.suffix} {width}x{height} {rate}{' varying' if varying else ''} {text}"
    step *= 2 if varying else 1
    return Case(path, told, until if marked else 0.0, faded if marked else 0.0, step)


def _plate(path: Path, text: str, font: Path, size: int, style: str) -> None:
    face = ImageFont.truetype(font, size)
    left, top, right, bottom = face.getbbox(text)
    pad = size // 3
    picture = Image.new("RGBA", (right - left + 2 * pad, bottom - top + 2 * pad))
    draw = ImageDraw.Draw(picture)
    if style == "box":
        draw.rounded_rectangle((0, 0, picture.width - 1, picture.height - 1), pad, (0, 0, 0, 190))
    rim = 0 if style == "box" else max(1, size // 14)
    at = (pad - left, pad - top)
    draw.text(at, text, "white", face, stroke_width=rim, stroke_fill="black")
    picture.save(path)


def verdict(case: Case) -> tuple[bool | None, str]:
    """Whether a film was judged right, ``None`` if either judgement will do; and what was seen."""
    report = check(case.path, only="explicit")
    rules = {found.rule for found in report.findings if found.rule.startswith("explicit.")}
    marks = report.inspection.marks or ()
    found = [mark for mark in marks if wording.is_prompt(mark.text)]
    at = f"{found[0].at[0]:.2f}-{found[0].at[1]:.2f}" if found and found[0].at else "nothing"
    seen = f"{at} of {case.until:.2f}-{case.faded:.2f}, {sorted(rules)}"
    if not case.until:
        return not found, seen
    if not found:
        return False, seen
    is_long = "explicit.duration" not in rules
    if case.until < 2 - NEAR * case.frame and case.faded < 2 - NEAR * case.frame:
        return not is_long, seen
    if case.until > 2 + NEAR * case.frame:
        return is_long, seen
    return None, seen


def hour(folder: Path) -> None:
    """What it costs to check an hour, in processor time and memory, of a minute looped."""
    minute, long = folder / "minute.mp4", folder / "hour.mp4"
    scene = "testsrc2=s=1280x720:r=25:d=60"
    plate = folder / "plate.png"
    _plate(plate, "AI生成", FONTS[0], 60, "box")
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", scene, "-i", str(plate), "-f", "lavfi", "-i", "sine=d=60"),
            *("-filter_complex", "[0][1]overlay=x=20:y=20:enable='lt(t,4)'", "-c:v", "libx264"),
            *("-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "250", "-c:a", "aac"),
            str(minute),
        ]
    )
    ffmpeg.run(["-stream_loop", "59", "-i", str(minute), "-c", "copy", str(long)])
    script = (
        "import sys, resource; from aigc_label import check; check(sys.argv[1]); print("
        "resource.getrusage(0).ru_maxrss >> 10, resource.getrusage(-1).ru_maxrss >> 10)"
    )
    for path in (minute, long):
        spent, clock = _spent(), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, check=True
        )
        took, waited = _spent() - spent, time.perf_counter() - clock
        spent = _spent()
        ffmpeg.run(["-t", "6", "-i", str(path), "-an", "-f", "null", "-"])
        head = _spent() - spent
        print(
            f"{path.stem}: {took:.2f} s of processor, {waited:.2f} s waited, "
            f"{took / head:.1f} times decoding its first 6 s; MiB of this program and of ffmpeg: "
            f"{done.stdout.decode().strip()}"
        )


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(films: int, seed: int) -> None:
    """Make, check and count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = {True: 0, False: 0, None: 0}
        for number in range(films + films // 3):
            case = make(folder, number, seed, marked=number < films)
            right, seen = verdict(case)
            counts[right] += 1
            if right is False:
                print(f"WRONG {number}: {case.told}: {seen}", flush=True)
            case.path.unlink()
        print(
            f"{films} films with a mark, {films // 3} without: {counts[True]} judged right, "
            f"{counts[False]} wrong, {counts[None]} within {NEAR} frames of 2.0 s"
        )
        hour(folder)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [60, 1][len(given) :]))
