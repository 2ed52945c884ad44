"""PDF: what is a label and what is not, updates that do not pile up, signatures that stay whole."""

from __future__ import annotations

import io
import re
import subprocess
import zlib
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aigc_label
from aigc_label.asset import open_asset
from aigc_label.carriers import record, xmp
from aigc_label.containers.pdf.lexer import literal
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.pdf import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal
from pdf_samples import last, objects, pdf, stream, update, xref_stream

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="pdf/(1)\\b")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="pdf/2")
LONGER = ImplicitLabel(content_producer="Somebody", produce_id="pdf/" + "long" * 30)
OWN = b" /AIGC " + literal(record.dump(OTHER))
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pdf"


def written(data, label=LABEL):
    out = io.BytesIO()
    with open_asset(data) as asset:
        FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def seen(data):
    with open_asset(data) as asset:
        return list(FORMAT.read(asset))


def only(data):
    (found,) = [one for one in seen(data) if isinstance(one, FoundLabel)]
    return found


def info(data):
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as found:
        return {key: str(value) for key, value in found.docinfo.items()}


# --- writing ------------------------------------------------------------------------------------

TITLED = pdf(objects(b"/Title (\\(old\\)) /Trapped /False", n4=b"[1 2]"), b" /ID [<00> <11>]")


def test_a_label_is_put_behind_the_file():
    made = written(TITLED)
    assert made.startswith(TITLED)
    assert len(made) - len(TITLED) < 650
    assert only(made).fields == LABEL.fields
    assert info(made) == {
        "/Title": "(old)",
        "/Trapped": "/False",
        "/AIGC": record.dump(LABEL),
    }


def test_a_new_label_takes_the_place_of_the_old_update():
    made = written(TITLED)
    again = written(made, OTHER)
    assert len(again) == len(made)
    assert again.startswith(TITLED)
    assert again.count(b"/AIGC") == 1
    assert again.count(b"%%EOF") == 2
    longer = written(again, LONGER)
    assert longer.startswith(TITLED)
    assert longer.count(b"%%EOF") == 2
    assert len(written(longer)) == len(longer)


def test_platforms_fields_fit_into_the_padding():
    made = written(TITLED)
    shared = LABEL.propagated("some-platform", "post/2026/0123456789", "r" * 40)
    with open_asset(made) as asset:
        (splice,) = FORMAT.plan(asset, shared).splices
    assert len(splice.data) == splice.span.end - splice.span.start == len(made) - len(TITLED)


@pytest.mark.parametrize("tail", [b"", b"\n<!-- proxy -->", b"\r\n"])
@pytest.mark.parametrize("kind", [pdf, xref_stream])
def test_updates_do_not_pile_up_whatever_the_end(kind, tail):
    data = kind(objects(b"/Title (t)")).rstrip() + tail
    made = written(data)
    assert written(made) == made
    assert written(written(made, OTHER)) == made


def test_another_programs_update_is_never_replaced():
    made = written(TITLED)
    edited = update(made, {4: b"[3]"})
    again = written(edited, OTHER)
    assert again.startswith(edited)
    assert only(again).fields == OTHER.fields
    foreign = TITLED + written(TITLED)[len(TITLED) :].replace(
        b"/Trapped /False", b"/Trapped /True "
    )
    assert written(foreign, OTHER).startswith(foreign)


def test_an_update_that_a_signature_covers_stays():
    form = b" /AcroForm <</Fields [<</FT /Sig /V 5 0 R>>]>>"
    for covered, stays in ((300, False), (9000, True)):
        signature = b"<</ByteRange [0 100 200 %d]>>" % (covered - 200)
        data = pdf(objects(b"/Title (t)", form, n5=signature))
        made = written(data)
        assert written(made, OTHER).startswith(made) is stays


