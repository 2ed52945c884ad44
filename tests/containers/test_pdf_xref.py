"""PDF cross-references: tables, streams, hybrid files, updates; and what is wrong with them."""

from __future__ import annotations

import re
import zlib

import pytest

from aigc_label.asset import open_asset
from aigc_label.containers.pdf import document, indirect, repair, xref
from aigc_label.containers.pdf.lexer import Ref
from aigc_label.errors import LimitExceeded, Malformed
from pdf_samples import end, laid, last, objects, pdf, stream, table, update, xref_stream

INFO = b"/Title (one)"


def title(data, opened=document.opened):
    with open_asset(data) as asset:
        found = opened(asset)
        return found.dictionary(found.trailer.get(b"Info")).get(b"Title")


@pytest.mark.parametrize("eol", [b" \n", b"\r\n", b"\n", b" \r\n", b"  \r\n", b" \r"])
def test_tables_with_lines_of_any_length(eol):
    assert title(pdf(objects(INFO), eol=eol)) == b"one"


def test_a_table_with_lines_of_different_lengths():
    data = pdf(objects(INFO)).replace(b" 00000 n \n", b" 00000 n\n", 1)
    assert title(data) == b"one"
    short = re.sub(rb"(?m)^0000(\d{6}) 00000 n", rb"\1 0 n", pdf(objects(INFO)))
    assert title(short) == b"one"


def test_a_table_that_begins_to_count_at_one():
    data = pdf(objects(INFO)).replace(b"xref\n0 4", b"xref\n1 4")
    assert title(data) == b"one"


def test_a_table_with_its_count_and_first_line_on_one_line():
    data = pdf(objects(INFO)).replace(b"xref\n0 4\n", b"xref 0 4 ")
    assert title(data) == b"one"


@pytest.mark.parametrize("lead", [b"junk", b"HTTP/1.1 200 OK\r\n\r\n", b"\xef\xbb\xbf"])
def test_offsets_count_from_the_header(lead):
    assert title(lead + pdf(objects(INFO))) == b"one"


def test_offsets_may_count_from_the_file_all_the_same():
    data = b"junk" + pdf(objects(INFO))
    moved = re.sub(rb"(?m)^(\d{10}) 00000 n", lambda m: b"%010d 00000 n" % (int(m[1]) + 4), data)
    assert title(re.sub(rb"startxref\s+\d+", b"startxref %d" % (last(data) + 4), moved)) == b"one"


@pytest.mark.parametrize("tail", [b"", b"\0" * 900, b"\r\n<html>" + b" " * 1500, b" " * 40_000])
def test_something_may_follow_the_end(tail):
    assert title(pdf(objects(INFO)) + tail) == b"one"


def test_the_newest_version_counts():
    data = update(pdf(objects(INFO)), {3: b"<</Title (two)>>"})
    assert title(data) == b"two"
    assert title(update(data, {2: objects()[2]})) == b"two"


def test_an_object_of_another_generation_is_another_object():
    assert title(pdf(objects(INFO)).replace(b"/Info 3 0 R", b"/Info 3 1 R")) is None
    data = pdf(objects(INFO)).replace(b"3 0 obj", b"3 2 obj").replace(b"Info 3 0", b"Info 3 2")
    place = data.rindex(b" 00000 n")
    assert title(data[:place] + b" 00002 n" + data[place + 8 :]) == b"one"


def test_an_object_may_be_deleted():
    data = update(pdf(objects(INFO)), {2: objects()[2]})
    place = last(data)
    gone = data[:place] + b"xref\n3 1\n0000000000 00001 f \n" + data[place + 5 :]
    assert title(gone) is None


def up(raw, width=7):
    pitch = range(0, len(raw), width)
    rows = [raw[at : at + width] for at in pitch]
    above = [bytes(width), *rows]
    out = b"".join(
        b"\x02" + bytes((a - b) & 255 for a, b in zip(row, old, strict=True))
        for row, old in zip(rows, above, strict=False)
    )
    params = b" /Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns %d>>" % width
    return zlib.compress(out), params


@pytest.mark.parametrize(
    "packed",
    [lambda raw: (raw, b""), lambda raw: (zlib.compress(raw), b" /Filter/FlateDecode"), up],
)
def test_cross_reference_streams(packed):
    assert title(xref_stream(objects(INFO), packed=packed)) == b"one"


