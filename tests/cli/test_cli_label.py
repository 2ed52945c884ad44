"""``label`` and ``propagate``: what is written, where, and what is said of it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import uuid

import pytest

from aigc_label import read

CODE = "001191350100M000100Y4300000"
IMPLICIT = ("label", "--producer", CODE, "--no-explicit")


def fields(path):
    """The fields of a file's only label."""
    (label,) = read(path).labels
    return dict(label.fields)


@pytest.mark.parametrize("name", ["picture.jpg", "melody.mp3", "film.mp4", "poem.md"])
def test_one_file_to_another(cli, sample, tmp_path, name):
    source = sample(name)
    before = source.read_bytes()
    done = cli(*IMPLICIT, name, "-o", f"out/{name}")
    assert done.code == 0
    assert done.err == ""
    found = fields(tmp_path / "out" / name)
    assert found["Label"] == "1"
    assert found["ContentProducer"] == found["ContentPropagator"] == CODE
    assert uuid.UUID(found["ProduceID"]).version == 4
    assert found["PropagateID"] == found["ProduceID"]
    assert done.out.startswith(f"labelled {name} -> out/{name}: ")
    assert found["ProduceID"] in done.out
    assert source.read_bytes() == before


def test_every_field_can_be_given(cli, sample, tmp_path):
    sample("picture.jpg")
    argv = ["--produce-id", "a/1", "--reserved-code", "rc", "--label", "2"]
    done = cli(
        *IMPLICIT, *argv, "--propagator", "Q", "--propagate-id", "b", "picture.jpg", "-o", "o"
    )
    assert done.code == 0
    assert fields(tmp_path / "o") == {
        "Label": "2",
        "ContentProducer": CODE,
        "ProduceID": "a/1",
        "ReservedCode1": "rc",
        "ContentPropagator": "Q",
        "PropagateID": "b",
        "ReservedCode2": "",
    }


def test_a_propagator_without_a_number_gets_one_and_keeps_it(cli, sample, tmp_path):
    sample("picture.jpg")
    argv = (*IMPLICIT, "--propagator", "Q", "picture.jpg", "--in-place")
    assert cli(*argv).code == 0
    first = fields(tmp_path / "picture.jpg")
    assert first["PropagateID"] != first["ProduceID"]
    assert cli(*argv).out.startswith("unchanged picture.jpg")
    assert fields(tmp_path / "picture.jpg") == first


def test_in_place_twice_changes_nothing_the_second_time(cli, sample):
    path = sample("picture.jpg")
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18))
    argv = ("label", "--producer", CODE, "--in-place", "picture.jpg")
    first = cli(*argv)
    assert first.code == 0
    assert "AI生成" in first.out
    once = path.read_bytes()
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_mtime_ns) == (0o640, 10**18)
    second = cli(*argv)
    assert (second.code, second.err) == (0, "")
    assert second.out == "unchanged picture.jpg: it already bears all of it\n"
    assert path.read_bytes() == once


def test_a_dry_run_writes_nothing_and_needs_no_output(cli, sample, tmp_path):
    path = sample("picture.jpg")
    before = path.read_bytes()
    done = cli("label", "--producer", CODE, "-n", "picture.jpg")
    assert done.code == 0
    assert done.out.startswith("would be labelled picture.jpg: jpeg.xmp; text AI生成 bottom-right")
    assert "ProduceID" not in done.out
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["picture.jpg"]


def test_plain_text_bears_the_explicit_mark_only_and_a_note_says_so(cli, tmp_path):
    (tmp_path / "note.txt").write_text("正文\n", encoding="utf-8")
    done = cli("label", "--producer", CODE, "note.txt", "--in-place", "--places", "start,end")
    assert done.code == 0
    assert "note.txt: note: " in done.err
    assert "no place for an implicit label" in done.err
    assert (tmp_path / "note.txt").read_text("utf-8").count("AI生成") == 2
    refused = cli(*IMPLICIT, "note.txt", "--in-place")
    assert refused.code == 1
    assert "note.txt: plaintext has no place for an implicit label" in refused.err


def test_another_producers_label_is_protected(cli, sample):
    path = sample("picture.jpg")
    cli(*IMPLICIT, "picture.jpg", "--in-place")
    labelled = path.read_bytes()
    done = cli("label", "--producer", "Somebody else", "picture.jpg", "--in-place")
    assert done.code == 1
    assert f"picture.jpg: bears the label of '{CODE}'" in done.err
    assert "use `propagate`" in done.err
    assert path.read_bytes() == labelled


