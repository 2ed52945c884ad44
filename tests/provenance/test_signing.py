"""Content credentials wherever they stand: c2pa, our own look and foreign eyes agree."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import c2pa
import pytest

from aigc_label import (
    CannotCarry,
    ImplicitLabel,
    Origin,
    ReadBackMismatch,
    Trust,
    UsageError,
    carry,
    check,
    label,
    propagate,
    registry,
)
from aigc_label.asset import open_asset
from aigc_label.provenance import kinds, manifest, reading, signing, streams
from aigc_label.provenance.trust import settings
from credential_samples import credentials, identity
from foreign_tools import require

MADE = ImplicitLabel(content_producer="ExampleStudio", produce_id="42")
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
REFUSED = {
    "heif": {"alpha.heic", "rich.heic"},
    "avi": {"streamed.avi"},
    "mov": {"old.mov", "phone.mov"},
    "mp3": {"footer.mp3"},
    "svg": {"illustrator.svg", "potrace.svg"},
    "wav": {"bw64.wav", "rf64.wav"},
}
"""What c2pa 0.38 cannot sign, or would damage."""

PLAIN = {
    path
    for name in kinds.NAMES
    for path in (FIXTURES / name / "plain").iterdir()
    if path.suffix != ".json"
}
GOOD = sorted(path for path in PLAIN if path.name not in REFUSED.get(path.parts[-3], ()))
BAD = sorted(PLAIN - set(GOOD))
ONE_EACH = list({path.parts[-3]: path for path in GOOD}.values())


def trust():
    return Trust(anchors=identity().root)


def credential(data, name, whom=None):
    seen = check(data, name=name, only="implicit", c2pa=whom or trust()).inspection
    (signal,) = [one for one in seen.signals if one.scheme == "c2pa"]
    return signal


def verdict(data, name, whom=None):
    with open_asset(data, name=name) as asset:
        kind = reading.kind_of(registry.identify(asset).id)
    return reading.validated(io.BytesIO(data), kind, whom or trust())


def ids(path):
    return f"{path.parts[-3]}-{path.name}"


@pytest.mark.parametrize("path", GOOD, ids=ids)
def test_what_is_signed_validates_and_both_labels_are_read(path):
    written = label(path, MADE, credentials=credentials(repack=True))
    assert written.changed
    assert written.credentials == "embedded"
    report = check(written.data, name=path.name, only="implicit", c2pa=trust())
    assert [dict(found.fields) for found in report.inspection.labels] == [MADE.fields]
    (signal,) = [one for one in report.inspection.signals if one.scheme == "c2pa"]
    assert (signal.state, signal.problem, signal.ai) == ("trusted", "", True)
    assert (signal.signer, signal.generator) == ("Example Studio", "ExampleStudio")
    assert (signal.detail, signal.action) == ("trainedAlgorithmicMedia", "created")
    assert "file.credentials" not in {finding.rule for finding in report.findings}
    assert verdict(written.data, path.name).fields == MADE.fields


@pytest.mark.parametrize("path", BAD, ids=ids)
def test_what_c2pa_cannot_sign_is_refused_and_can_be_signed_beside(path, tmp_path):
    target = tmp_path / path.name
    target.write_bytes(b"as it was")
    with pytest.raises((CannotCarry, ReadBackMismatch)) as refused:
        label(path, MADE, to=target, credentials=credentials())
    assert target.read_bytes() == b"as it was"
    assert "--c2pa-sidecar" in str(refused.value) or "nothing was replaced" in str(refused.value)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    label(path, MADE, to=target, credentials=credentials(sidecar=True))
    found = check(target, only="implicit", c2pa=trust()).inspection.signals
    assert [one.state for one in found if one.scheme == "c2pa"] == ["trusted"]


@pytest.mark.parametrize("path", ONE_EACH, ids=ids)
def test_our_own_look_tells_the_same_without_c2pa(path):
    written = label(
        path,
        MADE,
        credentials=credentials(repack=True, origin=Origin(system="Painter", version="3.1")),
    )
    seen = check(written.data, name=path.name, only="implicit").inspection
    (signal,) = [one for one in seen.signals if one.scheme == "c2pa"]
    assert (signal.ai, signal.generator, signal.action) == (True, "Painter", "created")
    assert (signal.detail, signal.state, signal.signer) == ("trainedAlgorithmicMedia", None, None)


@pytest.mark.parametrize("path", ONE_EACH, ids=ids)
def test_one_byte_of_the_content_breaks_them(path):
    data = bytearray(label(path, MADE, credentials=credentials(repack=True)).data)
    with open_asset(bytes(data), name=path.name) as asset:
        fmt = registry.identify(asset)
        spans = [] if fmt.essence is None else [s for s in fmt.essence(asset) if s.end > s.start]
    if spans:
        data[(spans[-1].start + spans[-1].end) // 2] ^= 0x01
    else:
        data += b"\n"
    report = check(bytes(data), name=path.name, only="implicit", c2pa=trust())
    (signal,) = [one for one in report.inspection.signals if one.scheme == "c2pa"]
    assert signal.state == "invalid"
    assert "mismatch" in signal.problem
    (finding,) = [one for one in report.findings if one.rule == "file.credentials"]
    assert (finding.kind, finding.level) == ("fail", "warning")


def test_the_list_of_formats_is_what_c2pa_signs():
    known = set(c2pa.Builder.get_supported_mime_types())
    assert set(kinds.NAMES.values()) <= known
    ours = {
        fmt.id: [name[1:] for name in fmt.extensions if name[1:] in known]
        for fmt in registry.formats()
    }
    assert {name for name, found in ours.items() if found} == set(kinds.NAMES)


@pytest.mark.foreign
@pytest.mark.parametrize(
    "path", [path for path in ONE_EACH if path.parts[-3] not in ("svg", "epub", "jxl")], ids=ids
)
def test_exiftool_reads_the_label_after_signing(path, tmp_path):
    require("exiftool")
    labelled, target = tmp_path / path.name, tmp_path / f"signed-{path.name}"
    label(path, MADE, to=labelled)
    label(path, MADE, to=target, credentials=credentials(repack=True))
    before, after = (_told_by_exiftool(one) for one in (labelled, target))
    assert before <= after
    assert after or path.parts[-3] in ("avi", "wav")  # chunks that exiftool does not know


def _told_by_exiftool(path):
    """The values that hold the label; what stands in the credentials is not asked for."""
    line = ["exiftool", "-a", "-u", "-G1", "-j", "-ee", "--JUMBF:all", "--Jpeg2000:all", path]
    told = subprocess.run(line, capture_output=True, check=True).stdout.decode("utf-8", "replace")
    (values,) = json.loads(told)
    assert not any("Error" in key for key in values)
    return {json.dumps(value) for value in values.values() if "ExampleStudio" in json.dumps(value)}


@pytest.mark.foreign
@pytest.mark.parametrize("name", ["avi", "flac", "m4a", "mov", "mp3", "mp4", "wav"])
def test_ffmpeg_decodes_the_same(name, tmp_path):
    require("ffmpeg")
    path = next(one for one in ONE_EACH if one.parts[-3] == name)
    target = tmp_path / path.name
    label(path, MADE, to=target, credentials=credentials())
    line = ["ffmpeg", "-v", "error", "-i"]
    frames = [
        subprocess.run([*line, one, "-f", "framemd5", "-"], capture_output=True, check=True).stdout
        for one in (path, target)
    ]
    assert frames[0] == frames[1]


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif", "tiff", "avif"])
def test_pillow_sees_the_same_pixels(name):
    from PIL import Image

    path = next(one for one in ONE_EACH if one.parts[-3] == name)
    data = label(path, MADE, credentials=credentials()).data
    with Image.open(path) as before, Image.open(io.BytesIO(data)) as after:
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()


def test_a_heic_file_is_not_damaged():
    pillow_heif = pytest.importorskip("pillow_heif")
    path = FIXTURES / "heif/plain/libheif.heic"
    data = label(path, MADE, credentials=credentials()).data
    before, after = (pillow_heif.open_heif(one) for one in (path, io.BytesIO(data)))
    assert bytes(before.data) == bytes(after.data)
    assert b"ExampleStudio" in after.info["xmp"]


def test_documents_open_after_signing():
    import docx
    import pikepdf

    word = label(
        FIXTURES / "docx/plain/python-docx.docx", MADE, credentials=credentials(repack=True)
    )
    assert docx.Document(io.BytesIO(word.data)).paragraphs
    paper = label(FIXTURES / "pdf/plain/chromium.pdf", MADE, credentials=credentials())
    with pikepdf.open(io.BytesIO(paper.data)) as opened:
        assert opened.docinfo["/AIGC"]


def test_documents_are_repacked_only_on_request():
    path = FIXTURES / "docx/plain/python-docx.docx"
    with pytest.raises(CannotCarry, match=r"stored uncompressed.*--c2pa-repack"):
        label(path, MADE, credentials=credentials())


@pytest.mark.parametrize("name", ["mkv/plain/ffmpeg.mkv", "webm/plain/ffmpeg.webm",
                                  "flv/plain/loose.flv", "markdown/plain/bare.md"])  # fmt: skip
def test_formats_without_a_place_are_refused_early_and_signed_beside(name, tmp_path):
    path = FIXTURES / name
    with pytest.raises(CannotCarry, match=r"cannot hold content credentials.*--c2pa-sidecar"):
        label(path, MADE, credentials=credentials())
    target = tmp_path / path.name
    written = label(path, MADE, to=target, credentials=credentials(sidecar=True))
    beside = Path(f"{target}.c2pa")
    assert written.credentials == "sidecar"
    assert beside.read_bytes() == written.sidecar
    report = check(target, only="implicit", c2pa=trust())
    (signal,) = [one for one in report.inspection.signals if one.scheme == "c2pa"]
    assert (signal.state, signal.generator, signal.ai) == ("trusted", "ExampleStudio", True)
    assert beside.name in signal.carrier
    again = label(target, MADE, to=target, credentials=credentials(sidecar=True))
    assert not again.changed
    with pytest.raises(CannotCarry, match="stand beside it"):
        propagate(target, "Platform", to=target)
    assert propagate(target, "Platform", to=target, allow_breaking_c2pa=True).changed
    (signal,) = [one for one in check(target, c2pa=True).inspection.signals if one.state]
    assert signal.state == "invalid"


class TestLargeFiles:
    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch):
        monkeypatch.setattr(streams, "IN_MEMORY", 0)
        monkeypatch.setattr(kinds, "_WORTH_A_TREE", 0)

    @pytest.mark.parametrize("name", ["mp4/plain/moov-first.mp4", "jpeg/plain/rich.jpg",
                                      "docx/plain/custom.docx"])  # fmt: skip
    def test_are_signed_in_a_file(self, name, tmp_path):
        target = tmp_path / Path(name).name
        label(FIXTURES / name, MADE, to=target, credentials=credentials(repack=True))
        (signal,) = [one for one in check(target, c2pa=trust()).inspection.signals if one.state]
        assert signal.state == "trusted"

    def test_a_film_of_one_box_is_hashed_by_pieces(self):
        path = FIXTURES / "mp4/plain/moov-first.mp4"
        data = label(path, MADE, credentials=credentials()).data
        found = raw(data, "mp4")
        (binding,) = [data for name, data in found.items() if name.startswith("c2pa.hash.bmff")]
        assert binding["merkle"]

    def test_a_film_of_several_boxes_is_hashed_at_a_stroke(self):
        path = FIXTURES / "mp4/plain/fragmented.mp4"
        data = label(path, MADE, credentials=credentials()).data
        (binding,) = [d for name, d in raw(data, "mp4").items() if name.startswith("c2pa.hash")]
        assert "merkle" not in binding
        assert credential(data, "a.mp4").state == "trusted"


def raw(data, kind):
    """The assertions of the last manifest, as c2pa reads them."""
    context = c2pa.Context.from_dict(settings(trust()))
    with c2pa.Reader(kind, io.BytesIO(data), context=context) as reader:
        found = json.loads(reader.detailed_json())
    return found["manifests"][found["active_manifest"]]["assertion_store"]


def stated(data, kind="jpg"):
    return raw(data, kind)


class TestWhatIsStated:
    SOURCE = FIXTURES / "jpeg/plain/ffmpeg.jpg"

    def test_a_created_content(self):
        number = "0b52a6ad-9b19-4c2c-8d8d-1f1f7d1b4a9f"
        made = ImplicitLabel(content_producer="ExampleStudio", produce_id=number)
        signer = credentials(
            origin=Origin(system="Painter", version="3.1"),
            training="notAllowed",
            oversight="prompt_guided",
        )
        data = label(self.SOURCE, made, credentials=signer).data
        found = stated(data)
        (action,) = found["c2pa.actions.v2"]["actions"]
        assert action["action"] == "c2pa.created"
        assert action["softwareAgent"] == {"name": "Painter", "version": "3.1"}
        assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
        assert action["digitalSourceType"].startswith("http://cv.iptc.org/")
        assert action["when"].endswith("Z")
        assert found[manifest.LABEL] == {"AIGC": made.fields}
        disclosed = found["c2pa.ai-disclosure"]
        assert disclosed["modelName"] == "Painter"
        assert disclosed["contentProfile"] == {"humanOversightLevel": "prompt_guided"}
        entries = found["cawg.training-mining"]["entries"]
        assert {use["use"] for use in entries.values()} == {"notAllowed"}
        assert not [name for name in found if "thumbnail" in name]
        context = c2pa.Context.from_dict(settings(trust()))
        with c2pa.Reader("jpg", io.BytesIO(data), context=context) as reader:
            assert reader.get_active_manifest()["label"] == f"urn:c2pa:{number}"

    @pytest.mark.parametrize("name", ["png/plain/rich.png", "bmp/plain/pillow.bmp", "README.md"])
    def test_an_edited_content_names_what_was_edited(self, name):
        signer = credentials(ingredient=FIXTURES / name)
        data = label(self.SOURCE, MADE, credentials=signer).data
        opened, edited = stated(data)["c2pa.actions.v2"]["actions"]
        assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
        assert edited["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
        assert stated(data)["c2pa.ingredient.v3"]["relationship"] == "parentOf"
        signal = credential(data, "a.jpg")
        assert (signal.action, signal.detail) == ("opened", "compositeWithTrainedAlgorithmicMedia")

    def test_edited_content_without_what_was_edited_is_refused(self):
        with pytest.raises(UsageError, match="--c2pa-input"):
            label(self.SOURCE, MADE, credentials=credentials(origin=Origin(action="edited")))

    def test_the_label_s_own_origin_counts_where_the_signer_states_none(self):
        made = ImplicitLabel(
            content_producer="ExampleStudio", produce_id="42", origin=Origin(system="Painter")
        )
        data = label(self.SOURCE, made, credentials=credentials()).data
        assert credential(data, "a.jpg").generator == "Painter"

    def test_the_signer_s_system_stands_beside_the_label_s_source_type(self):
        made = ImplicitLabel(
            content_producer="ExampleStudio",
            produce_id="42",
            origin=Origin(system="Other", version="1", source_type="compositeSynthetic"),
        )
        data = label(self.SOURCE, made, credentials=credentials(origin=Origin(system="P"))).data
        (action,) = stated(data)["c2pa.actions.v2"]["actions"]
        assert action["softwareAgent"] == {"name": "P"}
        assert action["digitalSourceType"].endswith("/compositeSynthetic")

    def test_what_is_carried_over_is_stated_as_far_as_it_is_known(self, tmp_path):
        for number, (state, known) in enumerate((("confirmed", True), ("possible", False))):
            made = ImplicitLabel(content_producer="P", produce_id="1", attribution=state)
            first = label(FIXTURES / "png/plain/rich.png", made).data
            target = tmp_path / f"{number}.jpg"
            target.write_bytes(self.SOURCE.read_bytes())
            carry(first, target, source_name="a.png", credentials=credentials())
            found = stated(target.read_bytes())
            actions = found["c2pa.actions.v2"]["actions"]
            assert next(one["action"] for one in actions) == "c2pa.opened"
            assert any("digitalSourceType" in one for one in actions) is known
            assert ("c2pa.ai-disclosure" in found) is known
            assert credential(target.read_bytes(), "a.jpg").state == "trusted"

    @pytest.mark.parametrize("state", ["possible", "suspected"])
    def test_nobody_signs_a_suspicion(self, state):
        made = ImplicitLabel(content_producer="P", produce_id="1", attribution=state)
        with pytest.raises(UsageError, match="this is not known"):
            label(self.SOURCE, made, credentials=credentials())

    def test_a_mark_without_a_label_is_signed_too(self):
        from aigc_label import ExplicitLabel

        data = label(
            FIXTURES / "jpeg/plain/rich.jpg",
            None,
            explicit=ExplicitLabel(),
            credentials=credentials(),
        ).data
        assert credential(data, "a.jpg").state == "trusted"
        assert manifest.LABEL not in stated(data)


class TestAgain:
    SOURCE = FIXTURES / "png/plain/rich.png"

    @pytest.fixture
    def signed(self):
        return label(self.SOURCE, MADE, credentials=credentials()).data

    def test_nothing_changes_when_all_of_it_is_there(self, signed):
        written = label(signed, MADE, credentials=credentials())
        assert not written.changed
        assert written.credentials is None
        assert written.data == signed

    def test_credentials_that_cannot_be_read_are_no_reason_to_leave_it(self):
        labelled = label(FIXTURES / "png/signals/c2pa.png", MADE, allow_breaking_c2pa=True)
        with pytest.raises(CannotCarry, match="cannot continue"):
            label(labelled.data, MADE, credentials=credentials())

    def test_a_number_that_is_none_of_uuid_s_is_only_in_the_label(self):
        made = ImplicitLabel(content_producer="ExampleStudio", produce_id="4" * 35 + "-")
        data = label(self.SOURCE, made, credentials=credentials()).data
        assert verdict(data, "a.png").fields == made.fields

    def test_what_was_labelled_is_signed_later(self):
        labelled = label(self.SOURCE, MADE).data
        written = label(labelled, MADE, credentials=credentials())
        assert written.changed
        assert credential(written.data, "a.png").state == "trusted"

    def test_its_owner_updates_it_and_the_former_becomes_history(self, signed):
        newer = ImplicitLabel(content_producer="ExampleStudio", produce_id="43")
        data = label(signed, newer, credentials=credentials()).data
        found = stated(data, "png")
        opened, noted = found["c2pa.actions.v2"]["actions"]
        assert (opened["action"], noted["action"]) == ("c2pa.opened", "c2pa.edited.metadata")
        assert opened["digitalSourceType"] == noted["digitalSourceType"]
        assert found["c2pa.ingredient.v3"]["activeManifest"]
        assert credential(data, "a.png").state == "trusted"
        assert data.count(b"caBX") == 1

    def test_its_owner_repeats_the_source_that_was_stated(self):
        signer = credentials(ingredient=FIXTURES / "bmp/plain/pillow.bmp")
        edited = label(self.SOURCE, MADE, credentials=signer).data
        newer = ImplicitLabel(content_producer="ExampleStudio", produce_id="43")
        data = label(edited, newer, credentials=credentials()).data
        assert credential(data, "a.png").detail == "compositeWithTrainedAlgorithmicMedia"

    def test_a_mark_drawn_later_is_an_edit(self):
        from aigc_label import ExplicitLabel

        big = label(FIXTURES / "jpeg/plain/rich.jpg", MADE, credentials=credentials()).data
        data = label(big, MADE, explicit=ExplicitLabel(), credentials=credentials()).data
        actions = [one["action"] for one in stated(data)["c2pa.actions.v2"]["actions"]]
        assert actions == ["c2pa.opened", "c2pa.edited"]

    def test_credentials_that_no_longer_hold_are_signed_again(self, signed):
        broken = label(
            signed,
            ImplicitLabel(content_producer="ExampleStudio", produce_id="43"),
            allow_breaking_c2pa=True,
        )
        assert credential(broken.data, "a.png").state == "invalid"
        newer = ImplicitLabel(content_producer="ExampleStudio", produce_id="43")
        data = label(broken.data, newer, credentials=credentials()).data
        assert credential(data, "a.png").state == "trusted"

    def test_credentials_that_nobody_can_read_are_no_history(self):
        with pytest.raises(CannotCarry, match=r"cannot continue from the credentials of c2pa\.png"):
            label(FIXTURES / "png/signals/c2pa.png", MADE, credentials=credentials())

    def test_a_platform_passes_it_on_with_its_own(self, signed):
        data = propagate(signed, "Platform", "7", credentials=credentials()).data
        opened, noted = stated(data, "png")["c2pa.actions.v2"]["actions"]
        assert (opened["action"], noted["action"]) == ("c2pa.opened", "c2pa.edited.metadata")
        assert noted["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
        assert noted["softwareAgent"]["name"] == "Platform"
        assert "c2pa.ai-disclosure" not in stated(data, "png")
        signal = credential(data, "a.png")
        assert (signal.state, signal.generator) == ("trusted", "ExampleStudio")
        assert verdict(data, "a.png").fields["ContentPropagator"] == "Platform"

    def test_a_platform_states_nothing_of_the_source_that_it_does_not_know(self):
        plain = label(self.SOURCE, MADE).data
        data = propagate(plain, "Platform", "7", credentials=credentials()).data
        actions = stated(data, "png")["c2pa.actions.v2"]["actions"]
        assert not any("digitalSourceType" in one for one in actions)
        assert credential(data, "a.png").state == "trusted"

    def test_without_a_certificate_it_is_refused_as_ever(self, signed):
        with pytest.raises(CannotCarry, match="--allow-breaking-c2pa"):
            propagate(signed, "Platform")
        with pytest.raises(CannotCarry, match="--allow-breaking-c2pa"):
            propagate(signed, "Platform", credentials=credentials(sidecar=True))


class TestTargets:
    SOURCE = FIXTURES / "jpeg/plain/ffmpeg.jpg"

    def test_in_place(self, tmp_path):
        target = tmp_path / "a.jpg"
        target.write_bytes(self.SOURCE.read_bytes())
        written = label(target, MADE, to=target, credentials=credentials())
        assert written.target == target
        assert credential(target, None).state == "trusted"
        assert [one.name for one in tmp_path.iterdir()] == ["a.jpg"]

    def test_a_stream(self):
        sink = io.BytesIO()
        with self.SOURCE.open("rb") as source:
            label(source, MADE, to=sink, credentials=credentials())
        assert credential(sink.getvalue(), "a.jpg").state == "trusted"

    def test_bytes_with_the_store_beside(self):
        written = label(self.SOURCE, MADE, credentials=credentials(sidecar=True))
        stream = io.BytesIO(written.data)
        found = reading.validated(stream, kinds.ANY, trust(), written.sidecar)
        assert found.state == "trusted"

    def test_what_stands_beside_and_holds_goes_with_the_result(self, tmp_path):
        signer = credentials(sidecar=True)
        source, other = tmp_path / "a.md", tmp_path / "b.md"
        source.write_text("# A poem\n", "utf-8")
        store = label(source, MADE, to=source, credentials=signer).sidecar
        assert label(source, MADE, credentials=signer).sidecar == store
        sink = io.BytesIO()
        assert label(source, MADE, to=sink, credentials=signer).sidecar == store
        assert not label(source, MADE, credentials=signer, dry_run=True).changed
        (tmp_path / "link.md").symlink_to(source)
        assert not label(source, MADE, to=tmp_path / "link.md", credentials=signer).changed
        assert label(source, MADE, to=other, credentials=signer).credentials == "sidecar"
        assert Path(f"{other}.c2pa").read_bytes() == store
        (signal,) = check(other, c2pa=trust()).inspection.signals
        assert signal.state == "trusted"
        Path(f"{source}.c2pa").write_bytes(b"no manifest")
        third = tmp_path / "c.md"
        again = label(source, MADE, to=third, credentials=signer)
        assert again.sidecar != store
        assert check(third, c2pa=trust()).inspection.signals[0].state == "trusted"

    def test_a_dry_run_writes_nothing_and_asks_nobody(self, tmp_path):
        target = tmp_path / "a.jpg"
        signer = credentials(tsa="http://127.0.0.1:9/")
        written = label(self.SOURCE, MADE, to=target, credentials=signer, dry_run=True)
        assert written.credentials == "embedded"
        sidecar = credentials(sidecar=True)
        label(self.SOURCE, MADE, to=target, credentials=sidecar, dry_run=True)
        assert not list(tmp_path.iterdir())


def test_what_is_signed_and_does_not_validate_is_refused(monkeypatch, tmp_path):
    sign = signing._sign

    def altered(job, kind, core, target):
        store = sign(job, kind, core, target)
        target.getbuffer()[-3] ^= 1
        return store

    monkeypatch.setattr(signing, "_sign", altered)
    with pytest.raises(ReadBackMismatch, match=r"does not validate \(assertion.dataHash.mismatch"):
        label(TestTargets.SOURCE, MADE, to=tmp_path / "a.jpg", credentials=credentials())
    assert not list(tmp_path.iterdir())


def test_what_c2pa_damages_and_still_finds_valid_is_refused(monkeypatch):
    """An item counted from a base of 0: c2pa moves the base and the offset."""
    from aigc_label.containers.bmff import item_edits

    monkeypatch.setattr(item_edits, "_based", lambda new, _: new)
    with pytest.raises(ReadBackMismatch, match="would damage this file"):
        label(FIXTURES / "heif/plain/libheif.heic", MADE, credentials=credentials())


def test_a_result_that_says_something_else_is_refused(monkeypatch):
    """c2pa signs what it is given: a statement that got lost on the way must not pass."""
    stated = manifest.definition

    def without_label(about, credentials):
        found = stated(about, credentials)
        found["assertions"] = [one for one in found["assertions"] if one["label"] != manifest.LABEL]
        return found

    monkeypatch.setattr(signing.manifest, "definition", without_label)
    with pytest.raises(ReadBackMismatch, match="do not read back"):
        label(FIXTURES / "png/plain/rich.png", MADE, credentials=credentials())