def test_objects_in_an_object_stream():
    inner = b"9 0 3 5 null <</Title (packed)>>"
    parts = objects(n4=stream(inner, b"/Type /ObjStm /N 2 /First 8"))
    assert title(xref_stream(parts, places={3: (2, 4, 1)})) == b"packed"
    flate = stream(zlib.compress(inner), b"/Type /ObjStm /N 2 /First 8 /Filter 5 0 R", length=0)
    flate = flate.replace(b"/Length 0", b"/Length 6 0 R")
    length = b"%d" % len(zlib.compress(inner))
    parts = objects(n4=flate, n5=b"[/FlateDecode]", n6=length)
    assert title(xref_stream(parts, places={3: (2, 4, 1)})) == b"packed"


@pytest.mark.parametrize(
    "pack",
    [
        b"<</Type /ObjStm>>",
        stream(b"x", b"/First 900"),
        stream(b"8 0 null", b"/First 4"),
        b"null",
        stream(b"x", b"/First (x)"),
    ],
)
def test_a_bad_object_stream_is_said(pack):
    with pytest.raises(Malformed):
        title(xref_stream(objects(n4=pack), places={3: (2, 4, 0)}))


def test_an_object_stream_that_is_missing_is_said():
    with pytest.raises(Malformed, match="missing"):
        title(xref_stream(objects(), places={3: (2, 77, 0)}))


def test_hybrid_files_know_more_than_their_table():
    data = pdf(objects())
    pack, places = laid({5: stream(b"3 0 <</Title (hidden)>>", b"/First 4")}, len(data))
    at = len(data + pack)
    rows = b"\x02" + (5).to_bytes(4) + bytes(2) + b"\x01" + places[5].to_bytes(4) + bytes(2)
    head = b"/Type /XRef /W [1 4 2] /Size 7 /Index [3 1 5 1]"
    beside = b"6 0 obj\n" + stream(rows, head) + b"\nendobj\n"
    entries = b"/Root 1 0 R /Info 3 0 R /Prev %d /XRefStm %d" % (last(data), at)
    begin = data + pack + beside
    hybrid = begin + b"xref\n0 0\ntrailer\n<<" + entries + b">>" + end(len(begin))
    assert title(hybrid) == b"hidden"
    free = (
        begin + b"xref\n3 1\n0000000000 00000 f \ntrailer\n<<" + entries + b">>" + end(len(begin))
    )
    assert title(free) == b"hidden"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.4\nnothing", "startxref"),
        (pdf(objects(INFO))[:-30], "startxref"),
        (re.sub(rb"startxref\s+\d+", b"startxref 15", pdf(objects(INFO))), "section"),
        (re.sub(rb"startxref\s+\d+", b"startxref 3", pdf(objects(INFO))), "section"),
        (pdf(objects(INFO)).replace(b"trailer", b"trailor"), "table"),
        (pdf(objects(INFO)).replace(b"trailer\n<<", b"trailer\n[["), "cut|closed|object"),
        (pdf(objects(INFO)).replace(b"trailer\n<<", b"trailer\n(<").replace(b"%%EOF", b")"), "no"),
        (pdf(objects(INFO)).replace(b"0 4\n", b"0 400000000\n"), "table"),
        (pdf(objects(INFO)).replace(b"0 4\n", b"9999999999 4\n"), "table"),
        (pdf(objects(INFO)).replace(b" 00000 n", b" 00000 x"), "table"),
        (pdf(objects(INFO)).replace(b"3 0 obj", b"7 0 obj"), "object 3"),
        (xref_stream(objects(INFO), rows=b"\1"), "row"),
        (xref_stream(objects(INFO)).replace(b"/W [1 4 2]", b"/W [1 4]"), "damaged"),
        (xref_stream(objects(INFO)).replace(b"/W [1 4 2]", b"/W [0 0 0]"), "index"),
        (xref_stream(objects(INFO)).replace(b"/W [1 4 2]", b"/W [1 4 9]"), "damaged"),
        (xref_stream(objects(INFO)).replace(b"/Type /XRef", b"/Type /XReg"), "damaged"),
        (xref_stream(objects(INFO), b" /Index [0]"), "index"),
        (xref_stream(objects(INFO), b" /Index [0 (x)]"), "index"),
        (pdf(objects(INFO, n4=b"4 0 R")).replace(b"Info 3", b"Info 4"), "references"),
    ],
)
def test_what_is_damaged_is_said(data, words):
    with pytest.raises(Malformed, match=words):
        title(data)


def test_sections_that_lead_back_are_left():
    data = update(pdf(objects(INFO)), {2: objects()[2]})
    loop = re.sub(rb"/Prev \d+", b"/Prev %d" % last(data), data)
    with pytest.raises(Malformed, match="loop"):
        title(loop)


def test_prev_nought_means_none():
    assert title(pdf(objects(INFO), trailer=b" /Prev 0 /Info 9 0 R")) is None


