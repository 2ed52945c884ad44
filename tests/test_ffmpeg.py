import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from aigc_label import advance, cores, ffmpeg
from aigc_label.errors import AssetError, MissingExtra


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a small script in ffmpeg's place and gives a way to write it."""

    def write(body, *, name="ffmpeg", configured=True):
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{textwrap.dedent(body)}")
        path.chmod(0o755)
        if configured:
            monkeypatch.setenv(ffmpeg.VARIABLE, str(path))
        else:
            monkeypatch.delenv(ffmpeg.VARIABLE, raising=False)
            monkeypatch.setenv("PATH", str(tmp_path))
        return str(path)

    return write


def version(line, configuration="--enable-libx264"):
    return f"print({line!r}); print('configuration: {configuration}')"


@pytest.fixture
def wheel(monkeypatch):
    import imageio_ffmpeg

    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    return imageio_ffmpeg.get_ffmpeg_exe()


def test_wheel_serves_where_nothing_else_is(monkeypatch, wheel):
    monkeypatch.delenv(ffmpeg.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert ffmpeg.executable() == wheel
    assert b"ffmpeg version" in ffmpeg.run(["-version"])


def test_configured_one_comes_first(program):
    path = program("pass")
    assert ffmpeg.executable() == path


@pytest.mark.parametrize("present", [True, False])
def test_wrong_setting_says_what_to_do(tmp_path, monkeypatch, present):
    path = tmp_path / "ffmpeg"
    if present:
        path.write_text("not executable")
    monkeypatch.setenv(ffmpeg.VARIABLE, str(path))
    with pytest.raises(MissingExtra, match=r"AIGC_LABEL_FFMPEG names .* unset it"):
        ffmpeg.executable()


@pytest.mark.parametrize(
    ("line", "configuration", "fit"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000", "--enable-libx264", True),
        ("ffmpeg version n7.0 Copyright", "--enable-libx264", True),
        ("ffmpeg version N-112233-gabcdef Copyright", "--enable-libx264", True),
        ("ffmpeg version 2026-01-05-git-1234 Copyright", "--enable-libx264", True),
        ("ffmpeg version 4.4.2 Copyright", "--enable-libx264", False),
        ("ffmpeg version 7.1 Copyright", "--enable-libopenh264", False),
        ("something else", "--enable-libx264", False),
    ],
)
def test_path_one_must_be_new_and_whole(program, wheel, line, configuration, fit):
    path = program(version(line, configuration), configured=False)
    assert ffmpeg.executable() == (path if fit else wheel)


def test_path_one_that_cannot_run_is_passed_over(program, wheel):
    path = program("", configured=False)
    Path(path).write_text("#!/nonexistent/interpreter\n")
    assert ffmpeg.executable() == wheel


def test_nothing_at_all_names_the_install_line(monkeypatch):
    monkeypatch.delenv(ffmpeg.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent-either")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtra, match="pip install imageio-ffmpeg"):
        ffmpeg.executable()


def test_input_goes_in_and_output_comes_out():
    raw = bytes(range(0, 200, 2)) * 2
    args = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "s16le", "pipe:1"]
    assert ffmpeg.run(args, input=raw) == raw


@pytest.mark.parametrize("most", ["2", "", "0", "all"])
def test_threads_of_decoder_filters_and_encoder_are_bounded_on_request(program, monkeypatch, most):
    program("print(*sys.argv[1:])")
    monkeypatch.setenv(cores.THREADS, most)
    said = ffmpeg.run(["-f", "mp3", "-i", "in", "-i", "more", "-f", "mp3", "out"]).decode()
    plain = "-f mp3 -i in -i more -f mp3 out"
    bounded = (
        "-filter_threads 2 -filter_complex_threads 2 "
        "-f mp3 -threads 2 -i in -threads 2 -i more -f mp3 -threads 2 out"
    )
    assert said == f"-nostdin -hide_banner -v error {bounded if most == '2' else plain}\n"


def test_threads_bounded_by_a_real_ffmpeg(monkeypatch):
    monkeypatch.setenv(cores.THREADS, "1")
    test_input_goes_in_and_output_comes_out()


def test_failure_is_one_clear_line(tmp_path):
    bad = tmp_path / "b\x1b[31m\nad.mp4"
    bad.write_bytes(b"nothing of the kind" * 9)
    with pytest.raises(AssetError) as caught:
        ffmpeg.run(["-i", ffmpeg.url(bad), "-f", "null", "-"])
    message = str(caught.value)
    assert message.startswith("ffmpeg: ")
    assert message.isprintable()
    assert "@ 0x" not in message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="nothing here is full")