class TestWhoAndWhat:
    def test_the_producer_comes_from_option_environment_or_file(
        self, cli, sample, tmp_path, monkeypatch
    ):
        def producer(*argv):
            sample("picture.jpg")
            done = cli("label", *argv, "--no-explicit", "--in-place", "picture.jpg")
            assert done.code == 0
            return fields(tmp_path / "picture.jpg")["ContentProducer"]

        (tmp_path / "pyproject.toml").write_text('[tool.aigc-label]\nproducer = "file"')
        assert producer() == "file"
        monkeypatch.setenv("AIGC_LABEL_PRODUCER", "environment")
        assert producer() == "environment"
        assert producer("--producer", "option") == "option"

    def test_explicit_comes_from_the_file_too(self, cli, sample, tmp_path):
        sample("poem.md")
        (tmp_path / "aigc-label.toml").write_text('text = "由AI合成"\nplaces = ["end"]')
        done = cli("label", "--producer", CODE, "poem.md", "-o", "out.md")
        assert done.code == 0
        assert (tmp_path / "out.md").read_text("utf-8").rstrip().endswith("由AI合成")
        (tmp_path / "aigc-label.toml").write_text("explicit = false")
        cli("label", "--producer", CODE, "poem.md", "-o", "none.md")
        assert "AI生成" not in (tmp_path / "none.md").read_text("utf-8")
        cli("label", "--producer", CODE, "--explicit", "poem.md", "-o", "some.md")
        assert "AI生成" in (tmp_path / "some.md").read_text("utf-8")

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            ([], "who made this? give --producer CODE"),
            (["--producer", "0011" + "9" * 23], "fails its check character"),
            (["--producer", "001191350100M000100Y430000"], "has 27 characters, this one has 26"),
            (["--producer", "P", "--produce-id", ""], "ProduceID must not be empty"),
            (["--producer", "P\n"], "contains U+000A"),
            (["--producer", "P", "--text", "智能创作"], "does not meet clause 5"),
            (["--producer", "P", "--height", "4%"], "0.04 of the shortest side is outside"),
            (["--producer", "P", "--places", "top"], "places must name start, middle or end"),
            (["--producer", "P", "--seconds", "1"], "seconds must be 2 or more"),
            (["--producer", "P", "--position", "botom-left"], "did you mean 'bottom-left'"),
        ],
    )
    def test_what_cannot_be_is_said_before_any_file_is_touched(self, cli, sample, argv, words):
        path = sample("picture.jpg")
        before = path.read_bytes()
        done = cli("label", *argv, "picture.jpg", "--in-place")
        assert done.code == 2
        assert words in done.err
        assert done.err.count("\n") == 1
        assert path.read_bytes() == before

    @pytest.mark.parametrize("option", ["--produce-id", "--propagate-id"])
    def test_one_number_cannot_stand_for_two_contents(self, cli, sample, option):
        sample("picture.jpg")
        sample("poem.md")
        done = cli(*IMPLICIT, option, "1", "picture.jpg", "poem.md", "-n")
        assert done.code == 2
        assert f"{option} numbers one content, and there are 2 files" in done.err

    def test_a_suspected_file_needs_no_producer(self, cli, sample, tmp_path):
        sample("picture.jpg")
        argv = "label --label 3 --propagator Q --no-explicit -o o.jpg picture.jpg"
        done = cli(*argv.split())
        assert done.code == 0
        found = fields(tmp_path / "o.jpg")
        assert (found["Label"], found["ContentProducer"], found["ProduceID"]) == ("3", "", "")
        assert found["ContentPropagator"] == "Q"


