"""Mixed folders: what a format does not take is left out with a note, or insisted on."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from aigc_label import ExplicitLabel, NotSignable, api
from aigc_label.errors import Malformed
from aigc_label.library import bearing, reports
from aigc_label.library.actions import Labelling, Propagating
from aigc_label.library.ledger import NAME, Ledger
from aigc_label.library.signing import Signer
from aigc_label.model import ImplicitLabel
from aigc_label.provenance.credentials import Credentials
from credential_samples import identity

FIXTURES = Path(__file__).parents[2] / "fixtures"
BESIDE_ONLY = "markdown cannot hold content credentials"
PACKED = "C2PA signs documents only where their parts are stored uncompressed"


@pytest.fixture
def signer(tmp_path):
    one = identity()
    (tmp_path / "chain.pem").write_bytes(one.chain)
    (tmp_path / "key.pem").write_bytes(one.key)
    return {"chain": str(tmp_path / "chain.pem"), "key": str(tmp_path / "key.pem")}


@pytest.fixture
def mixed(tree):
    """A picture, a text, a document, and a format that takes no mark."""
    for path in sorted(tree.rglob("*.png")):
        path.unlink()
    Image.new("RGB", (160, 120), "white").save(tree / "a.png")
    (tree / "poem.md").write_text("# Poem\n")
    for name in ("docx", "jxl"):
        found = next(path for path in sorted((FIXTURES / name / "plain").rglob(f"*.{name}")))
        shutil.copyfile(found, tree / f"a.{name}")
    return tree


def noted(row):
    return [note for *_, note in json.loads(row["findings"] or "[]")]


@pytest.mark.usefixtures("mixed")
def test_files_that_hold_no_credentials_bear_their_label(labelling, run, rows, tmp_path, signer):
    request = Labelling(producer="X", explicit=ExplicitLabel(), credentials=Signer(**signer))
    plan = labelling(request=request)
    assert run(plan).files == {"labelled": 4}
    table = rows(tmp_path / "out" / NAME)
    assert noted(table[b"a.png"]) == []
    assert any(BESIDE_ONLY in note for note in noted(table[b"poem.md"]))
    assert any(PACKED in note for note in noted(table[b"a.docx"]))
    assert any("takes no explicit mark" in note for note in noted(table[b"a.jxl"]))
    for key in table:
        seen = api.check(str(tmp_path / "out" / key.decode()), only="implicit").inspection
        assert len(seen.labels) == 1
        assert any(signal.scheme == "c2pa" for signal in seen.signals) is key.endswith(
            (b"png", b"jxl")
        )
    assert run(plan).files == {}
    with Ledger(str(tmp_path / "out" / NAME), readonly=True) as ledger:
        for name in reports.NAMES:
            stream = io.StringIO()
            reports.get(name)(ledger, "label", stream)
            assert BESIDE_ONLY in stream.getvalue()


@pytest.mark.usefixtures("mixed")
def test_credentials_that_are_required_fail_the_file(labelling, run, rows, tmp_path, signer):
    request = Labelling(producer="X", credentials=Signer(**signer, required=True))
    assert run(labelling(request=request)).files == {"labelled": 2, "failed": 2}
    table = rows(tmp_path / "out" / NAME)
    assert BESIDE_ONLY in table[b"poem.md"]["reason"]
    assert PACKED in table[b"a.docx"]["reason"]
    assert not (tmp_path / "out" / "poem.md").exists()


@pytest.mark.usefixtures("mixed")
def test_a_platform_writes_its_elements_without_credentials(labelling, run, tmp_path, signer):
    for required, counts in ((False, {"propagated": 4}), (True, {"propagated": 2, "failed": 2})):
        request = Propagating(
            propagator="P", declared=True, credentials=Signer(**signer, required=required)
        )
        assert run(labelling(request=request, dest=str(tmp_path / str(required)))).files == counts


def test_credentials_that_stand_beside_a_file_are_still_not_broken(
    labelling, run, mixed, tmp_path, signer
):
    (mixed / "poem.md.c2pa").write_bytes(b"somebody's")
    request = Labelling(producer="X", credentials=Signer(**signer))
    plan = labelling(request=request, dest=None, include=("*.md",), ledger=str(tmp_path / "l"))
    assert run(plan).files == {"failed": 1}
    assert (mixed / "poem.md").read_text() == "# Poem\n"


def test_callers_can_tell_a_format_from_a_file(signer):
    made = ImplicitLabel(content_producer="P", produce_id="1")
    credentials = Credentials.load(signer["chain"], signer["key"])
    with pytest.raises(NotSignable) as caught:
        api.label(b"# Poem\n", made, name="poem.md", credentials=credentials)
    assert caught.value.format == "markdown"


def test_other_refusals_are_not_fallen_back_from():
    asked = []

    def broken(**parts):
        asked.append(parts)
        raise Malformed("cut off")

    with pytest.raises(Malformed):
        bearing.written(broken, (), explicit=ExplicitLabel(), credentials=object())
    assert len(asked) == 1
