"""Verbs, help, near misses, and the exit code of everything that can happen."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_label import __version__
from aigc_label.cli import main
from aigc_label.cli.dispatch import VERBS

HEAVY = {"numpy", "PIL", "mutagen", "av", "rich", "yaml", "ffmpeg", "imageio_ffmpeg", "piexif"}


def loaded_by(*argv):
    """Which modules a run of the program loads."""
    code = f"import sys; from aigc_label.cli import main; main({argv!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_version(cli):
    assert cli("--version") == cli("--version")
    assert cli("--version").out == f"aigc-label {__version__}\n"


def test_version_as_a_module(shell):
    done = shell("--version")
    assert (done.code, done.out, done.err) == (0, f"aigc-label {__version__}\n", "")


def test_version_loads_next_to_nothing():
    modules = loaded_by("--version")
    assert not modules & (HEAVY | {"argparse", "subprocess", "multiprocessing", "dataclasses"})


def test_a_metadata_check_loads_nothing_heavy(sample):
    sample("picture.jpg")
    modules = loaded_by("check", "--no-explicit", "-j", "2", "picture.jpg")
    assert not modules & (HEAVY | {"multiprocessing", "subprocess"})


def test_help_names_every_verb(cli):
    for argv in (["--help"], ["-h"], ["help"]):
        done = cli(*argv)
        assert done.code == 0
        assert all(f"\n  {verb} " in done.out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(cli, verb):
    done = cli(verb, "--help")
    assert done.code == 0
    assert f"usage: aigc-label {verb}" in done.out
    assert cli("help", verb) == done


def test_no_verb_is_not_a_run(cli):
    done = cli()
    assert done.code == 2
    assert done.out == ""
    assert "usage: aigc-label VERB" in done.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["lable"], "no verb 'lable'; did you mean 'label'?"),
        (["zzz"], "no verb 'zzz'; verbs are label, propagate, "),
        (["--quiet", "check"], "the verb comes first: aigc-label VERB --quiet"),
        (["check", "--no-explict", "x"], "no option --no-explict; did you mean --no-explicit?"),
        (["check", "--profil=x", "x"], "no option --profil; did you mean --profile?"),
        (["label", "-Z", "x"], "no option -Z; see `aigc-label label --help`"),
        (["label", "--height", "tall"], "not a ratio such as 0.06 or 6%: 'tall'"),
        (["label", "--seconds", "long"], "not a number of seconds: 'long'"),
        (["check", "-j", "0"], "not a number from 1 to 1024: '0'"),
        (["check", "-j", "many"], "not a number from 1 to 1024"),
        (["check", "--lang", "de"], "no such choice: 'de'; one of en, zh"),
        (["check", "--only", "implict"], "did you mean 'implicit'?"),
        (
            ["check", "--output-format", "xml", "x"],
            "no such output format: 'xml'; there are text, ",
        ),
        (["check", "--profile", "gb4543", "x"], "did you mean 'gb45438'?"),
        (["check"], "no files given; name at least one"),
        (["formats", "png"], "unexpected 'png'"),
        (
            ["rules", "implicit.mising"],
            "no rule 'implicit.mising'; did you mean 'implicit.missing'?",
        ),
        (["rules", "x"], "no rule 'x'; see `aigc-label rules`"),
        (["demo", "a", "b"], "demo takes one folder, and there are 2"),
        (["check", "--no-explicit", "--only", "explicit", "x"], "exclude one another"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_was_meant(cli, argv, words):
    done = cli(*argv)
    assert done.code == 2
    assert done.out == ""
    assert words in done.err
    assert done.err.count("\n") == 1


def test_control_characters_never_reach_the_terminal(cli):
    done = cli("check", "--\x1b[31mred", "x\x1b]0;title\x07")
    assert "\x1b" not in done.err
    assert "\\u001b" in done.err


def test_a_settings_file_with_a_mistake_is_a_mistake(cli, tmp_path):
    (tmp_path / "aigc-label.toml").write_text("produser = 'x'")
    done = cli("check", "x.png")
    assert done.code == 2
    assert "did you mean 'producer'?" in done.err


def test_a_reader_that_goes_away_ends_the_run_quietly(command, tmp_path):
    for number in range(800):
        (tmp_path / f"{number}.png").write_bytes(b"not a picture")
    with subprocess.Popen(
        [*command, "check", "-r", ".", "-j", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 2


def test_a_reader_that_goes_away_is_not_a_pass(monkeypatch, capsys):
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert main(["formats"]) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("argv", [["formats"], ["--version"]])
def test_a_full_disk_is_said(monkeypatch, capsys, argv):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert main(argv) == 2
    assert capsys.readouterr().err.startswith("aigc-label: no space left on device; free some")


@pytest.mark.parametrize("argv", [["formats"], ["--version"]])
def test_no_standard_output_is_a_run_that_cannot_be(monkeypatch, capsys, argv):
    monkeypatch.setattr("sys.stdout", None)
    assert main(argv) == 2
    assert "standard output is closed" in capsys.readouterr().err


def test_no_standard_error_is_no_matter(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr", None)
    assert main(["show", "missing.png"]) == 1
    assert "missing.png" in capsys.readouterr().out


def test_run_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["aigc-label", "profiles"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("aigc_label", run_name="__main__")
    assert ended.value.code == 0
    assert "gb45438" in capsys.readouterr().out


def test_ctrl_c_is_an_exit_code(capsys, plugin, tmp_path):
    module = plugin / "trial_format.py"
    module.write_text(module.read_text().replace("time.sleep(60)", "raise KeyboardInterrupt"))
    (tmp_path / "a.trial").write_bytes(b"SLOW")
    assert main(["check", "a.trial"]) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["check", "picture.jpg"], ["--version"], ["formats"]])
def test_results_that_cannot_be_written_are_a_run_that_failed(command, sample, argv):
    sample("picture.jpg")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*command, *argv], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        b"aigc-label: no space left on device; free some space, or choose another output\n"
    )


def test_a_closed_standard_error_is_no_reason_to_fail(command):
    done = subprocess.run(
        [*command, "show", "missing.png"],
        stdout=subprocess.PIPE,
        check=False,
        preexec_fn=lambda: os.close(2),
    )
    assert done.returncode == 1
    assert done.stdout.startswith(b"missing.png: not read")


@pytest.mark.parametrize("argv", [["formats"], ["--version"]])
def test_a_closed_standard_output_is_one(command, argv):
    done = subprocess.run(
        [*command, *argv],
        stderr=subprocess.PIPE,
        check=False,
        preexec_fn=lambda: os.close(1),
    )
    assert done.returncode == 2
    assert done.stderr == b"aigc-label: standard output is closed; give it somewhere to go\n"


@pytest.mark.usefixtures("plugin")
class TestBugs:
    """What a plugin does wrong stands for what we do wrong."""

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_a_bug_with_one_file_is_said_in_one_line_and_the_rest_goes_on(
        self, cli, tmp_path, jobs
    ):
        (tmp_path / "a.trial").write_bytes(b"BUG!")
        (tmp_path / "b.trial").write_bytes(b"GOOD")
        done = cli("check", "a.trial", "b.trial", "-j", jobs)
        assert done.code == 3
        assert done.err == (
            "aigc-label: a.trial: a bug in aigc-label: ZeroDivisionError: a plugin's mistake; "
            "please report it with the output of AIGC_LABEL_DEBUG=1\n"
        )
        assert "a.trial: error[" in done.out
        assert "b.trial  trial" in done.out

    def test_its_traceback_is_there_on_request(self, cli, tmp_path, monkeypatch):
        monkeypatch.setenv("AIGC_LABEL_DEBUG", "1")
        (tmp_path / "a.trial").write_bytes(b"BUG!")
        done = cli("label", "--producer", "P", "-n", "a.trial")
        assert done.code == 3
        assert "Traceback" in done.err
        assert "ZeroDivisionError" in done.err

    @pytest.mark.parametrize("debug", ["", "1"])
    def test_a_bug_outside_of_any_file(self, cli, plugin, monkeypatch, debug):
        monkeypatch.setenv("AIGC_LABEL_DEBUG", debug)
        module = plugin / "trial_format.py"
        module.write_text(module.read_text().replace('extensions=(".trial",)', "extensions=None"))
        done = cli("formats")
        assert done.code == 3
        assert "a bug in aigc-label: TypeError: " in done.err
        assert "; please report" in done.err
        assert ("Traceback" in done.err) is bool(debug)

    def test_a_package_whose_format_cannot_be_loaded_is_named(self, cli, plugin, tmp_path):
        (plugin / "trial_format.py").write_text("1 / 0")
        (tmp_path / "a.trial").write_bytes(b"GOOD")
        assert cli("formats").code == 0
        done = cli("show", "a.trial")
        assert done.code == 1
        assert done.err == (
            "aigc-label: a.trial: no supported format claims these bytes, and the format 'trial' "
            "cannot be loaded: ZeroDivisionError: division by zero; mend or uninstall trial\n"
        )

    def test_a_killed_process_is_its_files_failure(self, cli, tmp_path):
        for name in ("a", "b", "c"):
            (tmp_path / f"{name}.trial").write_bytes(b"KILL" if name == "b" else b"GOOD")
        done = cli("check", "-j", "2", "a.trial", "b.trial", "c.trial")
        assert done.code == 1
        assert "b.trial: the process that worked on it was killed by SIGKILL" in done.err
        assert "c.trial  trial" in done.out
