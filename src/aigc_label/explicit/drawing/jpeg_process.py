"""Processes that run libjpeg for this one: started when needed, kept for the next picture.

One serves one picture at a time; threads and forked workers each get their own. It ends when its
standard input closes, so none outlives the program, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing.libjpeg.messages import numbers, receive, send

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROOM = 1 << 20  # bytes in a pipe; Linux grants as many to anybody
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from libjpeg import transcoder; transcoder.main()"
)
_TUNED = "glibc.malloc.hugetlb=1"  # large pages where glibc has them: a quarter less time


class NotSpliced(CannotCarry):
    """This JPEG's coefficients cannot be edited; it can only be coded anew."""

    @property
    def note(self) -> str:
        """What users should know if it was."""
        return f"the whole JPEG was encoded anew, with its own quantisation: {self.reason}"


class Description(NamedTuple):
    """What libjpeg says about a picture whose coefficients it has decoded.

    Attributes:
        colours: ``grey``, ``rgb``, ``ycc``, ``cmyk``, ``ycck``, or empty for any other.
        adobe: whether Adobe's marker says so.
        scans: how many there are.
        unread: bytes behind the end of the picture.
        samples: columns and rows of each component.
    """

    colours: str
    adobe: bool
    scans: int
    unread: int
    samples: list[tuple[int, int]]


class Dialogue:
    """One picture in such a process; the questions are to be asked in the order below."""

    def __init__(self, data: bytes) -> None:
        """Hand a picture to such a process.

        Raises:
            NotSpliced: if there is none.
        """
        self._process = _taken()
        self._finished = False
        # Its start and ours overlap: by the time it has read, the mark is being drawn.
        self._sender = threading.Thread(target=self._send, args=(data,), daemon=True)
        self._sender.start()

    def description(self) -> Description:
        """What there is, once all coefficients are decoded."""
        self._sender.join()
        colours, about, *components = self._reply()
        adobe, scans, unread = map(int, about.split())
        samples = []
        for one in components:
            columns, rows = map(int, one.split())
            samples.append((columns, rows))
        return Description(colours.decode(), bool(adobe), scans, unread, samples)

    def blocks(self, boxes: Sequence[Sequence[int]]) -> list[bytes]:
        """Each component's blocks in its box as a grey JPEG."""
        self._send(*map(numbers, boxes))
        return self._reply()

    def leave(self) -> None:
        """Say that nothing shall be written."""
        self._send()
        self._finished = True

    def written(
        self, marked: Iterable[tuple[bytes, bytes]], scans: Iterable[Iterable[int]]
    ) -> bytes:
        """The picture with other samples in some blocks.

        Args:
            marked: for each component the samples of its box, and a byte for each block, zero
                if it shall stay.
            scans: Ss, Se, Ah, Al and component numbers of each, if there are several.
        """
        pieces = [piece for pair in marked for piece in pair]
        self._send(*pieces, *map(numbers, scans))
        (picture,) = self._reply()
        self._finished = True
        return picture

    def close(self) -> None:
        """Keep the process for the next picture, or end it if it is still at this one."""
        if not self._finished:
            self._process.kill()
        self._sender.join()
        if self._finished:
            _idle.append(self._process)
        else:
            _end(self._process)

    def _send(self, *pieces: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was opened with a pipe
        with contextlib.suppress(OSError):  # it has ended; what it said is still to be read
            send(self._process.stdin, *pieces)

    def _reply(self) -> list[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        try:
            trouble, *pieces = receive(self._process.stdout)
        except (EOFError, OSError):
            raise NotSpliced("libjpeg broke down") from None
        if trouble:
            self._finished = trouble == b"error"
            reason = f"libjpeg: {_printable(pieces[0].decode())}"
            if trouble == b"unusable":
                _unusable.append(reason)
            raise NotSpliced(reason)
        return pieces


_idle: list[subprocess.Popen[bytes]] = []
_unusable: list[str] = []  # why there will be none


def _taken() -> subprocess.Popen[bytes]:
    while _idle:
        process = _idle.pop()
        if process.poll() is None:
            return process
        _end(process)
    return _started()


def _started() -> subprocess.Popen[bytes]:
    if getattr(sys, "frozen", False) or not os.path.basename(sys.executable or "").startswith("py"):
        raise NotSpliced("there is no Python to run libjpeg in")  # but a program that embeds it
    if _unusable:
        raise NotSpliced(_unusable[0])
    here = os.path.dirname(os.path.abspath(__file__))
    tuned = ":".join(filter(None, (os.environ.get("GLIBC_TUNABLES"), _TUNED)))
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, here, library()],
            cwd=os.sep,  # so that it keeps no folder of the user's busy
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GLIBC_TUNABLES": tuned},
        )
    except OSError as error:
        raise NotSpliced(f"Python could not be started: {error.strerror}") from None
    _widen(process)
    return process


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Give its pipes room for a megabyte, so that fewer turns are taken over a picture."""
    if not sys.platform.startswith("linux"):
        return
    import fcntl  # noqa: PLC0415 - which other systems may lack

    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # a system that grants less
            fcntl.fcntl(stream, _SET_PIPE_SIZE, _ROOM)  # type: ignore[arg-type] # both are open


def library() -> str:
    """The libjpeg-turbo that Pillow brings, or the system's."""
    found = find_spec("PIL")
    for package in map(os.path.abspath, (found.submodule_search_locations or ()) if found else ()):
        for folder in (os.path.join(os.path.dirname(package), "pillow.libs"), f"{package}/.dylibs"):
            with contextlib.suppress(OSError):
                for name in os.listdir(folder):
                    if name.startswith("libjpeg"):
                        return os.path.join(folder, name)
    return "libjpeg.62.dylib" if sys.platform == "darwin" else "libjpeg.so.62"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what could not be sent any more
            stream.close()  # type: ignore[union-attr] # both were opened


def _forget() -> None:
    """In a forked worker: the processes serve whoever started them."""
    for process in _idle:
        process.returncode = 0  # it is not ours to wait for
    _idle.clear()


def _end_all() -> None:
    while _idle:
        _end(_idle.pop())


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:120]


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