@pytest.mark.parametrize(
    "base",
    [
        pdf(objects()),
        pdf(objects(), b" /Info null"),
        pdf(objects(), b" /Info 77 0 R"),
        pdf(objects(), b" /Info << /Title (direct) >>"),
        pdf(objects(n3=b"(no dictionary)")),
        pdf(objects(n3=stream(b"no dictionary"))),
        xref_stream(objects()),
    ],
)
def test_without_an_information_dictionary_one_is_made(base):
    made = written(base)
    assert info(made)["/AIGC"] == record.dump(LABEL)
    assert made.startswith(base)
    if b"direct" in base:
        assert info(made)["/Title"] == "direct"


def test_a_key_without_a_value_does_not_swallow_the_label():
    made = written(pdf(objects(b"/Title (t) /Odd")))
    assert info(made) == {"/Title": "t", "/AIGC": record.dump(LABEL)}


def test_info_in_an_object_stream_gives_way_to_an_object():
    inner = stream(b"3 0 <</Title (packed)" + OWN + b">>", b"/Type /ObjStm /N 1 /First 4")
    base = xref_stream(objects(n4=inner), places={3: (2, 4, 0)})
    assert only(base).fields == OTHER.fields
    made = written(base)
    assert info(made) == {"/Title": "packed", "/AIGC": record.dump(LABEL)}


def test_copies_elsewhere_give_way():
    packet = xmp.updated(None, OTHER).replace(b"</rdf:RDF>", b"<!-- kept --></rdf:RDF>")
    body = stream(zlib.compress(packet), b"/Type /Metadata /Subtype /XML /Filter /FlateDecode")
    parts = objects(
        b"/Title (t) /Keywords " + literal(record.dump_wrapped(OTHER)) + OWN + b" /aigc (x)",
        b" /Metadata 4 0 R /Lang (zh)" + OWN,
        n4=body,
    )
    base = pdf(parts)
    assert len(seen(base)) == 4
    made = written(base)
    assert only(made).fields == LABEL.fields
    assert info(made) == {"/Title": "t", "/AIGC": record.dump(LABEL)}
    assert b"pdf/2" not in made[len(base) :]
    with pikepdf.open(io.BytesIO(made), attempt_recovery=False) as found:
        assert b"<!-- kept -->" in found.Root.Metadata.read_bytes()
        assert str(found.Root.Lang) == "zh"
    assert written(written(made, OTHER)) == made


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_is_written(produce_id):
    label = ImplicitLabel(content_producer="P", produce_id=produce_id)
    made = written(TITLED, label)
    assert only(made).fields == label.fields


def test_the_string_is_literal_ascii_where_it_can_be():
    assert b'/AIGC ({"Label":"1","ContentProducer":"Somebody","ProduceID":"pdf/\\(1\\)' in written(
        TITLED
    )
    chinese = ImplicitLabel(content_producer="某某", produce_id="1")
    assert b"/AIGC (\xfe\xff\x00{" in written(TITLED, chinese)


# --- reading ------------------------------------------------------------------------------------


def test_only_the_newest_revision_counts():
    labelled = pdf(objects(b"/Title (t)" + OWN))
    assert seen(update(labelled, {3: b"<</Title (t)>>"})) == []
    assert seen(update(labelled, {2: objects()[2]}, b"/Root 1 0 R")) == []


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        (b"/AIGC 5 0 R", ("pdf.info", True, ())),
        (b"/AiGc (%b)", ("pdf.info", True, ("lower-case-key",))),
        (b"/Subject (%b)", ("pdf.info.subject", False, ())),
        (b"/A#20-#ff1 (%b)", ("pdf.info.a1", False, ())),
    ],
)
def test_places_of_a_label(entries, found):
    text = record.dump(OTHER).encode()
    value = entries % text if b"%b" in entries else entries
    label = only(pdf(objects(value, n5=b"(" + text + b")")))
    assert (label.carrier, label.home, label.quirks) == found
    assert label.fields == OTHER.fields