class TestOutputs:
    def test_an_existing_output_needs_force(self, cli, sample, tmp_path):
        sample("picture.jpg")
        (tmp_path / "o.jpg").write_bytes(b"mine")
        refused = cli(*IMPLICIT, "picture.jpg", "-o", "o.jpg")
        assert refused.code == 2
        assert "o.jpg exists" in refused.err
        assert (tmp_path / "o.jpg").read_bytes() == b"mine"
        assert cli(*IMPLICIT, "picture.jpg", "-o", "o.jpg", "--force").code == 0
        assert fields(tmp_path / "o.jpg")["ContentProducer"] == CODE

    def test_in_a_batch_it_is_that_files_failure(self, cli, sample, tmp_path):
        sample("picture.jpg")
        sample("poem.md")
        sample("poem.md", to="out/poem.md")
        done = cli(*IMPLICIT, "picture.jpg", "poem.md", "--output-dir", "out")
        assert done.code == 1
        assert "poem.md: out/poem.md: exists; choose another output, or overwrite" in done.err
        assert fields(tmp_path / "out" / "picture.jpg")

    def test_a_tree_is_mirrored_and_left_out_of_itself(self, cli, sample, tmp_path):
        sample("picture.jpg", to="in/a/x.jpg")
        sample("picture.jpg", to="in/b/x.jpg")
        sample("melody.mp3", to="in/m.mp3")
        (tmp_path / "in" / "data.bin").write_bytes(b"\x00" * 64)
        for _ in range(2):
            done = cli(*IMPLICIT, "-r", "in", "--output-dir", "in/out", "--force", "-j", "2")
            assert done.code == 0
            assert [line.split(" ->")[0] for line in done.out.splitlines()] == [
                "labelled in/a/x.jpg",
                "labelled in/b/x.jpg",
                "labelled in/m.mp3",
            ]
            assert done.err == ("aigc-label: 4 files: 3 labelled, 1 skipped (unknown formats)\n")
        made = sorted(p for p in (tmp_path / "in" / "out").rglob("*") if p.is_file())
        assert [str(p.relative_to(tmp_path)) for p in made] == [
            "in/out/a/x.jpg",
            "in/out/b/x.jpg",
            "in/out/m.mp3",
        ]
        assert len({fields(path)["ProduceID"] for path in made}) == 3

    def test_nothing_to_do_is_not_a_success(self, cli, tmp_path):
        (tmp_path / "in").mkdir()
        assert cli(*IMPLICIT, "-r", "in", "--in-place").code == 2
        (tmp_path / "in" / "data.bin").write_bytes(b"\x00" * 64)
        done = cli(*IMPLICIT, "-r", "in", "--in-place")
        assert done.code == 2
        assert "no file to work on below in; 1 skipped (unknown formats)" in done.err

    def test_odd_names_are_fine(self, cli, tmp_path, sample):
        data = sample("picture.jpg").read_bytes()
        names = [
            b"-r",
            b"--help.jpg",
            b"line\nbreak.jpg",
            b"\xff\xfe.jpg",
            "图 片.jpg".encode(),
            b"-",
        ]
        for name in names:
            (tmp_path / os.fsdecode(name)).write_bytes(data)
        done = cli(*IMPLICIT, "--in-place", "--", *map(os.fsdecode, names))
        assert done.code == 0
        assert len(done.out.splitlines()) == len(names)
        assert "line\\nbreak.jpg" in done.out
        assert "\\udcff\\udcfe.jpg" in done.out
        assert all(fields(os.fsdecode(name)) for name in names)

    def test_options_and_paths_come_in_any_order(self, cli, sample, tmp_path):
        sample("picture.jpg")
        sample("poem.md")
        argv = "label picture.jpg --producer P poem.md --no-explicit --output-dir out -q"
        done = cli(*argv.split())
        assert (done.code, done.out, done.err) == (0, "", "")
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["picture.jpg", "poem.md"]


class TestFailures:
    def test_one_failure_never_stops_the_rest(self, cli, sample, tmp_path):
        sample("picture.jpg", to="in/z.jpg")
        (tmp_path / "in" / "empty.png").touch()
        cut = sample("film.mp4", to="in/cut.mp4")
        cut.write_bytes(cut.read_bytes()[:5000])
        (tmp_path / "in" / "odd.xyz").write_bytes(b"\x00odd")
        done = cli(*IMPLICIT, "-r", "in", "missing.jpg", "in/odd.xyz", "--in-place")
        assert done.code == 1
        lines = done.err.splitlines()
        assert re.fullmatch(r"aigc-label: in/cut.mp4: .+; .+", lines[0])
        assert lines[1] == "aigc-label: in/empty.png: the file is empty; generate or fetch it again"
        assert lines[2] == (
            "aigc-label: missing.jpg: no such file or directory; check the spelling of the path"
        )
        assert lines[3] == "aigc-label: 5 files: 1 labelled, 3 failed, 1 skipped (unknown formats)"
        assert done.out.startswith("labelled in/z.jpg: jpeg.xmp")
        assert fields(tmp_path / "in" / "z.jpg")

    def test_an_unknown_file_that_was_named_is_a_failure(self, cli, tmp_path):
        (tmp_path / "odd.xyz").write_bytes(b"\x00odd")
        done = cli(*IMPLICIT, "odd.xyz", "--in-place")
        assert done.code == 1
        assert "odd.xyz: no supported format claims these bytes" in done.err

    def test_a_name_that_its_bytes_belie_is_said(self, tmp_path, cli):
        (tmp_path / "odd.heic").write_bytes(b"\x00odd")
        done = cli(*IMPLICIT, "odd.heic", "--in-place")
        assert done.code == 1
        assert "odd.heic: its name ends in .heic, but its bytes are of another kind" in done.err

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_what_libraries_remark_is_not_printed(self, shell, tmp_path, jobs):
        from PIL import Image

        exif = Image.Exif()
        exif[0x010F] = "a maker"
        for name in "ab":
            Image.new("RGB", (640, 480), "red").save(tmp_path / f"{name}.jpg", exif=exif)
            data = (tmp_path / f"{name}.jpg").read_bytes()
            at = data.index(b"Exif\0\0") + 6  # the first tag's length becomes larger than the file
            data = (
                data[: at + 14]
                + b"\xff\xff\0\0"[:: 1 if data[at] == 0x49 else -1]
                + data[at + 18 :]
            )
            (tmp_path / f"{name}.jpg").write_bytes(data)
        done = shell("label", "--producer", "P", "-n", "a.jpg", "b.jpg", "-j", jobs)
        assert done.err == "aigc-label: dry run: 2 files: 2 labelled\n"

    def test_a_folder_without_r(self, cli, tmp_path):
        (tmp_path / "in").mkdir()
        done = cli(*IMPLICIT, "in", "--in-place")
        assert done.code == 2
        assert done.err == "aigc-label: in is a folder; add -r for the files below it\n"

    def test_an_output_below_a_file_is_that_files_failure(self, cli, sample, tmp_path):
        sample("picture.jpg")
        (tmp_path / "plain").touch()
        done = cli(*IMPLICIT, "picture.jpg", "-o", "plain/o.jpg")
        assert done.code == 1
        assert "picture.jpg: plain" in done.err

    def test_a_missing_ffmpeg_says_what_to_do(self, cli, sample, monkeypatch):
        monkeypatch.setenv("AIGC_LABEL_FFMPEG", "/nowhere/ffmpeg")
        path = sample("film.mp4")
        before = path.read_bytes()
        done = cli("label", "--producer", "P", "film.mp4", "--in-place")
        assert done.code == 2
        assert "film.mp4: AIGC_LABEL_FFMPEG names '/nowhere/ffmpeg'" in done.err
        assert path.read_bytes() == before


