"""``aigc-label fix``: the diff of facts, where results go, exit codes."""

from __future__ import annotations

import json
import shlex
import shutil
from collections import Counter

import pytest

from aigc_label import check, read

BAD = '---\naigc:\n  Label: 1\n  contentProducer: Studio\n  ProduceID: "42"\n---\n\n正文\n'
FIX = ("fix", "--producer", "Studio")


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(BAD, encoding="utf-8")
    return path


def test_a_dry_run_shows_facts_findings_and_verdicts(cli, bad):
    done = cli(*FIX, "-n", "a.md")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "would be fixed a.md: failed -> ok"
    assert lines[1].startswith("  - implicit markdown.frontmatter: Label=1 ContentProducer=Studio")
    assert "(deviations: " in lines[1]
    assert lines[2].startswith("  + implicit markdown.frontmatter: Label=1 ContentProducer=Studio")
    assert lines[3] == "  + explicit: text AI生成 start"
    assert "  mended error[implicit.key-spelling] a key of the label" in done.out
    assert bad.read_text("utf-8") == BAD


def test_in_place_and_again(cli, bad):
    assert cli(*FIX, "--in-place", "a.md").out.startswith("fixed a.md: failed -> ok")
    assert check(bad).ok
    done = cli(*FIX, "--in-place", "a.md")
    assert (done.code, done.out) == (0, "unchanged a.md: ok -> ok\n")


def test_what_remains_is_said_with_the_reason_and_fails(cli, bad):
    done = cli(*FIX, "--no-explicit", "--in-place", "a.md")
    assert (done.code, "remains open[explicit.open]" in done.out) == (0, True)
    bad.write_text(BAD.replace("Studio", "工作室"), encoding="utf-8")
    argv = ("fix", "--producer", "工作室", "--profile", "strict", "a.md", "-o", "b.md")
    done = cli(*argv)
    assert done.code == 1
    assert "fixed a.md -> b.md: failed -> failed" in done.out
    assert "names and numbers are not changed, as others know the content by them" in done.out
    assert "use the provider's code for its name" in done.out


@pytest.mark.usefixtures("bad")
def test_chinese(cli):
    out = cli(*FIX, "--lang", "zh", "-n", "a.md").out
    assert out.startswith("将修正 a.md: 不通过 -> 通过")
    assert "已解决 错误[implicit.key-spelling] 隐式标识的字段名" in out


def test_anothers_label_fails_in_one_clear_line(cli, bad):
    done = cli("fix", "--producer", "Other", "--in-place", "a.md")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("aigc-label: a.md: bears the label of 'Studio'")
    assert done.err.count("\n") == 1
    assert bad.read_text("utf-8") == BAD


def test_a_folder(cli, bad, tmp_path, sample):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    shutil.copy(bad, tmp_path / "in" / "deep" / "b.md")
    (tmp_path / "in" / "c.md").write_text(BAD.replace("Studio", "Other"), encoding="utf-8")
    (tmp_path / "in" / "x.bin").write_bytes(b"\0" * 64)
    sample("picture.jpg", to="in/p.jpg")
    done = cli(*FIX, "-r", "in", "--output-dir", "out", "--no-explicit", "-j", "2")
    assert done.code == 1
    assert "5 files" not in done.err
    assert "4 files: 1 failed, 2 fixed, 1 skipped (unknown formats)" in done.err
    assert dict(read(tmp_path / "out" / "deep" / "b.md").labels[0].fields)["ProduceID"] == "42"
    assert not (tmp_path / "out" / "c.md").exists()
    quiet = cli(*FIX, "-r", "in", "--output-dir", "more", "--no-explicit", "-q")
    assert (quiet.code, quiet.out) == (1, "")


