"""WebVTT by webvtt-py, mkvmerge and the wheel's ffmpeg; SRT, which holds no label."""

from __future__ import annotations

import tempfile
from pathlib import Path

import webvtt

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.programs import WHEEL, run


def comments(path: Path) -> list[str]:
    read = webvtt.read(str(path))
    beside = [comment for caption in read.captions for comment in caption.comments]
    return [*read.header_comments, *beside, *read.footer_comments]


def by_webvtt_py(path: Path) -> dict:
    (only,) = [text for text in comments(path) if text.startswith('AIGC: {"Label')]
    return fields_in(only.removeprefix("AIGC: "))


def by_mkvmerge(path: Path, _tags) -> str:
    """What comes out of a Matroska file: comments above the first cue are its private data."""
    with tempfile.TemporaryDirectory() as folder:
        film, back = Path(folder, "film.mkv"), Path(folder, "back.vtt")
        run("mkvmerge", "-q", "-o", str(film), str(path))
        run("mkvextract", str(film), "tracks", f"0:{back}")
        return back.read_text("utf-8").replace("\\u003e", ">")


def cues(path: Path) -> list:
    read = webvtt.read(str(path))
    return [(c.start, c.end, c.raw_text, c.identifier) for c in read.captions]


def styles(path: Path) -> list:
    """Styles, and all comments but the label."""
    read = webvtt.read(str(path))
    others = [text for text in comments(path) if not text.startswith('AIGC: {"Label')]
    return [[style.text for style in read.styles], others]


def shown(path: Path) -> str:
    """The cues as ffmpeg shows them; it refuses a file without any."""
    if b"-->" not in path.read_bytes():
        return ""
    return run(WHEEL, "-v", "error", "-i", str(path), "-f", "srt", "-")


def pieces(data: bytes) -> list:
    lines = data.replace(b"\r", b"").split(b"\n")
    return [line for line in lines if line and not line.startswith(b"NOTE AIGC: {")]


def huge(data: bytes):
    more = b"\n\n00:10.000 --> 00:11.000\nwords\n\n" * 1_500
    yield "long", [data, more, HUGE, more]


EYES = (
    Eyes(
        formats=("vtt",),
        needs=("mkvmerge", "mkvextract"),
        labels=(by_webvtt_py,),
        programs=(by_mkvmerge,),
        strict=(cues,),
        strict_programs=(("mkvmerge", "-o", "/dev/null"),),
        pieces=pieces,
        huge=huge,
        essence=(cues, shown),
        facts=styles,
        may_change=r"File:(MIMEEncoding|ByteOrderMark|Newlines)",  # a label in Chinese; line two
    ),
    Eyes(formats=("srt",), huge=huge),
)
