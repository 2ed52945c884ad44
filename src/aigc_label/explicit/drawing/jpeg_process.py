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
from typing import TYPE_CHECKING, Any

import aigc_label
from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import jpeg_transcoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROOM = 1 << 20  # bytes in a pipe; Linux grants as many to anybody
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from aigc_label.explicit.drawing import jpeg_transcoder; jpeg_transcoder.main()"
)


class NotSpliced(CannotCarry):
    """This JPEG's coefficients cannot be edited; it can only be coded anew."""


class Dialogue:
    """One picture in such a process; the questions are to be asked in the order below."""

    def __init__(self, data: bytes) -> None:
        self._process = _taken()
        self._boxes: Sequence[Sequence[int]] = ()
        self.finished = False
        # Its start and ours overlap: by the time it reads, the mark is being drawn.
        self._sender = threading.Thread(target=self._send, args=({}, data), daemon=True)
        self._sender.start()

    def description(self) -> dict[str, Any]:
        """What :func:`jpeg_transcoder.described` tells, once all coefficients are decoded."""
        self._sender.join()
        return self._reply()[0]

    def blocks(self, boxes: Sequence[Sequence[int]]) -> list[bytes]:
        """Each component's blocks in its box as a grey JPEG."""
        self._send({"boxes": boxes})
        return self._reply()[1]

    def leave(self) -> None:
        """Say that nothing shall be written."""
        self._send({})
        self.finished = True

    def written(self, greys: Sequence[bytes], touched: Sequence[bytes], scans: object) -> bytes:
        """The picture with the touched blocks taken from other grey JPEGs."""
        pieces = [piece for pair in zip(greys, touched, strict=True) for piece in pair]
        self._send({"scans": scans}, *pieces)
        (picture,) = self._reply()[1]
        self.finished = True
        return picture

    def close(self) -> None:
        """Keep the process for the next picture, or end it if it is still at this one."""
        if not self.finished:
            self._process.kill()
        self._sender.join()
        if self.finished:
            _idle.append(self._process)
        else:
            _end(self._process)

    def _send(self, message: dict[str, Any], *pieces: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was opened with a pipe
        with contextlib.suppress(OSError):  # it has ended; what it said is still to be read
            jpeg_transcoder.send(self._process.stdin, message, *pieces)

    def _reply(self) -> tuple[dict[str, Any], list[bytes]]:
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        try:
            message, pieces = jpeg_transcoder.receive(self._process.stdout)
        except (EOFError, ValueError, OSError):
            raise NotSpliced("libjpeg broke down") from None
        if "error" in message:
            self.finished = not message.get("fatal")
            raise NotSpliced(f"libjpeg: {_printable(message['error'])}")
        return message, pieces


@contextlib.contextmanager
def dialogue(data: bytes) -> Iterator[Dialogue]:
    """Hand a picture to such a process.

    Raises:
        NotSpliced: if there is none, or libjpeg does not take the picture.
    """
    one = Dialogue(data)
    try:
        yield one
    finally:
        one.close()


_idle: list[subprocess.Popen[bytes]] = []


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
    root = os.path.dirname(os.path.dirname(aigc_label.__file__))
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, root, library()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
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
    for package in (found.submodule_search_locations or ()) if found else ():
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
