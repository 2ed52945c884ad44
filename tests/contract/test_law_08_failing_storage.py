"""L8: storage that fails at any moment leaves the source as it was, and no half-made target."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import textwrap
import time

import pytest

import aigc_label
import aigc_label.asset
from aigc_label import registry

WRITABLE = [fmt.id for fmt in registry.formats() if fmt.plan is not None]
_MOST = 400


class FailingStream(io.BytesIO):
    """A stream whose every operation after the first ``allowed`` ones fails."""

    def __init__(self, data: bytes, allowed: int) -> None:
        super().__init__(data)
        self.left = allowed

    def _spend(self) -> None:
        if self.left == 0:
            raise OSError(5, "Input/output error")
        self.left -= 1

    def read(self, *args):
        self._spend()
        return super().read(*args)

    def readinto(self, buffer):
        self._spend()
        return super().readinto(buffer)

    def seek(self, *args):
        self._spend()
        return super().seek(*args)

    def write(self, data):
        self._spend()
        return super().write(data)


def failure_of(source, label, **options) -> OSError | None:
    try:
        aigc_label.label(source, label, **options)
    except OSError as error:
        return error
    return None


def sample(corpus, format_id):
    return next(f for f in corpus if f.format == format_id and f.kind == "plain")


@pytest.fixture
def small_head(monkeypatch):
    """Fetch little on opening, so that small fixtures too are read while the target is written."""
    monkeypatch.setattr(aigc_label.asset, "HEAD", 64)


@pytest.mark.parametrize("format_id", WRITABLE)
@pytest.mark.usefixtures("small_head")
def test_a_source_that_fails(format_id, corpus, standard, tmp_path):
    file = sample(corpus, format_id)
    data, target = file.data, tmp_path / "out"
    for allowed in range(_MOST):
        stream = FailingStream(data, allowed)
        failure = failure_of(stream, standard, name=file.path.name, to=target)
        if failure is None:
            break
        assert failure.errno == 5
        assert list(tmp_path.iterdir()) == [], f"left behind after {allowed} operations"
        assert stream.getvalue() == data
    assert allowed > 2
    assert aigc_label.label(data, standard, name=file.path.name).data == target.read_bytes()


@pytest.mark.parametrize("format_id", WRITABLE)
def test_a_target_that_fails(format_id, corpus, standard):
    file = sample(corpus, format_id)
    source = io.BytesIO(file.data)
    for allowed in range(_MOST):
        sink = FailingStream(b"", allowed)
        failure = failure_of(source, standard, name=file.path.name, to=sink)
        if failure is None:
            break
        assert failure.errno == 5
        assert source.getvalue() == file.data
    assert allowed > 0
    assert sink.getvalue() == aigc_label.label(file.data, standard, name=file.path.name).data


@pytest.mark.parametrize("format_id", [fmt.id for fmt in registry.formats()])
@pytest.mark.usefixtures("small_head")
def test_check_reports_a_failing_source(format_id, corpus):
    file = sample(corpus, format_id)
    for allowed in range(_MOST):
        stream = FailingStream(file.data, allowed)
        report = aigc_label.check(stream, name=file.path.name, only="implicit")
        if report.inspection.problem is None:
            break
        assert isinstance(report.inspection.problem, OSError)
        assert not report.ok
    assert allowed > 0


def test_a_stream_cannot_be_its_own_target_and_be_lost(corpus, standard):
    """Labelling a stream onto itself either works or refuses; it never leaves a mixture."""
    file = sample(corpus, "png")
    stream = io.BytesIO(file.data)
    expected = aigc_label.label(file.data, standard, name=file.path.name).data
    try:
        aigc_label.label(stream, standard, name=file.path.name, to=stream)
    except aigc_label.AigcLabelError:
        assert stream.getvalue() == file.data
    else:
        assert stream.getvalue() in (expected, file.data + expected)


_PRELUDE = """
import os, resource, signal, sys
sys.path[:0] = {path!r}
import aigc_label
import aigc_label.asset
from aigc_label import ImplicitLabel
label = ImplicitLabel(content_producer="Kill Test", produce_id="k/1")
source, target = sys.argv[1], sys.argv[2]
"""


def script(body: str) -> list[str]:
    prelude = _PRELUDE.format(path=[p for p in sys.path if p])
    return [sys.executable, "-c", prelude + textwrap.dedent(body)]


@pytest.fixture
def big_wav(tmp_path):
    """A sound of 24 MiB: its copy takes long enough to be interrupted."""
    import wave

    path = tmp_path / "sources" / "big.wav"
    path.parent.mkdir()
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        sound.writeframes(random.Random(8).randbytes(24 << 20))
    return path


@pytest.mark.parametrize("in_place", [False, True], ids=["to-a-new-file", "in-place"])
def test_a_full_disk(in_place, big_wav, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    source = folder / "in.wav" if in_place else big_wav
    if in_place:
        source.write_bytes(big_wav.read_bytes())
    target = source if in_place else folder / "out.wav"
    before = source.read_bytes()
    body = """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))
        try:
            aigc_label.label(source, label, to=target)
        except OSError as error:
            print("OSError", error.errno)
    """
    done = subprocess.run(
        [*script(body), str(source), str(target)], capture_output=True, check=True
    )
    assert done.stdout.startswith(b"OSError")
    assert source.read_bytes() == before
    assert [path.name for path in folder.iterdir()] == (["in.wav"] if in_place else [])


@pytest.mark.parametrize("in_place", [False, True], ids=["to-a-new-file", "in-place"])
def test_a_kill_at_any_moment(in_place, big_wav, tmp_path):
    """Killed at random moments: the old file or the complete new one; the next run tidies up."""
    folder = tmp_path / "work"
    folder.mkdir()
    expected = aigc_label.label(big_wav, _killed_label()).data
    old = big_wav.read_bytes() if in_place else b"an older result"
    target = folder / "out.wav"
    body = """
        print("ready", flush=True)
        while True:
            aigc_label.label(source, label, to=target)
            os.replace(target, target + ".done")
            if {in_place}:
                import shutil
                shutil.copyfile(sys.argv[3], target)
    """.replace("{in_place}", str(in_place))
    dice = random.Random(9)
    for _ in range(4):
        for left in folder.glob("*.done"):
            left.unlink()
        target.write_bytes(old)
        source = target if in_place else big_wav
        command = [*script(body), str(source), str(target), str(big_wav)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            assert running.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0.0, 0.12))
            running.kill()
        if target.exists() and not in_place:
            assert target.read_bytes() in (old, expected)
        for done in folder.glob("*.done"):
            assert done.read_bytes() == expected
    assert big_wav.read_bytes() == (old if in_place else big_wav.read_bytes())
    target.unlink(missing_ok=True)
    aigc_label.label(big_wav, _killed_label(), to=target)
    assert target.read_bytes() == expected
    assert sorted(p.name for p in folder.iterdir() if not p.name.endswith(".done")) == ["out.wav"]


def _killed_label():
    return aigc_label.ImplicitLabel(content_producer="Kill Test", produce_id="k/1")


def test_a_kill_at_every_system_call(corpus, tmp_path):
    """The process kills itself at its N-th call into the system, for every N until one is whole."""
    file = sample(corpus, "mp4")
    body = """
        data = open(source, "rb").read()
        expected = aigc_label.label(data, label, name=source).data
        NAMES = ("open", "fstat", "stat", "pread", "ftruncate", "lseek", "preadv", "write", "fsync",
                 "replace", "unlink", "close", "fchown", "utime", "chmod")

        def dies_at(n):
            count = 0
            def wrap(real):
                def call(*args, **kwargs):
                    nonlocal count
                    count += 1
                    if count == n:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*args, **kwargs)
                return call
            for name in NAMES:
                setattr(os, name, wrap(getattr(os, name)))
            aigc_label.label(target, label, to=target)
            os._exit(0)

        from aigc_label import output
        for n in range(1, 500):
            with open(target, "wb") as out:
                out.write(data)
            child = os.fork()
            if child == 0:
                dies_at(n)
            _, status = os.waitpid(child, 0)
            with open(target, "rb") as back:
                now = back.read()
            if now not in (data, expected):
                sys.exit(f"call {n}: a half-made file")
            aigc_label.label(target, label, to=target)
            left = os.listdir(os.path.dirname(target))
            if now == data and left != [os.path.basename(target)]:
                sys.exit(f"call {n}: left behind after the next run: {left}")
            if status == 0:
                break
            for name in left:
                os.unlink(os.path.join(os.path.dirname(target), name))
        print(n)
    """
    folder = tmp_path / "work"
    folder.mkdir()
    command = [*script(body), str(file.path), str(folder / "film.mp4")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert 8 < int(done.stdout) < 499


def test_a_read_only_folder_is_an_os_error(corpus, standard, tmp_path):
    if os.geteuid() == 0:  # root may write anywhere: a file in the folder's place says the same
        blocked = tmp_path / "not-a-folder"
        blocked.write_bytes(b"")
    else:
        blocked = tmp_path / "read-only"
        blocked.mkdir(mode=0o500)
    file = sample(corpus, "png")
    with pytest.raises(OSError, match=r"irectory|ermission"):
        aigc_label.label(file.path, standard, to=blocked / "out.png")