def test_a_full_disk_is_no_fault_of_the_file():
    """ffmpeg says so, and that all went well."""
    frame = ("-frames:v", "1", "-c:v", "ppm", "-f", "image2pipe")
    full = ["-y", *SAMPLE, *frame, "file:/dev/full"]
    with pytest.raises(OSError, match="No space left on device") as told:
        ffmpeg.run(full)
    assert told.value.errno == errno.ENOSPC
    with advance.told(print), pytest.raises(OSError, match="No space left on device"):
        ffmpeg.encode(full, 4)


def test_long_complaint_is_cut(program):
    program("sys.stderr.write('\\n\\x1b \\n' + 'x' * 5000); sys.exit(3)")
    with pytest.raises(AssetError) as caught:
        ffmpeg.run([])
    assert len(str(caught.value)) < 320


def test_silent_failure_gives_its_code(program):
    program("sys.exit(7)")
    with pytest.raises(AssetError, match="exit code 7"):
        ffmpeg.run([])


def test_kill_is_named(program):
    program("os.kill(os.getpid(), 9)")
    with pytest.raises(AssetError, match="SIGKILL"):
        ffmpeg.run([])


def test_unstartable_program_says_what_to_do(program):
    path = program("")
    Path(path).write_text("#!/nonexistent/interpreter\n")
    with pytest.raises(MissingExtra, match="cannot be run"):
        ffmpeg.run([])


def test_timeout_kills(program, tmp_path):
    sign = tmp_path / "pid"
    program(f"open({str(sign)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    with pytest.raises(AssetError, match="not finished after 1 seconds"):
        ffmpeg.run([], timeout=1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(sign.read_text()), 0)


def test_interrupt_kills_it_too(program, tmp_path):
    sign = tmp_path / "pid"
    program(f"open({str(sign)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    code = "from aigc_label import ffmpeg; ffmpeg.run([])"
    caller = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    )
    for _ in range(200):
        if sign.exists() and sign.read_text():
            break
        time.sleep(0.05)
    caller.send_signal(signal.SIGINT)
    assert caller.wait(10) != 0
    for _ in range(100):  # whoever inherits the killed one may take a moment to bury it
        try:
            os.kill(int(sign.read_text()), 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("it goes on")


def test_no_report_file_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FFREPORT", "file=left.log")
    ffmpeg.run(["-version"])
    assert not list(tmp_path.iterdir())


def test_describe_names_the_streams(tmp_path):
    clip = tmp_path / "-clip.wav"
    ffmpeg.run(["-f", "lavfi", "-i", "sine=duration=0.1", ffmpeg.url(clip)])
    assert "Audio: pcm_s16le" in ffmpeg.describe(clip)
    clip.write_bytes(b"junk" * 100)
    assert "Stream #" not in ffmpeg.describe(clip)


SAMPLE = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=4")


def test_an_encoding_tells_how_far_it_is(tmp_path):
    told, target = [], tmp_path / "out.mp4"
    with advance.told(lambda done, seconds: told.append((done, seconds))):
        ffmpeg.encode([*SAMPLE, "-c:v", "mpeg4", ffmpeg.url(target)], 4)
    assert target.stat().st_size > 1000
    assert told == sorted(told)
    assert told[-1][0] > 3.5
    assert {seconds for _, seconds in told} == {4}
    assert advance.listener() is None


@pytest.mark.parametrize("seconds", [4, 0])
def test_an_encoding_that_nobody_listens_to_is_silent(tmp_path, seconds):
    target = tmp_path / "out.mp4"
    ffmpeg.encode([*SAMPLE, "-c:v", "mpeg4", ffmpeg.url(target)], seconds)
    assert target.stat().st_size > 1000


def test_a_failed_encoding_is_one_clear_line(tmp_path):
    with advance.told(print), pytest.raises(AssetError, match=r"ffmpeg: .*Unknown encoder"):
        ffmpeg.encode([*SAMPLE, "-c:v", "no-such", ffmpeg.url(tmp_path / "out.mp4")], 4)


def test_an_encoding_killed_by_others_says_so(program):
    program("os.kill(os.getpid(), 9)")
    with advance.told(print), pytest.raises(AssetError, match="SIGKILL"):
        ffmpeg.encode([], 4)


def test_an_encoding_that_cannot_start_says_what_to_do(program):
    Path(program("")).write_text("#!/nonexistent/interpreter\n")
    with advance.told(print), pytest.raises(MissingExtra, match="cannot be run"):
        ffmpeg.encode([], 4)


def test_an_interrupted_encoding_is_killed(program, tmp_path):
    sign = tmp_path / "pid"
    program(f"""
        open({str(sign)!r}, 'w').write(str(os.getpid()))
        print('out_time_us=N/A'); print('out_time_us=1000000', flush=True)
        time.sleep(60)
    """)

    def interrupted(done, seconds):
        assert (done, seconds) == (1, 4)
        raise KeyboardInterrupt

    with advance.told(interrupted), pytest.raises(KeyboardInterrupt):
        ffmpeg.encode([], 4)
    with pytest.raises(ProcessLookupError):
        os.kill(int(sign.read_text()), 0)
