"""``check``: what is asked, how it is told, and what the exit code says."""

from __future__ import annotations

import io
import json
import os

import pytest

from aigc_label.cli import main


@pytest.fixture
def labelled(cli, sample):
    """A picture that bears both labels, beside one that bears none."""
    sample("picture.jpg", to="plain.jpg")
    sample("picture.jpg", to="good.jpg")
    assert cli("label", "--producer", "Example Studio", "--in-place", "good.jpg").code == 0


@pytest.mark.usefixtures("labelled")
class TestAnswers:
    def test_a_good_file(self, cli):
        done = cli("check", "good.jpg")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("good.jpg  jpeg  ok  confirmed  jpeg.xmp")
        assert done.out.endswith("1 file: 1 ok, 0 failed\n") or "1 ok" in done.out

    def test_a_file_without_a_label(self, cli):
        done = cli("check", "plain.jpg")
        assert done.code == 1
        assert "plain.jpg: error[implicit.missing]" in done.out

    def test_exit_zero_hides_failures_but_not_the_rest(self, cli):
        assert cli("check", "--exit-zero", "plain.jpg").code == 0
        assert cli("check", "--exit-zero").code == 2

    @pytest.mark.parametrize("original", ["missing.jpg", "."])
    def test_an_original_that_is_no_file(self, cli, original):
        done = cli("check", "good.jpg", "--derived-from", original)
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1
        assert f"{original}, given as --derived-from, is no file" in done.err

    def test_reports_come_in_the_order_of_the_files(self, cli):
        done = cli("check", "--output-format", "jsonl", "-j", "2", *["plain.jpg"], "good.jpg")
        assert [json.loads(line)["path"] for line in done.out.splitlines()] == [
            "plain.jpg",
            "good.jpg",
        ]

    def test_json_is_the_public_contract(self, cli):
        done = cli("check", "--output-format", "json", "good.jpg", "plain.jpg", "nofile.jpg")
        whole = json.loads(done.out)
        assert done.code == 1
        assert (whole["schema"], whole["tool"]["name"], whole["profile"]) == (
            *(1, "aigc-label"),
            "gb45438",
        )
        assert {"files": 3, "ok": 1, "failed": 2}.items() <= whole["summary"].items()
        good, plain, missing = whole["reports"]
        assert (good["ok"], good["attribution"], good["format"]) == (True, "confirmed", "jpeg")
        assert good["labels"][0]["fields"]["ContentProducer"] == "Example Studio"
        assert (plain["ok"], plain["attribution"], plain["labels"]) == (False, None, [])
        assert missing["findings"][0]["rule"] == "file.unreadable"

    def test_html_is_one_page(self, cli):
        done = cli("check", "--output-format", "html", "good.jpg")
        assert done.code == 0
        assert done.out.startswith("<!DOCTYPE html>")

    def test_only_one_kind_of_label(self, cli):
        for argv in (["--no-explicit"], ["--only", "implicit"]):
            done = cli("check", "--output-format", "jsonl", *argv, "good.jpg")
            report = json.loads(done.out)
            assert "explicit" not in report
            assert {f["kind"] for f in report["findings"] if f["rule"] == "explicit.open"} == {
                "open"
            }
        done = cli("check", "--output-format", "jsonl", "--only", "explicit", "plain.jpg")
        assert not [
            f
            for f in json.loads(done.out)["findings"]
            if f["rule"].startswith("implicit.") and f["kind"] == "fail"
        ]

    def test_a_declaration_makes_it_possible(self, cli):
        done = cli("check", "--declared", "--output-format", "jsonl", "plain.jpg")
        assert json.loads(done.out)["attribution"] == "possible"

    def test_chinese(self, cli, monkeypatch, tmp_path):
        assert "error[" in cli("check", "plain.jpg").out
        assert "错误[implicit.missing]" in cli("check", "--lang", "zh", "plain.jpg").out
        monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
        assert "错误[implicit.missing]" in cli("check", "plain.jpg").out
        (tmp_path / "aigc-label.toml").write_text('lang = "en"')
        assert "error[" in cli("check", "plain.jpg").out

    def test_ones_own_profile_and_level(self, cli, tmp_path):
        (tmp_path / "ours.toml").write_text(
            'id = "ours"\nextends = "gb45438"\n[rules]\n"implicit.missing" = "warning"\n'
            '"explicit.missing" = "warning"\n'
        )
        assert cli("check", "--profile", "./ours.toml", "plain.jpg").code == 0
        assert cli("check", "--profile", "ours.toml", "--fail-on", "warning", "plain.jpg").code == 1
        (tmp_path / "aigc-label.toml").write_text('profile = "./ours.toml"')
        assert cli("check", "plain.jpg").code == 0
        (tmp_path / "aigc-label.toml").write_text(
            'profile = "./ours.toml"\nfail-on = "warning"\njobs = 1'
        )
        assert cli("check", "plain.jpg").code == 1

    def test_a_profile_that_asks_nothing_is_refused(self, cli, tmp_path):
        (tmp_path / "empty.toml").write_text('id = "empty"\n[rules]\n"implicit.*" = "off"\n')
        done = cli("check", "--profile", "./empty.toml", "plain.jpg")
        assert done.code == 2
        assert "could only pass" in done.err

    def test_nothing_is_changed(self, cli, tmp_path):
        before = {p.name: (p.read_bytes(), p.stat()) for p in tmp_path.iterdir()}
        cli("check", "-r", ".", "-j", "2")
        cli("show", "-r", ".")
        after = {p.name: (p.read_bytes(), p.stat()) for p in tmp_path.iterdir()}
        assert {n: (b, s.st_mtime_ns, s.st_ino) for n, (b, s) in before.items()} == {
            n: (b, s.st_mtime_ns, s.st_ino) for n, (b, s) in after.items()
        }


