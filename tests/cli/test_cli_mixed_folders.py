"""A folder with formats that take no explicit mark: one run labels all of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aigc_label import ImplicitLabel, NoMark, label, read
from aigc_label.explicit_label import ExplicitLabel
from credential_samples import identity

FIXTURES = Path(__file__).parents[2] / "fixtures"
BARE = next(path for path in sorted((FIXTURES / "jxl").rglob("*.jxl")) if "plain" in str(path))
ASK = ("label", "--producer", "Studio", "--in-place")


@pytest.fixture
def folder(tmp_path, sample):
    sample("poem.md", to="media/poem.md")
    for name in ("a.jxl", "b.jxl"):
        shutil.copyfile(BARE, tmp_path / "media" / name)
    return tmp_path / "media"


def test_formats_without_a_marker_get_the_implicit_label_and_a_note(cli, folder):
    done = cli(*ASK, "-r", "media")
    assert done.code == 0
    assert "a.jxl: note: jxl takes no explicit mark" in done.err
    assert "the same for 1 more" in done.err
    assert "3 files: 3 labelled" in done.err
    for name in ("a.jxl", "b.jxl", "poem.md"):
        assert len(read(folder / name).labels) == 1
    assert "AI生成" in (folder / "poem.md").read_text("utf-8")
    again = cli(*ASK, "-r", "media")
    assert (again.code, again.out.count("unchanged")) == (0, 3)


@pytest.mark.parametrize("argv", [("media/a.jxl",), ("-r", "media", "--explicit")])
def test_a_named_file_and_a_mark_that_is_insisted_on_are_refused(cli, folder, argv):
    before = (folder / "a.jxl").read_bytes()
    done = cli(*ASK, *argv)
    assert done.code == 1
    assert "a.jxl: no explicit mark can be put into jxl" in done.err
    assert "--no-explicit" in done.err
    assert (folder / "a.jxl").read_bytes() == before


def test_a_dry_run_says_the_same(cli, folder):
    before = (folder / "a.jxl").read_bytes()
    done = cli(*ASK[:-1], "-n", "-r", "media")
    assert done.code == 0
    assert "would be labelled media/a.jxl: jxl.xmp" in done.out
    assert (folder / "a.jxl").read_bytes() == before


def test_callers_can_tell_it_from_a_file_that_cannot_be_marked():
    made = ImplicitLabel(content_producer="P", produce_id="1")
    with pytest.raises(NoMark):
        label(BARE, made, explicit=ExplicitLabel())


@pytest.fixture
def signs(tmp_path):
    one = identity()
    (tmp_path / "chain.pem").write_bytes(one.chain)
    (tmp_path / "key.pem").write_bytes(one.key)
    return ("--c2pa", "--c2pa-cert", "chain.pem", "--c2pa-key", "key.pem")


@pytest.mark.parametrize(
    "verb",
    [
        ("label", "--producer", "Studio", "--no-explicit"),
        ("propagate", "--propagator", "Platform", "--declared"),
    ],
)
def test_formats_that_hold_no_credentials_do_without_below_a_folder(cli, folder, verb, signs):
    line = (*verb, "--in-place", *signs)
    before = (folder / "poem.md").read_bytes()
    for refused in (("media/poem.md",), ("-r", "media", "--c2pa-required")):
        done = cli(*line, *refused)
        assert done.code == 1
        assert "poem.md: markdown cannot hold content credentials" in done.err
        assert (folder / "poem.md").read_bytes() == before
    done = cli(*line, "-r", "media")
    assert done.code == 0
    assert "poem.md: note: it bears no content credentials: markdown cannot" in done.err
    assert len(read(folder / "poem.md").labels) == 1


def test_what_is_required_of_credentials_is_asked_for(cli, folder):
    done = cli(*ASK, "--c2pa-required", "-r", str(folder))
    assert done.code == 2
    assert "--c2pa-required is about content credentials; ask for them with --c2pa" in done.err