class TestPropagate:
    def test_the_producers_fields_stay(self, cli, sample, tmp_path):
        sample("film.mp4")
        cli(*IMPLICIT, "film.mp4", "--produce-id", "7", "--in-place")
        argv = ("propagate", "--propagator", "Q", "film.mp4", "-o")
        done = cli(*argv, "o.mp4", "--propagate-id", "8", "--reserved-code", "rc")
        assert done.code == 0
        assert done.out.startswith("propagated film.mp4 -> o.mp4: mp4.keys")
        assert fields(tmp_path / "o.mp4") == {
            "Label": "1",
            "ContentProducer": CODE,
            "ProduceID": "7",
            "ReservedCode1": "",
            "ContentPropagator": "Q",
            "PropagateID": "8",
            "ReservedCode2": "rc",
        }

    def test_a_declared_file_may_be_generated(self, cli, sample, tmp_path, monkeypatch):
        sample("melody.mp3")
        monkeypatch.setenv("AIGC_LABEL_PROPAGATOR", "Q")
        done = cli("propagate", "--declared", "melody.mp3", "--in-place")
        assert done.code == 0
        found = fields(tmp_path / "melody.mp3")
        assert (found["Label"], found["ContentPropagator"]) == ("2", "Q")

    def test_without_any_trace_nothing_is_written(self, cli, sample):
        path = sample("picture.jpg")
        before = path.read_bytes()
        done = cli("propagate", "--propagator", "Q", "picture.jpg", "--in-place")
        assert done.code == 1
        assert "say --declared if its user declares it" in done.err
        assert path.read_bytes() == before

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            ([], "which platform? give --propagator CODE"),
            (["--propagator", "001191350100M000100Y430000"], "has 27 characters"),
            (["--propagator", "Q", "--propagate-id", "1"], "and there are 2 files"),
        ],
    )
    def test_what_cannot_be_is_said_first(self, cli, sample, argv, words):
        sample("picture.jpg")
        sample("poem.md")
        done = cli("propagate", *argv, "picture.jpg", "poem.md", "--in-place")
        assert done.code == 2
        assert words in done.err


def test_processes_give_the_same_as_one(cli, sample, tmp_path):
    for folder in ("one", "many"):
        for name in ("picture.jpg", "melody.mp3", "film.mp4", "poem.md"):
            sample(name, to=f"{folder}/{name}")
    argv = ("label", "--producer", CODE, "--in-place", "-r")
    one, many = cli(*argv, "one", "-j", "1"), cli(*argv, "many", "-j", "2")
    assert (one.code, many.code) == (0, 0)
    strip = re.compile(r"ProduceID=\S+|\b(one|many)/")
    assert strip.sub("", one.out) == strip.sub("", many.out)
    shutil.rmtree(tmp_path / "one")


@pytest.mark.parametrize(
    ("name", "said"),
    [("o.png", "o.png is jpeg as the input is; nothing is converted"), ("o.JPE", ""), ("o.x", "")],
)
def test_a_name_of_another_format_is_noted(cli, sample, name, said):
    done = cli(*IMPLICIT, sample("picture.jpg"), "-o", name)
    assert (done.code, said in done.err, bool(done.err)) == (0, True, bool(said))
