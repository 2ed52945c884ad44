"""Finding and running ffmpeg: an argument list in, its standard output or one clear line back."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_label import advance, cores
from aigc_label.errors import AssetError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.advance import Listener

VARIABLE = "AIGC_LABEL_FFMPEG"
"""The environment variable that names the ffmpeg to use."""

OLDEST = 5
"""The first major version with every option and filter that is used here."""

_REMEDY = f"run `pip install imageio-ffmpeg`, put ffmpeg >= {OLDEST} on PATH, or set {VARIABLE}"
_LONGEST_LINE = 300
_FULL = b"No space left on device"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADVANCE = re.compile(rb"out_time_us=(\d+)")
_SPEAKER = re.compile(r"^(\[[^\]]*@ 0x[0-9a-f]+\]\s*)+")


def executable() -> str:
    """The ffmpeg to run, found once per process and setting.

    In this order: the one that ``AIGC_LABEL_FFMPEG`` names; ``ffmpeg`` on PATH if it is version 5
    or later and has the H.264 encoder; the one in the ``imageio-ffmpeg`` wheel.

    Raises:
        MissingExtra: if there is none; the message says what to do.
    """
    return _found(os.environ.get(VARIABLE, ""), os.environ.get("PATH", os.defpath))


def run(
    args: Sequence[str],
    *,
    input: bytes | None = None,  # noqa: A002 - subprocess calls it so
    timeout: float | None = 3600,
) -> bytes:
    """Run ffmpeg with ``args``; it never asks, and stops when the caller stops.

    Args:
        args: everything after the program's name, the output last; name files by :func:`url`.
        input: bytes for its standard input (``pipe:0``); none if ``None``.
        timeout: seconds after which it is killed; ``None`` for no limit.

    Returns:
        What it wrote to its standard output (``pipe:1``).

    Raises:
        AssetError: if it fails or takes too long, with the first line it complained in.
        OSError: the disk that it writes to is full, which is no fault of the file's.
        MissingExtra: if there is no ffmpeg, or it cannot be started.
    """
    done = _finished(("-nostdin", "-hide_banner", "-v", "error", *_bounded(args)), input, timeout)
    _refuse_failure(done)
    return done.stdout


def encode(args: Sequence[str], seconds: float) -> None:
    """Run ffmpeg to write a film, however long it takes, and tell :mod:`advance` how far it is.

    Args:
        args: as for :func:`run`; the output is a file.
        seconds: how long the output will be.

    Raises:
        AssetError, OSError, MissingExtra: as :func:`run`.
    """
    listener = advance.listener()
    if listener is None or seconds <= 0:
        run(args, timeout=None)
        return
    quiet = ("-nostdin", "-hide_banner", "-v", "error", "-nostats", "-progress", "pipe:1")
    _refuse_failure(_followed((*quiet, *_bounded(args)), seconds, listener))


def _refuse_failure(done: subprocess.CompletedProcess[bytes]) -> None:
    if _FULL in done.stderr:  # its exit code may say that all went well
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), tempfile.gettempdir())
    if done.returncode:
        raise AssetError(f"ffmpeg: {_complaint(done)}")


def _followed(
    args: Sequence[str], seconds: float, listener: Listener
) -> subprocess.CompletedProcess[bytes]:
    program = executable()
    # What it complains of goes to a file: a pipe that nobody empties would make it wait.
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                [program, *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=_environment(),
            )
        except OSError as error:
            raise _unrunnable(program, error) from None
        with process:
            try:
                for line in process.stdout or ():
                    found = _ADVANCE.match(line)
                    if found:
                        listener(min(int(found[1]) / 1e6, seconds), seconds)
                process.wait()
            except BaseException:  # Ctrl-C included: it must not outlive its caller
                process.kill()
                raise
        complaints.seek(0)
        return subprocess.CompletedProcess(args, process.returncode, b"", complaints.read(65_536))


def _bounded(args: Sequence[str]) -> Sequence[str]:
    """The arguments with the threads of decoders, filters and encoders bounded, if asked for."""
    if not (most := cores.threads()) or "-i" not in args:
        return args
    each = ("-threads", str(most))
    bounded = ["-filter_threads", str(most), "-filter_complex_threads", str(most)]
    for arg in args[:-1]:
        bounded += (*each, arg) if arg == "-i" else (arg,)
    return [*bounded, *each, args[-1]]


def describe(path: str | Path, *options: str) -> str:
    """What ``ffmpeg -i`` says of a file: container, streams, metadata, as text for matching.

    Args:
        path: the file.
        options: for its input, e.g. ``"-f", "mov"``.

    There is no ffprobe in the wheel. ffmpeg ends with an error for want of an output, which is
    expected; a file that it cannot read gives a text without ``Stream #``.

    Raises:
        AssetError: if it takes too long.
        MissingExtra: as :func:`run`.
    """
    done = _finished(("-nostdin", "-hide_banner", *options, "-i", url(path)), None, 60)
    return done.stderr.decode("utf-8", "replace")


def url(path: str | Path) -> str:
    """``path`` as an ffmpeg argument that is neither an option nor another protocol."""
    return f"file:{os.fspath(path)}"


def _finished(
    args: Sequence[str], given: bytes | None, timeout: float | None
) -> subprocess.CompletedProcess[bytes]:
    program = executable()
    try:
        # subprocess.run kills the program before any exception leaves it, Ctrl-C included.
        return subprocess.run(
            [program, *args],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            timeout=timeout,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AssetError(f"ffmpeg: not finished after {timeout:g} seconds, stopped") from None
    except OSError as error:
        raise _unrunnable(program, error) from None


def _environment() -> dict[str, str]:
    environment = {**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"}
    environment.pop("FFREPORT", None)  # it would leave a log file in the caller's folder
    return environment


def _unrunnable(program: str, error: OSError) -> MissingExtra:
    return MissingExtra(f"{program} cannot be run ({error.strerror}); {_REMEDY}")


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first line on standard error: later ones only say what failed because of it."""
    if done.returncode < 0:
        name = str(-done.returncode)
        with contextlib.suppress(ValueError):
            name = signal.Signals(-done.returncode).name
        return f"ended by {name}, perhaps for want of memory"
    for raw in done.stderr[:65_536].decode("utf-8", "replace").splitlines():
        if line := _CONTROL.sub(" ", _SPEAKER.sub("", raw)).strip():
            return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
    return f"failed without a word (exit code {done.returncode})"


@functools.cache
def _found(configured: str, path: str) -> str:
    if configured:
        if not (Path(configured).is_file() and os.access(configured, os.X_OK)):
            raise MissingExtra(
                f"{VARIABLE} names {configured!r}, which is not an executable file; "
                "correct it or unset it"
            )
        return configured
    here = shutil.which("ffmpeg", path=path)
    if here and _is_fit(here):
        return here
    return _from_wheel()


def _is_fit(program: str) -> bool:
    """Whether a program is an ffmpeg that can do the work; builds without x264 exist."""
    try:
        done = subprocess.run(
            [program, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    text = done.stdout.decode("utf-8", "replace")
    version = re.match(r"ffmpeg version (?:n?(\d+)[.\s]|(N-|\d{4}-))", text)
    if done.returncode or version is None or "--enable-libx264" not in text:
        return False
    return version[2] is not None or int(version[1]) >= OLDEST  # nightly builds have no number


def _from_wheel() -> str:
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - 30 ms that metadata work need not pay

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise MissingExtra(f"no usable ffmpeg: {_REMEDY}") from None
