"""PDF updates and signatures: what is put behind a file, and when nothing may be."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest

from aigc_label.asset import open_asset
from aigc_label.containers.pdf import document, lexer, signatures, update
from aigc_label.containers.pdf.lexer import Ref
from aigc_label.errors import CannotCarry
from pdf_samples import objects, pdf, stream, xref_stream

IDS = b" /ID [<0011> (\\(a\\))]"


def made(data, *new, info=None, seed=b"seed"):
    with open_asset(data) as asset:
        return update.made(document.opened(asset), info or Ref(3, 0), new, seed)


def seals(data):
    with open_asset(data) as asset:
        return signatures.seals(document.opened(asset))


NEW = update.New(Ref(3, 0), b"<</Title (new)>>")


@pytest.mark.parametrize("base", [pdf(objects(b"/Title (old)"), IDS), xref_stream(objects(b""))])
def test_a_foreign_reader_sees_the_new_version(base):
    data = base + made(base, NEW, update.New(Ref(7, 0), b"[1 2]"))
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as found:
        assert str(found.docinfo["/Title"]) == "new"
        assert len(found.get_object(7, 0)) == 2
        assert found.check_pdf_syntax() == []


def test_the_section_is_of_the_kind_of_the_last_one():
    assert b"trailer" in made(pdf(objects(b"")), NEW)
    assert b"/Type /XRef" in made(xref_stream(objects(b"")), NEW)
    both = xref_stream(objects(b""))
    both += made(both, NEW)
    assert b"trailer" not in made(both, NEW)


def test_the_trailer_is_handed_on():
    base = pdf(objects(b""), IDS + b" /DocChecksum /AB /DL 9 /Other [1 0 R]")
    found = made(base, NEW)
    assert b"/DocChecksum /AB" in found
    assert b"/Other [1 0 R]" in found
    assert b"/DL" not in found
    assert b"/Size 4" in found
    first, second = re.search(rb"/ID \[<(\w+)> <(\w+)>\]", found).groups()
    assert first == b"0011"
    assert second not in (b"0011", b"286129")
    other = made(base, NEW, seed=b"another")
    assert re.search(rb"/ID \[<0011> <(\w+)>\]", other)[1] != second


def test_without_an_identifier_there_is_none():
    assert b"/ID" not in made(pdf(objects(b"")), NEW)
    assert b"/ID" not in made(pdf(objects(b""), b" /ID [<00>]"), NEW)


def test_a_catalogue_that_only_an_older_trailer_names_is_named():
    base = pdf(objects(b""))
    base += made(base, NEW).replace(b" /Root 1 0 R", b"")
    assert b"/Root 1 0 R" in made(base, NEW)


def test_generations_stay():
    found = made(pdf(objects(b"")), update.New(Ref(3, 2), b"null"), info=Ref(3, 2))
    assert b"3 2 obj" in found
    assert b"00002 n" in found
    assert b"/Info 3 2 R" in found


def test_an_update_begins_on_a_line_of_its_own():
    base = pdf(objects(b""))
    assert made(base, NEW).startswith(b"3 0 obj")
    assert made(base.rstrip(), NEW).startswith(b"\n3 0 obj")


def test_a_table_cannot_reach_behind_ten_gigabytes(monkeypatch):
    monkeypatch.setattr(update, "_FARTHEST", 100)
    with pytest.raises(CannotCarry, match="10 GB"):
        made(pdf(objects(b"")), NEW)


def test_where_an_update_begins():
    def start(data):
        with open_asset(data) as asset:
            return update.begins_at(document.opened(asset))

    base = pdf(objects(b""))
    assert start(base) is None
    assert start(base + made(base, NEW)) == len(base)
    many = [update.New(Ref(n, 0), b"null") for n in range(3, 40)]
    assert start(base + made(base, *many)) is None
    freed = (base + made(base, NEW)).replace(b" 00000 n \ntrailer", b" 00000 f \ntrailer")
    assert start(freed) is None


def test_a_stream_is_rewritten_without_its_filter():
    found = lexer.Lexer(b"<</Type /X /Filter /F /DecodeParms [null] /Length 9>>", final=True)
    assert update.stream(found.value(), b"abc") == (
        b"<< /Type /X /Length 3 >>\nstream\nabc\nendstream"
    )


SIGNATURE = b"<</ByteRange [0 100 200 50]%b>>"
RIGHTS = b" /Reference [<</TransformMethod /DocMDP /TransformParams <<%b>>>>]"


def test_nothing_is_sealed_without_signatures():
    assert seals(pdf(objects(b""))) == (0, False)
    form = b" /AcroForm <</Fields [4 0 R (x)]>>"
    assert seals(pdf(objects(b"", form, n4=b"<</FT /Sig /Kids [4 0 R]>>"))) == (0, False)


@pytest.mark.parametrize(
    ("params", "frozen"), [(b"/P 1", True), (b"/P 2", False), (b"/P 3", False), (b"", False)]
)
def test_a_certifying_signature_may_forbid_changes(params, frozen):
    parts = objects(b"", b" /Perms <</DocMDP 4 0 R>>", n4=SIGNATURE % (RIGHTS % params))
    assert seals(pdf(parts)) == (250, frozen)


@pytest.mark.parametrize(
    ("lock", "frozen"), [(b"", False), (b" /Lock <</P 2>>", False), (b" /Lock <</P 1>>", True)]
)
def test_a_signed_field_may_lock_the_document(lock, frozen):
    form = b" /AcroForm <</Fields [5 0 R]>>"
    child = b"<</FT /Sig /V 4 0 R%b>>" % lock
    parts = objects(b"", form, n4=SIGNATURE % b"", n5=b"<</Kids [6 0 R]>>", n6=child)
    assert seals(pdf(parts)) == (250, frozen)


def test_only_so_many_fields_are_looked_at(monkeypatch):
    monkeypatch.setattr(signatures, "_MOST_FIELDS", 1)
    form = b" /AcroForm <</Fields [5 0 R 6 0 R]>>"
    parts = objects(b"", form, n4=SIGNATURE % b"", n5=b"<<>>", n6=b"<</V 4 0 R>>")
    assert seals(pdf(parts)).covered == 0


def test_streams_need_not_be_packed():
    base = xref_stream(objects(b"", n4=stream(b"x")))
    with open_asset(base + made(base, NEW)) as asset:
        found = document.opened(asset)
        assert found.dictionary(found.trailer[b"Info"])[b"Title"] == b"new"
