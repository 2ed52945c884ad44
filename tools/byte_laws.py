"""What every verb must keep to on any bytes at all; for ``fuzz.py`` and ``tests/test_crashers.py``.

Values or errors of our own, in little time and memory; one label in what was written, read back
equal, unchanged by a second write; and content that foreign readers see as they did before.
"""

from __future__ import annotations

import contextlib
import functools
import io
import resource
import signal
import time
import traceback
import wave
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mutagen
from mutagen.mp4._atom import Atoms
from PIL import Image, ImageSequence

import aigc_label
from aigc_label import AigcLabelError, ExplicitLabel, ImplicitLabel, ReadBackMismatch, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LABEL = ImplicitLabel(content_producer="001191110102MACQD9K64010000", produce_id="fuzz/1?<&>#'")
BOTH_ENDS = ExplicitLabel(places=("start", "end"))
MARKED = ("png", "jpeg", "webp", "wav", "markdown", "plaintext")  # those that are quick to mark
PICTURES = ("png", "jpeg", "webp", "gif", "tiff")
OWN_PARTS = {  # of documents that are archives: what a label may change
    **dict.fromkeys(("docx", "xlsx", "pptx"), ("[Content_Types].xml", "_rels/.rels")),
    **dict.fromkeys(("odt", "ods", "odp"), ("META-INF/manifest.xml",)),
    "epub": (),
    "xmind": ("manifest.json", "META-INF/manifest.xml"),
}
SOUNDS = {
    "mp3": "MP3",
    "flac": "FLAC",
    "vorbis": "OggVorbis",
    "opus": "OggOpus",
    "speex": "OggSpeex",
    "oggflac": "OggFLAC",
    "wma": "ASF",
    "wmv": "ASF",
    **dict.fromkeys(("mp4", "mov", "m4a"), "MP4"),
}
SECONDS, MEBIBYTES = 2.0, 200  # of processor time, and of memory over what the process has


class HangError(BaseException):
    """A call took far too long; no ``except Exception`` shall swallow it."""


@contextlib.contextmanager
def limits() -> Iterator[None]:
    """Stop what hangs, deny memory over the limit, and hold the block to the seconds allowed."""

    def hung(*_: object) -> None:
        raise HangError

    before = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError):  # other systems than Linux: time only
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        room = pages * resource.getpagesize() + (MEBIBYTES << 20)
        resource.setrlimit(resource.RLIMIT_AS, (room, before[1]))
    signal.signal(signal.SIGVTALRM, hung)
    signal.setitimer(signal.ITIMER_VIRTUAL, 5 * SECONDS)
    began = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
    if (took := time.process_time() - began) > SECONDS:
        raise RuntimeError(f"took {took:.1f} s")


@functools.cache
def load() -> None:
    """Load what a process loads once: models that read words, and all that draws and listens.

    The limits are those of a file; loaded under them, some of it crashes instead of raising.
    """
    picture = Image.new("RGB", (320, 240), "steelblue")
    aigc_label.check(aigc_label.label(picture, LABEL, explicit=BOTH_ENDS).data)
    silence = io.BytesIO()
    with wave.open(silence, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(32000))
    aigc_label.check(aigc_label.label(silence.getvalue(), LABEL, explicit=BOTH_ENDS).data)


def faults(data: bytes, name: str) -> list[str]:
    """Every law that these bytes make the package break, one line each."""
    load()
    said: list[str] = []

    def verb(what: str, call: Callable[[], object]) -> object:
        try:
            with limits():
                return call()
        except AigcLabelError as error:
            unread = isinstance(error, ReadBackMismatch) and "recognised" not in str(error)
            if "\n" in str(error) or not str(error) or unread:
                said.append(f"{what}: {error!r}")
        except (Exception, HangError) as error:  # noqa: BLE001 - that is what is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            said.append(f"{what}: {error!r} at {Path(frame.filename).name}:{frame.lineno}")
        return None

    report = verb("check", lambda: aigc_label.check(data, name=name))
    fmt = report.inspection.format if isinstance(report, aigc_label.Report) else None
    verb("read", lambda: aigc_label.read(data, name=name))
    before = seen_by_others(data, fmt)
    writers: dict[str, Callable[[], Written]] = {
        "label": lambda: aigc_label.label(data, LABEL, name=name),
        "propagate": lambda: aigc_label.propagate(data, "fuzz", "2", declared=True, name=name),
        "mark": lambda: aigc_label.label(data, LABEL, explicit=BOTH_ENDS, name=name),
    }
    for what, call in writers.items():
        written = verb(what, call) if what != "mark" or fmt in MARKED else None
        if isinstance(written, Written):
            said += [f"{what}: {fault}" for fault in _wrong_with(written, name, data)]
            after = seen_by_others(written.data or b"", fmt)
            if before is not None and not _is_kept(before, after, marked=what == "mark"):
                seen = "none" if after is None else "other content"
                said.append(f"{what}: foreign readers see {seen} in {fmt}")
    return said