def test_sections_are_bounded(monkeypatch):
    monkeypatch.setattr(xref, "MOST_SECTIONS", 3)
    data = pdf(objects(INFO))
    for _ in range(4):
        data = update(data, {2: objects()[2]})
    with pytest.raises(LimitExceeded, match="updates"):
        title(data)


def test_memory_for_sections_is_bounded(monkeypatch):
    monkeypatch.setattr(xref, "_MOST_HELD", 100)
    with pytest.raises(LimitExceeded):
        title(update(update(pdf(objects(INFO)), {2: objects()[2]}), {2: objects()[2]}))


@pytest.mark.parametrize("bound", ["_MOST_LEXED", "_MOST_TOKENS", "MOST_OBJECTS", "_MOST_UNPACKED"])
def test_what_is_looked_up_is_bounded(bound, monkeypatch):
    monkeypatch.setattr(document, bound, 0)
    inner = stream(b"3 0 <</Title (x)>>", b"/First 4")
    with pytest.raises(LimitExceeded):
        title(xref_stream(objects(n4=inner), places={3: (2, 4, 0)}))


def test_objects_and_streams_are_bounded(monkeypatch):
    long = objects(INFO + b"/Long (" + b"x" * (indirect.LARGEST_OBJECT + 9) + b")", n4=b"null")
    with pytest.raises(LimitExceeded, match="MiB"):
        title(pdf(long))
    monkeypatch.setattr(indirect, "LARGEST_STREAM", 5)
    with pytest.raises(LimitExceeded, match="stream"):
        title(xref_stream(objects(INFO)))


def test_an_object_longer_than_the_first_window():
    assert title(pdf(objects(b"/Long (" + b"x" * 30_000 + b") /Title (one)"))) == b"one"


def test_a_trailer_longer_than_the_first_window():
    assert title(pdf(objects(INFO), b" /Long (" + b"x" * 30_000 + b")")) == b"one"
    with pytest.raises(Malformed, match="closed"):
        title(pdf(objects(INFO), b" /Long (" + b"x" * 30_000))


def test_a_stream_of_unknown_length_ends_where_it_says():
    data = pdf(objects(n4=stream(b"content", length=99999)))
    with open_asset(data) as asset:
        found = document.opened(asset)
        assert found.content(found.object(Ref(4, 0))) == b"content\n"


def test_a_large_table_is_not_read():
    rest = dict.fromkeys(range(4, 60_000), 0)
    body, places = laid(objects(INFO), 15)
    data = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + body + table({0: 0} | places | rest)
    data += b"trailer\n<</Size 60000 /Root 1 0 R /Info 3 0 R>>" + end(15 + len(body))
    with open_asset(data) as asset:
        found = document.opened(asset)
        assert found.dictionary(found.trailer[b"Info"])[b"Title"] == b"one"
        assert asset.bytes_read < 40_000
        assert found.next_number() == 60_000


def test_the_next_number_is_free_whatever_size_says():
    with open_asset(update(pdf(objects(INFO)), {9: b"null"})) as asset:
        assert document.opened(asset).next_number() == 10
    with open_asset(pdf(objects(INFO), trailer=b" /Size 9000000")) as asset:
        opened = document.opened(asset)
        with pytest.raises(LimitExceeded):
            opened.next_number()


def test_an_older_trailer_may_name_the_catalogue():
    with open_asset(update(pdf(objects(INFO)), {2: objects()[2]}, b"/Info 3 0 R")) as asset:
        assert document.opened(asset).catalog()[b"Type"] == b"Catalog"
    with open_asset(pdf({2: objects()[2]})) as asset, pytest.raises(Malformed, match="catalogue"):
        document.opened(asset).catalog()


def test_lost_objects_are_searched_for():
    data = re.sub(rb"startxref\s+\d+", b"startxref 3", pdf(objects(INFO)))
    assert title(data, repair.rebuilt) == b"one"
    assert title(update(data, {3: b"<</Title (two)>>"}), repair.rebuilt) == b"two"
    assert title(xref_stream(objects(INFO))[:-20], repair.rebuilt) == b"one"
    assert title(data + b"trailer (x) trailer <<", repair.rebuilt) == b"one"
    forgetful = data + b"trailer\n<</Root 1 0 R>>"
    assert title(forgetful, repair.rebuilt) == b"one"


def test_a_search_is_bounded(monkeypatch):
    data = pdf(objects(INFO))
    monkeypatch.setattr(repair, "MOST_SEARCHED", 120)
    monkeypatch.setattr(repair, "_MOST_OBJECTS", 1)
    with open_asset(data) as asset:
        assert repair.rebuilt(asset).trailer[b"Info"] == Ref(3, 0)
    with open_asset(data[:200]) as asset, pytest.raises(Malformed, match="no trailer"):
        repair.rebuilt(asset)