@pytest.mark.usefixtures("bad")
def test_as_json(cli, tmp_path):
    (tmp_path / "b.md").write_text(BAD.replace("Studio", "Other"), encoding="utf-8")
    done = cli(*FIX, "-n", "--output-format", "json", "a.md", "b.md")
    assert done.code == 1
    good, refused = json.loads(done.out)["fixes"]
    assert (good["path"], good["ok"], good["dry_run"]) == ("a.md", True, True)
    assert "only its owner may mend it" in refused["error"]
    lines = cli(*FIX, "-n", "--output-format", "jsonl", "a.md", "b.md").out.splitlines()
    assert [json.loads(line)["ok"] for line in lines] == [True, False]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["a.md", "-n"], "whose labels? give --producer CODE"),
        (["a.md", "--producer", "P"], "where shall results go?"),
        (["a.md", "--producer", "0011" + "9" * 20, "-n"], "a provider code has 27 characters"),
        (["a.md", "b.md", "--producer", "P", "-n", "--produce-id", "1"], "numbers one content"),
        (["a.md", "--producer", "P", "-n", "--profile", "stict"], "did you mean 'strict'?"),
        (["in", "-r", "--producer", "P", "-n"], "no file to work on below in"),
    ],
)
def test_what_cannot_be_is_said_first(cli, bad, tmp_path, argv, words):
    shutil.copy(bad, tmp_path / "b.md")
    (tmp_path / "in").mkdir()
    done = cli("fix", *argv)
    assert done.code == 2
    assert words in done.err
    assert bad.read_text("utf-8") == BAD


@pytest.mark.usefixtures("plugin")
def test_a_bug_is_said_to_be_one(cli, tmp_path):
    (tmp_path / "a.trial").write_bytes(b"BUG!")
    done = cli(*FIX, "-n", "a.trial")
    assert done.code == 3
    assert "a bug in aigc-label" in done.err


def test_a_missing_program_is_no_fault_of_the_file(cli, sample, monkeypatch):
    monkeypatch.setenv("AIGC_LABEL_FFMPEG", "/nowhere/ffmpeg")
    sample("film.mp4")
    before = cli("check", "film.mp4", "--output-format", "json").out
    done = cli(*FIX, "film.mp4", "-n")
    if "explicit.missing" in before:  # somebody could look, so a mark is to be drawn
        assert done.code == 2
    else:
        assert "nobody has seen" in done.out


@pytest.mark.parametrize("name", ["picture.jpg", "melody.mp3", "poem.md"])
def test_the_advice_of_a_check_mends_the_very_file(cli, sample, name):
    """The commands of the findings, run as they are printed, leave nothing that fails."""
    sample(name)
    ran = set()
    for _ in range(3):
        report = json.loads(cli("check", name, "--output-format", "json").out)["reports"][0]
        failing = [f for f in report["findings"] if f["kind"] == "fail"]
        if not failing:
            break
        advice = failing[0]["advice"].replace("CODE", "Studio")
        words = shlex.split(advice[advice.index("aigc-label") :])[1:]
        ran.add(words[0])
        assert cli(*words).code == 0
    assert not failing
    assert ran == {"label"}


def test_the_advice_on_a_bad_label_is_to_fix_it(cli, bad):
    report = json.loads(cli("check", "a.md", "--output-format", "json").out)["reports"][0]
    for finding in report["findings"]:
        words = shlex.split(finding["advice"][finding["advice"].index("aigc-label") :])
        if words[1] == "fix":
            assert words == ["aigc-label", "fix", "a.md", "--producer", "Studio", "--in-place"]
    assert cli(*words[1:]).code == 0
    assert check(bad).ok


def test_the_advice_on_labels_of_real_files_mends_them(cli, corpus):
    """Three files for each rule: the command, run as it is printed, takes the finding away."""
    ran: Counter[str] = Counter()
    for file in corpus:
        if file.kind not in ("labelled", "variants"):
            continue
        name = file.path.name
        shutil.copy(file.path, name)
        for finding in check(name, only="implicit").findings:
            at = finding.advice.find("aigc-label fix")
            if at < 0 or finding.level == "note" or ran[finding.rule] >= 3:
                continue
            shutil.copy(file.path, name)
            done = cli(*shlex.split(finding.advice[at:])[1:])
            if "only its owner" in done.err or "its label" in done.err:
                continue  # a person has to say what is right first
            assert done.code == 0, (file.id, finding.rule, done.err)
            left = {each.rule for each in check(name, only="implicit").findings}
            assert finding.rule not in left, file.id
            ran[finding.rule] += 1
    assert len(ran) >= 7