class TestFolders:
    def test_files_of_other_kinds_are_counted_and_left_out(self, cli, sample, tmp_path):
        sample("picture.jpg", to="in/a.jpg")
        (tmp_path / "in" / "data.bin").write_bytes(b"\x00" * 64)
        (tmp_path / "in" / "broken.png").write_bytes(b"not a picture")
        done = cli("check", "-r", "in", "--output-format", "jsonl")
        assert done.code == 1
        assert [json.loads(line)["path"] for line in done.out.splitlines()] == [
            "in/a.jpg",
            "in/broken.png",
        ]
        assert done.err == "aigc-label: skipped 1 file of unknown format\n"
        assert cli("check", "-q", "-r", "in").err == ""
        named = cli("check", "in/data.bin")
        assert named.code == 1
        assert "file.unknown-format" in named.out

    def test_nothing_to_check_is_not_a_pass(self, cli, tmp_path):
        (tmp_path / "in").mkdir()
        done = cli("check", "-r", "in")
        assert done.code == 2
        assert "no file of a known format below in" in done.err
        (tmp_path / "in" / "data.bin").write_bytes(b"\x00" * 64)
        assert cli("check", "-r", "in").code == 2

    def test_many_files_in_processes_and_in_one(self, cli, sample, tmp_path):
        data = sample("picture.jpg").read_bytes()
        for number in range(300):
            path = tmp_path / "in" / f"{number % 7}" / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        one = cli("check", "-r", "in", "-j", "1", "--no-explicit")
        many = cli("check", "-r", "in", "-j", "2", "--no-explicit")
        assert one.code == many.code == 1
        assert one == many
        assert "300 files: 0 ok, 300 failed" in one.out


def test_what_needs_something_that_is_missing_fails_and_says_so(cli, plugin, tmp_path):
    module = plugin / "trial_format.py"
    module.write_text(
        module.read_text().replace(
            'raise ZeroDivisionError("a plugin\'s mistake")',
            'raise __import__("aigc_label").MissingExtra("needs X: run pip install X")',
        )
    )
    (tmp_path / "a.trial").write_bytes(b"BUG!")
    done = cli("check", "--output-format", "jsonl", "a.trial")
    assert done.code == 2
    assert done.err == "aigc-label: a.trial: needs X: run pip install X\n"
    report = json.loads(done.out)
    assert (report["path"], report["ok"]) == ("a.trial", False)


def test_an_encoding_without_chinese_is_no_reason_to_fail(sample, monkeypatch):
    sample("poem.md", to="诗.md")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["check", "诗.md"]) == 1
    stream.flush()
    assert b"\\u8bd7.md" in stream.buffer.getvalue()


def test_names_that_are_not_text_survive_json(cli, tmp_path):
    (tmp_path / os.fsdecode(b"\xff.png")).write_bytes(b"x")
    done = cli("check", "--output-format", "json", os.fsdecode(b"\xff.png"))
    assert json.loads(done.out)["reports"][0]["path"] == "\udcff.png"
