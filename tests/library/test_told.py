"""What a batch says where something is odd, and nothing is wrong with a file."""

from __future__ import annotations

import pytest

from aigc_label import api
from aigc_label.cli.batch_progress import described
from aigc_label.errors import UsageError
from aigc_label.library.actions import Propagating


@pytest.mark.parametrize("given", ["A-1", 7, ["produce_id"], [("produce_id", "A-1")]])
def test_a_callable_that_gives_no_mapping_is_told_in_a_line(labelling, run, given):
    with pytest.raises(UsageError, match=r"^metadata gave .* for 'top\.png'; let it") as caught:
        run(labelling(), metadata=lambda _: given)
    assert "\n" not in str(caught.value)
    assert repr(given) in str(caught.value)


def test_what_a_callable_gives_is_told_with_its_file(labelling, run):
    with pytest.raises(UsageError, match=r"^metadata of 'top\.png': attribution is 1, 2 or 3"):
        run(labelling(), metadata=lambda _: {"attribution": "maybe"})


def test_another_number_for_what_is_done_is_counted(labelling, run, tree, tmp_path):
    (tree / "2" / "bad.png").write_bytes(b"bad")
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,produce_id,text\ntop.png,A-1,\n0/00.png,A-2,\n2/bad.png,A-3,\n")
    plan = labelling(manifest=str(manifest))
    assert run(plan).numbered == 0
    assert run(plan).numbered == 0
    manifest.write_text("path,produce_id,text\ntop.png,B-1,\n0/00.png,A-2,\n2/bad.png,B-3,\n")
    summary = run(plan)
    assert (summary.numbered, summary.known) == (2, 2)
    assert "2 rows of the manifest with another number than the file has" in described(summary)
    fields = api.read(str(tmp_path / "out" / "top.png")).labels[0].fields
    assert fields["ProduceID"] == "A-1"
    manifest.write_text("path,produce_id,text\ntop.png,,other words\n")
    assert run(plan).numbered == 0


def test_a_platforms_numbers_are_its_own(labelling, run, tmp_path):
    run(labelling(dest=None))
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,propagate_id\ntop.png,P-1\n")
    plan = labelling(
        request=Propagating(propagator="Platform"),
        dest=str(tmp_path / "shared"),
        manifest=str(manifest),
    )
    assert (run(plan).files, run(plan).numbered) == ({"propagated": 1}, 0)
    manifest.write_text("path,propagate_id\ntop.png,P-2\n")
    assert run(plan).numbered == 1


def test_a_check_and_what_is_mended_have_no_numbers_of_their_own(
    labelling, checking, run, tmp_path
):
    run(labelling(dest=None))
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,produce_id\ntop.png,Z-9\n")
    assert [run(checking(manifest=str(manifest))).numbered for _ in range(2)] == [0, 0]