def _wrong_with(written: Written, name: str, source: bytes) -> Iterator[str]:
    """What is wrong with a result in the eyes of its own reader."""
    assert written.data is not None  # noqa: S101 - no target was given
    seen = aigc_label.check(written.data, name=name, only="implicit").inspection
    if seen.format != written.format or seen.problem:
        yield f"the result is {seen.format}, {seen.problem}"
    there = aigc_label.check(source, name=name, only="implicit").inspection.labels
    wanted = [dict(label.fields) for label in there]  # plain text keeps what it quotes
    if written.label is not None:
        wanted = [written.label.fields]
    if [dict(label.fields) for label in seen.labels] != wanted:
        yield f"{len(seen.labels)} labels in the result"
    if not written.changed and written.data != source:
        yield "says 'unchanged' of a changed file"
    explicit = BOTH_ENDS if written.mark else None
    if written.label is None or written.label.content_producer == LABEL.content_producer:
        wanted_again = written.label or LABEL
        try:
            again = aigc_label.label(written.data, wanted_again, explicit=explicit, name=name)
        except AigcLabelError as error:
            yield f"a second time raises {error!r}"
            return
        if again.changed or again.data != written.data:
            yield "a second time changes the file"


def seen_by_others(data: bytes, fmt: str | None) -> object:
    """What a foreign reader makes of the content; ``None`` where it refuses the file."""
    stream = io.BytesIO(data)
    with contextlib.suppress(Exception):
        if fmt in PICTURES:
            with Image.open(stream, formats=[str(fmt).upper()]) as image:
                return [(f.mode, f.size, f.tobytes()) for f in ImageSequence.Iterator(image)]
        if fmt == "wav":
            with wave.open(stream) as sound:
                return (sound.getparams()[:3], sound.readframes(1 << 24))
        if fmt in OWN_PARTS:
            with zipfile.ZipFile(stream) as archive:
                if archive.testzip() is None:
                    return _other_parts(archive, str(fmt))
        if fmt in SOUNDS and (found := mutagen.File(stream)) is not None:
            if SOUNDS[fmt] == "MP4":
                _held_to_bounds(Atoms(stream).atoms, len(data))
            if type(found).__name__ == SOUNDS[fmt]:  # not a guess at some other kind
                return (fmt, round(found.info.length, 3))
    return None


def _other_parts(archive: zipfile.ZipFile, fmt: str) -> list[tuple[str, bytes]]:
    """Names and contents of the members that hold no metadata."""
    names = [name for name in archive.namelist() if name not in OWN_PARTS[fmt]]
    return [
        (name, archive.read(name))
        for name in names
        if not name.startswith(("docProps/", "customXml/"))
        and not name.endswith((".opf", "meta.xml", "metadata.json"))
    ]


def _held_to_bounds(atoms: list[Any], end: int) -> None:
    """Refuse boxes that reach over the box around them; mutagen takes them by luck."""
    for atom in atoms:
        if atom.offset + atom.length > end:
            raise ValueError
        _held_to_bounds(atom.children or [], atom.offset + atom.length)


def _is_kept(before: Any, after: Any, *, marked: bool) -> bool:
    """Whether the content is the same. A repaired size may show more sound than before."""
    if marked or after is None:
        return after is not None
    if isinstance(before, tuple) and isinstance(before[1], bytes):
        return bool(after[0] == before[0] and after[1].startswith(before[1]))
    if isinstance(before, tuple):  # mutagen estimates the length of an MP3
        return bool(after[0] == before[0] and abs(after[1] - before[1]) < 0.1)
    return bool(after == before)
