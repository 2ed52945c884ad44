"""The benchmark's files, made on the spot with encoders that are not ours."""

from __future__ import annotations

import io
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from aigc_label.ffmpeg import executable


def photo(width: int, height: int, seed: int) -> Image.Image:
    """A picture with the statistics of a photograph: smooth shapes, edges and some grain."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    smooth = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 6, (height, width, 1)).astype(np.int16)
    pixels = np.clip(np.asarray(smooth, dtype=np.int16) + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def mixed(folder: Path, count: int) -> int:
    """Fill ``folder`` with ``count`` PNG, JPEG, WebP, MP4 and MP3 files; return their bytes.

    Pictures vary in size from 0.1 to 4 megapixels. A few tens are encoded and then varied by
    what cannot be shared: each file is its own inode with its own bytes.
    """
    if len(list(folder.glob("*/*"))) == count:
        return sum(path.stat().st_size for path in folder.glob("*/*"))
    rng = random.Random(45438)
    kinds = ("png", "jpg", "webp", "mp4", "mp3")
    masters = {kind: _masters(kind) for kind in kinds}
    total = 0
    for number in range(count):
        kind = kinds[number % len(kinds)]
        data = rng.choice(masters[kind])
        target = folder / f"{number % 20:02d}" / f"{number:05d}.{kind}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        total += len(data)
    return total


def _masters(kind: str) -> list[bytes]:
    sizes = [(400, 300), (800, 600), (1280, 960), (2000, 1500)]
    if kind == "png":
        return [_encoded(photo(w // 2, h // 2, w), "PNG", compress_level=1) for w, h in sizes]
    if kind == "jpg":
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Maker", "Model"
        return [_encoded(photo(w, h, w), "JPEG", quality=88, exif=exif) for w, h in sizes]
    if kind == "webp":
        return [_encoded(photo(w, h, w), "WEBP", quality=80, method=0) for w, h in sizes]
    if kind == "mp4":
        return [film(seconds, moov_first=first) for seconds in (2, 5) for first in (True, False)]
    return [_sound(seconds) for seconds in (10, 30)]


def _encoded(picture: Image.Image, encoding: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, encoding, **options)
    return buffer.getvalue()


def film(seconds: int, *, moov_first: bool) -> bytes:
    return _ffmpeg(
        "mp4",
        *("-f", "lavfi", "-i", f"testsrc2=s=640x360:r=25:d={seconds}"),
        *("-f", "lavfi", "-i", f"sine=440:d={seconds}", "-c:v", "libx264", "-c:a", "aac"),
        *(("-movflags", "+faststart") if moov_first else ()),
    )


def _sound(seconds: int) -> bytes:
    return _ffmpeg("mp3", "-f", "lavfi", "-i", f"sine=330:d={seconds}", "-b:a", "128k")


def _ffmpeg(extension: str, *args: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, f"out.{extension}")
        subprocess.run(
            [executable(), "-nostdin", "-v", "error", *args, str(out)], check=True, timeout=300
        )
        return out.read_bytes()


def large_film(path: Path, size: int, *, moov_first: bool) -> None:
    """An MP4 of about ``size`` bytes: a short film's packets, repeated without re-encoding."""
    if path.exists() and path.stat().st_size >= size * 0.9:
        return
    unit = path.with_name("unit.mp4")
    subprocess.run(
        [
            *(executable(), "-nostdin", "-v", "error", "-y"),
            *("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=20,noise=alls=60:allf=t"),
            *("-f", "lavfi", "-i", "sine=440:d=20"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "45M", "-g", "60", "-c:a", "aac"),
            str(unit),
        ],
        check=True,
        timeout=600,
    )
    times = max(1, round(size / unit.stat().st_size)) - 1
    subprocess.run(
        [
            *(executable(), "-nostdin", "-v", "error", "-y", "-stream_loop", str(times)),
            *("-i", str(unit), "-c", "copy", "-map", "0"),
            *(("-movflags", "+faststart") if moov_first else ()),
            str(path),
        ],
        check=True,
        timeout=600,
    )
    unit.unlink()


def remuxed(film: Path, target: Path) -> None:
    """The same packets in another container."""
    if target.exists() and target.stat().st_size >= film.stat().st_size * 0.9:
        return
    command = [executable(), "-nostdin", "-v", "error", "-y", "-i", str(film), "-map", "0"]
    subprocess.run([*command, "-c", "copy", str(target)], check=True, timeout=600)


def small_files(folder: Path) -> list[Path]:
    """One file of 1 to 5 MB for each kind."""
    folder.mkdir(exist_ok=True)
    pictures = {"a.png": (1400, 1000), "b.jpg": (4000, 3000), "c.webp": (4000, 3000)}
    for name, size in pictures.items():
        if not (folder / name).exists():
            photo(*size, 7).save(folder / name, quality=92)
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=60:r=44100")
    film = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=10,noise=alls=20:allf=t")
    film += ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "3M")
    sounds = {
        "d.mp3": (*noise, "-b:a", "320k"),
        "e.wav": (*noise[:-1], "anoisesrc=d=30:r=44100"),
        "f.flac": (*noise[:-1], "anoisesrc=d=20:r=44100"),
        "g.mp4": film,
        "h.mp4": (*film, "-movflags", "+faststart"),
        "i.mkv": film,
        "j.avi": film,
    }
    for name, args in sounds.items():
        target = folder / name
        if not target.exists():
            target.write_bytes(_ffmpeg(name.rpartition(".")[2], *args))
    return [folder / name for name in (*pictures, *sounds)]