@pytest.mark.parametrize(
    "entries",
    [
        b"/AIGC (prose on AIGC)",
        b"/AIGC 7",
        b"/AIGC <<>>",
        b"/AIGC [(x)]",
        b"/AIGC 9 0 R",
        b"/Label (1) /ProduceID (x)",
        b"/Title (AI-generated content) /Subject (Made with Google AI)",
        b"/Creator 5 /Producer [1]",
    ],
)
def test_what_is_no_label(entries):
    assert seen(pdf(objects(entries))) == []


def test_metadata_need_not_be_a_stream():
    for value in (b"/Metadata 9 0 R", b"/Metadata (x)", b"/Metadata 3 0 R"):
        assert seen(pdf(objects(b"", b" " + value))) == []


def test_bytedance_s_object_is_a_signal():
    told = literal('{"aigc_info":{"aigc_label_type":0},"data":{"exportType":"generation"}}')
    (signal,) = seen(pdf(objects(b"/Keywords " + told)))
    assert isinstance(signal, Signal)
    assert signal.carrier == "pdf.info.keywords"


STORE = b"\0\0\0\x40jumb\0\0\0\x20jumdc2pa" + b"trainedAlgorithmicMedia"
SPEC = b"<</Type /Filespec%b /EF <</F 5 0 R>>>>"


@pytest.mark.parametrize(
    ("catalog", "spec"),
    [
        (b" /AF [4 0 R]", b" /AFRelationship /C2PA_Manifest"),
        (b" /AF [null (x) 4 0 R]", b" /F (content_credential.c2pa)"),
        (b" /Names <</EmbeddedFiles <</Names [(a) 4 0 R]>>>>", b" /AFRelationship /C2PA_Manifest"),
        (b" /Names <</EmbeddedFiles <</Kids [<</Names [(a) 4 0 R]>>]>>>>", b" /UF (C2PA)"),
    ],
)
def test_content_credentials_are_a_signal(catalog, spec):
    (signal,) = seen(pdf(objects(b"", catalog, n4=SPEC % spec, n5=stream(STORE))))
    assert (signal.scheme, signal.ai, signal.carrier) == ("c2pa", True, "pdf.c2pa")


@pytest.mark.parametrize(
    ("spec", "stored"),
    [
        (b" /AFRelationship /Data", stream(STORE)),
        (b" /AFRelationship /C2PA_Manifest", stream(b"c2pa, but no box")),
        (b" /AFRelationship /C2PA_Manifest", b"null"),
    ],
)
def test_other_attachments_are_none(spec, stored):
    assert seen(pdf(objects(b"", b" /AF [4 0 R]", n4=SPEC % spec, n5=stored))) == []


# --- what cannot be looked at, or changed -------------------------------------------------------

CRYPT = b" /Encrypt <</Filter /Standard /V 4 /O (x)%b>>"


def test_an_encrypted_document_is_not_passed():
    data = pdf(objects(b"/Title (t)" + OWN), CRYPT % b"")
    with pytest.raises(CannotCarry, match="encrypted"):
        seen(data)
    with pytest.raises(CannotCarry, match="encrypted"):
        written(data)
    report = aigc_label.check(data)
    assert not report.ok
    assert "encrypted" in next(f.message for f in report.findings if f.rule == "file.unreadable")


def test_a_packet_that_is_not_encrypted_is_read():
    body = stream(xmp.updated(None, OTHER), b"/Type /Metadata")
    for flag, count in ((b" /EncryptMetadata false", 1), (b"", 0)):
        data = pdf(objects(b"", b" /Metadata 4 0 R", n4=body), CRYPT % flag)
        found = []
        with pytest.raises(CannotCarry), open_asset(data) as asset:
            found.extend(FORMAT.read(asset))
        with open_asset(data) as asset:
            reader = FORMAT.read(asset)
            assert [next(reader).carrier for _ in range(count)] == ["pdf.xmp"] * count


