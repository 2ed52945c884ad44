"""Programs that are run on a file, and what they tell."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import imageio_ffmpeg

from eyes import fields_in

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = imageio_ffmpeg.get_ffmpeg_exe()


def run(*command: str) -> str:
    """A program's standard output; it must end well."""
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, f"{command[0]}: {told[-500:]}"
    return done.stdout.decode("utf-8", "replace")


def keys_by_ffmpeg(path: Path) -> dict:
    """The wheel's ffmpeg, as ffmetadata text."""
    text = run(WHEEL, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-")
    unescaped = re.sub(r"\\([=;#\\\n])", r"\1", text)
    (only,) = re.findall(r"^AIGC=(.*)$", unescaped, re.MULTILINE)
    return fields_in(only)


def decoded(path: Path) -> str:
    """The checksum of every decoded picture and sound frame, by the wheel's ffmpeg."""
    streams = ("-map", "0:v?", "-map", "0:a?", "-f", "framemd5", "-")
    return run(WHEEL, "-v", "error", "-xerror", "-i", str(path), *streams)


def exiftool(_path: Path, tags) -> str:
    return json.dumps(tags, ensure_ascii=False)


def exiv2(path: Path, _tags) -> str:
    return run("exiv2", "-px", str(path))


def ffprobe(path: Path, _tags) -> str:
    return run("ffprobe", "-v", "error", "-show_format", "-of", "json", str(path))


def mediainfo(path: Path, _tags) -> str:
    return run("mediainfo", "--Full", "--Output=JSON", str(path))
