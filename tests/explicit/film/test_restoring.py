"""Metadata that ffmpeg does not write comes back, or the film is refused."""

from __future__ import annotations

import io

import pytest

from aigc_label import api
from aigc_label.asset import open_asset
from aigc_label.containers import amf0, asf, flv, riff
from aigc_label.containers.riff import film as avi
from aigc_label.containers.riff import moving
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import transport
from aigc_label.explicit_label import ExplicitLabel
from mp4_samples import film

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=0.5")
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="hi"/></rdf:RDF></x:xmpmeta>'
)


def edited(raw, plan):
    out = io.BytesIO()
    with open_asset(raw) as asset:
        plan(asset).apply(asset, out)
    return out.getvalue()


def with_chunks(asset):
    whole = avi.survey(asset, riff.walk(asset))
    end = whole.form.end
    chunks = riff.encoded(b"_PMX", PACKET) + riff.encoded(b"MINE", b"abc")
    return moving.plan(asset, whole, [Splice(Span(end, end), chunks)])


def with_xmp_object(asset):
    at, _ = asf.behind_data(asset)
    new = asf.xmp_object(PACKET)
    return EditPlan([Splice(Span(at, at), new), *asf.sized(asset, len(new))])


def with_cue_point(asset):
    at = flv.first(asset)
    tag = flv.script_tag(amf0.string(b"onCuePoint") + amf0.string(b"x"))
    return EditPlan([Splice(Span(at, at), tag)])


def test_avi_keeps_xmp_and_chunks_of_others():
    raw = edited(film(*SOURCE, "-c:v", "mpeg4", name="x.avi"), with_chunks)
    new = api.label(raw, None, explicit=ExplicitLabel(), name="x.avi").data
    with open_asset(new) as asset:
        form = riff.walk(asset)
        chunk = form.find(b"_PMX")
        assert asset.read(chunk.body, chunk.size) == PACKET
        assert form.find(b"MINE")
        assert form.end == asset.size


def test_avi_gets_no_tags_that_it_had_not():
    raw = film(*SOURCE, "-c:v", "mpeg4", "-fflags", "+bitexact", name="bare.avi")
    assert b"ISFT" not in raw
    new = api.label(raw, None, explicit=ExplicitLabel(), name="bare.avi").data
    assert b"ISFT" not in new


def test_wmv_keeps_xmp():
    raw = edited(film(*SOURCE, "-c:v", "wmv2", name="x.wmv"), with_xmp_object)
    new = api.label(raw, None, explicit=ExplicitLabel(), name="x.wmv").data
    with open_asset(new) as asset:
        _, further = asf.behind_data(asset)
        assert [asset.read(o.body, o.end - o.body) for o in further if o.id == asf.XMP] == [PACKET]


def test_flv_with_cue_points_is_refused():
    raw = edited(film(*SOURCE, "-c:v", "flv", name="x.flv"), with_cue_point)
    with pytest.raises(CannotCarry, match="script data"):
        api.label(raw, None, explicit=ExplicitLabel(), name="x.flv")


def test_two_programs_are_refused():
    args = (*SOURCE, "-f", "lavfi", "-i", "sine=duration=0.5", "-c:v", "mpeg2video", "-c:a", "mp2")
    programs = ("-program", "program_num=1:st=0", "-program", "program_num=2:st=1")
    raw = film(*args, *programs, name="programs.ts")
    with pytest.raises(CannotCarry, match="2 programs"):
        api.label(raw, None, explicit=ExplicitLabel(), name="programs.ts")


def packet(pid, payload, flags=0x10):
    return (b"\x47" + (0x4000 | pid).to_bytes(2, "big") + bytes([flags]) + payload).ljust(
        188, b"\xff"
    )


def test_the_table_of_programs_is_found_behind_others():
    entries = (0).to_bytes(2, "big") + (0xE010).to_bytes(2, "big")
    entries += (5).to_bytes(2, "big") + (0xE123).to_bytes(2, "big")
    table = (
        b"\x00\x00\xb0" + bytes([9 + len(entries)]) + b"\x00\x07\xc1\x00\x00" + entries + bytes(4)
    )
    padded = b"\x03\x00\xff\xff" + table
    others = packet(0x100, b"") + packet(0, b"\xff") + packet(0, b"\x00\x02" + table[1:])
    assert transport._programs(others + packet(0, padded, 0x30)) == (7, 5, 0x123)
    assert transport._programs(others * 2) is None