def test_a_document_certified_against_changes_is_refused():
    rights = b"<</TransformMethod /DocMDP /TransformParams <</P 1>>>>"
    signature = b"<</ByteRange [0 1 2 3] /Reference [%b]>>" % rights
    data = pdf(objects(b"", b" /Perms <</DocMDP 4 0 R>>", n4=signature))
    with pytest.raises(CannotCarry, match="before it is certified"):
        written(data)


def test_a_label_in_a_damaged_document_is_found_and_stays():
    data = re.sub(rb"startxref\s+\d+", b"startxref 9", pdf(objects(b"/Title (t)" + OWN)))
    assert only(data).fields == OTHER.fields
    with pytest.raises(CannotCarry, match="repair the document"):
        written(data)


def test_a_damaged_document_without_one_is_not_passed():
    data = re.sub(rb"startxref\s+\d+", b"startxref 9", pdf(objects(b"/Title (t)")))
    with pytest.raises(Malformed):
        seen(data)
    assert not aigc_label.check(data).ok


def test_a_label_before_the_damage_is_kept_with_the_reason():
    data = pdf(
        objects(b"/Title (t)" + OWN, b" /Metadata 4 0 R", n4=stream(b"x", b"/Filter /JBIG2"))
    )
    with open_asset(data) as asset:
        reader = FORMAT.read(asset)
        assert next(reader).fields == OTHER.fields
        with pytest.raises(Malformed, match="JBIG2"):
            next(reader)


def test_signals_of_a_damaged_document_are_not_told_twice():
    data = pdf(objects(b"/Creator (Adobe Firefly)", b" /Metadata 4 0 R", n4=stream(b"", b"/F /X")))
    with open_asset(data) as asset:
        reader = FORMAT.read(asset)
        assert isinstance(next(reader), Signal)
        with pytest.raises(Malformed):
            next(reader)


def test_what_sniffs_as_pdf():
    def sniff(data, name=None):
        with open_asset(data, name=name) as asset:
            return FORMAT.sniff(asset)

    assert sniff(TITLED)
    assert sniff(TITLED, "page.txt")
    assert sniff(b"junk" * 200 + TITLED)
    assert sniff(b"junk" * 200 + TITLED, "page.PDF")
    assert not sniff(b"A small document:\n\n" + TITLED, "about-pdf.txt")
    assert not sniff(b"junk" * 300 + TITLED)
    assert not sniff(b"A PDF begins with %PDF-1.7, and this is prose.")


def test_trees_that_lead_back_end():
    kids = b"<</Kids [4 0 R 4 0 R]>>"
    assert seen(pdf(objects(b"", b" /Names <</EmbeddedFiles 4 0 R>>", n4=kids))) == []


# --- signatures, by others ----------------------------------------------------------------------


@pytest.mark.foreign("pdfsig")
def test_a_signature_stays_valid_over_its_range(tmp_path):
    source = FIXTURES / "plain" / "signed.pdf"
    path = tmp_path / "signed.pdf"
    for label in (LABEL, OTHER):
        aigc_label.label(path if path.exists() else source, label, to=path)
        done = subprocess.run(["pdfsig", path], capture_output=True, check=False)
        told = done.stdout.decode()
        assert "Signature is Valid" in told
        assert "Not total document signed" in told
    assert path.read_bytes().startswith(source.read_bytes())


@pytest.mark.foreign("exiftool")
def test_exiftools_own_update_can_still_be_taken_back(tmp_path):
    """It appends, as we do; what it wrote stays and is still recognised."""
    path = tmp_path / "edited.pdf"
    path.write_bytes(TITLED)
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-Title=New", path], check=True)
    edited = path.read_bytes()
    path.write_bytes(written(edited))
    assert path.read_bytes().startswith(edited)
    done = subprocess.run(["exiftool", "-s3", "-Title", path], capture_output=True, check=True)
    assert done.stdout.strip() == b"New"


def test_the_last_section_is_ours_to_find():
    made = written(TITLED)
    assert made[last(made) :].startswith(b"xref\n3 1\n")
