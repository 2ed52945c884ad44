"""From paths to files, and from inputs to outputs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aigc_label.cli.outputs import Outputs
from aigc_label.cli.paths import Input, expand
from aigc_label.errors import UsageError


@pytest.fixture
def tree(tmp_path):
    for name in ("b/2.png", "b/1.png", "a.png", "c/d/e.png", ".hidden/f.png", "B.png"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def below(*paths, **options):
    return [item.path for item in expand(paths, recursive=True, **options)]


@pytest.mark.usefixtures("tree")
def test_a_folder_is_walked_in_one_order_with_hidden_files():
    assert list(expand(["root"], recursive=True)) == [
        Input(f"root/{name}", name)
        for name in (".hidden/f.png", "B.png", "a.png", "b/1.png", "b/2.png", "c/d/e.png")
    ]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("root", ["root/", "./root", "root/../root"])
def test_what_is_below_a_folder_does_not_depend_on_how_it_is_written(root):
    assert [item.below for item in expand([root], recursive=True)][:3] == [
        ".hidden/f.png",
        "B.png",
        "a.png",
    ]


@pytest.mark.usefixtures("tree")
def test_a_file_named_twice_comes_once():
    assert below("root/b", "root/b/1.png", "./root/b/2.png", "root") == [
        "root/b/1.png",
        "root/b/2.png",
        "root/.hidden/f.png",
        "root/B.png",
        "root/a.png",
        "root/c/d/e.png",
    ]


def test_links_to_files_count_and_links_to_folders_are_not_followed(tree):
    (tree / "root" / "c" / "loop").symlink_to(tree / "root")
    (tree / "root" / "c" / "link.png").symlink_to(tree / "root" / "a.png")
    (tree / "root" / "c" / "dangling.png").symlink_to(tree / "nowhere")
    (tree / "root" / "c" / "self.png").symlink_to("self.png")
    assert below("root/c") == ["root/c/d/e.png", "root/c/link.png", "root/c/self.png"]
    assert below("root/c/loop")[0] == "root/c/loop/.hidden/f.png"  # a root may be a link


def test_our_own_unfinished_files_and_what_is_no_file_are_left_out(tree):
    (tree / "root" / ".0123456789ab.aigc-label-part").touch()
    os.mkfifo(tree / "root" / "b" / "pipe")
    assert "root/.0123456789ab.aigc-label-part" not in below("root")
    assert below("root/b") == ["root/b/1.png", "root/b/2.png"]


@pytest.mark.usefixtures("tree")
def test_the_folder_that_results_go_to_is_left_out():
    assert below("root", skip="root/b") == [
        "root/.hidden/f.png",
        "root/B.png",
        "root/a.png",
        "root/c/d/e.png",
    ]


def test_a_very_deep_tree_is_no_recursion(tmp_path):
    for _ in range(300):
        Path("d").mkdir()
        os.chdir("d")
    (tmp_path / "d" / "f").touch()
    os.chdir(tmp_path)
    assert below("d")[-1] == "d/f"


def test_a_folder_that_cannot_be_read_is_one_failure_and_the_rest_goes_on(tree):
    tree.chmod(0o755)
    (tree / "root" / "b").chmod(0)
    me = os.geteuid()
    try:
        if me == 0:  # root may read every folder
            os.seteuid(65534)
        assert below("root")[2:] == ["root/a.png", "root/b", "root/c/d/e.png"]
    finally:
        os.seteuid(me)


@pytest.mark.usefixtures("tree")
def test_no_paths_standard_input_and_folders_without_r_are_refused():
    with pytest.raises(UsageError, match="no files given"):
        expand([], recursive=True)
    with pytest.raises(UsageError, match="only `check -` takes standard input"):
        expand(["-"], recursive=True)
    with pytest.raises(UsageError, match="root is a folder; add -r"):
        expand(["root/a.png", "root"], recursive=False)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "where shall results go"),
        ({"file": "x", "folder": "y"}, "exclude one another"),
        ({"file": "x", "in_place": True}, "exclude one another"),
        ({"folder": "x", "in_place": True, "dry_run": True}, "exclude one another"),
    ],
)
def test_exactly_one_place_for_results(options, reason):
    with pytest.raises(UsageError, match=reason):
        Outputs(**options)


A, B = Input("x/a.png"), Input("y/a.png")


@pytest.mark.parametrize(
    ("options", "inputs", "targets"),
    [
        ({"file": "o.png"}, [A], ["o.png"]),
        ({"in_place": True}, [A, B], ["x/a.png", "y/a.png"]),
        ({"dry_run": True}, [A, B], [None, None]),
        ({"folder": "o"}, [A], ["o/a.png"]),
        ({"folder": "o"}, [Input("r/s/t.png", "s/t.png")], ["o/s/t.png"]),
        ({"folder": "o", "dry_run": True}, [A], ["o/a.png"]),
    ],
)
def test_each_input_has_its_output(options, inputs, targets):
    assert Outputs(**options).targets(inputs) == list(zip(inputs, targets, strict=True))


@pytest.mark.parametrize(
    ("options", "inputs", "reason"),
    [
        ({"folder": "o"}, [A, B], "x/a.png and y/a.png would both become o/a.png"),
        ({"file": "o.png"}, [A, B], "and there are 2"),
        ({"file": "o.png"}, [], "and there are 0"),
        ({"file": "o.png"}, [Input("r/a.png", "a.png")], "not of a folder"),
        ({"file": "x/../x/a.png"}, [A], "is itself an input; use --in-place"),
        ({"folder": "y"}, [A, B], "is itself an input"),
        ({"file": "there.png"}, [A], "there.png exists; .* --force"),
        ({"folder": "there"}, [A], "there/a.png exists"),
        ({"file": "there"}, [A], "is a folder; use --output-dir"),
        ({"file": "new/"}, [A], "is a folder; use --output-dir"),
        ({"file": ""}, [A], "the output has no name"),
        ({"file": "-"}, [A], "results go into files, not to standard output"),
        ({"folder": "there.png"}, [A], "there.png is no folder"),
    ],
)
def test_outputs_that_cannot_be_are_refused(tmp_path, options, inputs, reason):
    (tmp_path / "there.png").touch()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.png").touch()
    with pytest.raises(UsageError, match=reason):
        Outputs(**options).targets(inputs)


def test_force_overwrites(tmp_path):
    (tmp_path / "there.png").touch()
    assert Outputs(file="there.png", force=True).targets([A]) == [(A, "there.png")]
