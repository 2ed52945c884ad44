import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.carriers import vorbis
from aigc_label.edits import EditPlan
from aigc_label.errors import LimitExceeded, Malformed
from aigc_label.model import FoundLabel, Signal
from audio_samples import JSON, LABEL, OTHER
from xiph_samples import listed

WRAPPED = '{"AIGC":' + JSON + "}"


def observed(data, **more):
    with open_asset(data) as asset:
        comments = vorbis.walk(asset, 0, asset.size)
        return list(vorbis.observe(asset, comments, carrier="x", **more))


def edited(data, work, *more):
    out = io.BytesIO()
    with open_asset(data) as asset:
        splices = work(asset, vorbis.walk(asset, 0, len(data)), *more)
        EditPlan(splices).apply(asset, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "carrier", "home", "quirks"),
    [
        (f"AIGC={JSON}", "x", True, ()),
        (f"aigc={JSON}", "x", True, ()),
        (f"AIGC={WRAPPED}", "x", True, ("wrapped",)),
        (f"comment={WRAPPED}", "x.text", False, ("wrapped",)),
        (f"DESCRIPTION={JSON}", "x.text", False, ()),
        (WRAPPED, "x.text", False, ("wrapped",)),
    ],
)
def test_places(text, carrier, home, quirks):
    (found,) = observed(listed("TITLE=t", text, "A=b"))
    assert (found.carrier, found.home, found.quirks) == (carrier, home, quirks)
    assert dict(found.fields) == LABEL.fields
    assert found.offset == len(listed("TITLE=t"))
    (found,) = observed(listed(text), offset=77)
    assert found.offset == 77


def test_pictures_are_not_read():
    cover = b"METADATA_BLOCK_PICTURE=" + b"AIGC{}" * 100_000
    with open_asset(listed(cover, f"AIGC={JSON}")) as asset:
        comments = vorbis.walk(asset, 0, asset.size)
        (found,) = vorbis.observe(asset, comments, carrier="x")
        assert found.home
        assert asset.bytes_read < 20_000


def test_a_generators_settings_are_a_signal():
    (found,) = observed(listed("PARAMETERS=a tune\nSteps: 20, Sampler: Euler"))
    assert isinstance(found, Signal)


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        (b"", 0),
        (b"\x01", 0),
        (struct.pack("<I", 9) + b"x", 0),
        (listed()[:-1], 0),
        (listed(f"AIGC={JSON}", count=2), 1),
        (listed(f"AIGC={JSON}") + b"\xff\xff\xff\x7f", 1),
        (listed("A=b", f"AIGC={JSON}")[:-1], 0),
    ],
)
def test_a_list_that_breaks_off(data, labels):
    found = []
    with open_asset(data) as asset:
        comments = vorbis.walk(asset, 0, asset.size)
        if comments.fault is None:
            assert labels == 1  # bytes behind the list are somebody else's
            return
        with pytest.raises(Malformed, match="longer than their place"):
            found.extend(vorbis.observe(asset, comments, carrier="x"))
        with pytest.raises(Malformed):
            vorbis.labelled(asset, comments, LABEL)
    with open_asset(data) as asset:
        stream = vorbis.observe(asset, vorbis.walk(asset, 0, asset.size), carrier="x")
        assert len([next(stream) for _ in range(labels)]) == labels


def test_too_many_comments():
    with pytest.raises(LimitExceeded):
        observed(listed(*[b""] * (vorbis.MOST_COMMENTS + 1)))


def test_the_label_takes_the_place_of_the_old_ones():
    data = listed("TITLE=t", f"aigc={OTHER}", "A=b", f"COMMENT={WRAPPED}", "AIGC=words", "C=d")
    assert edited(data, vorbis.labelled, LABEL) == listed("TITLE=t", f"AIGC={JSON}", "A=b", "C=d")
    assert edited(data, vorbis.without_label) == listed("TITLE=t", "A=b", "C=d")
    assert edited(listed("A=b"), vorbis.labelled, LABEL) == listed("A=b", f"AIGC={JSON}")
    assert edited(listed("A=b"), vorbis.without_label) == listed("A=b")


def test_a_new_list():
    assert vorbis.new(LABEL) == listed(f"AIGC={JSON}", vendor=b"aigc-label")


@given(data=st.binary(max_size=200) | st.binary(max_size=120).map(lambda b: listed(b"AIGC=" + b)))
def test_any_bytes(data):
    with open_asset(data) as asset:
        comments = vorbis.walk(asset, 0, asset.size)
        try:
            found = list(vorbis.observe(asset, comments, carrier="x"))
        except Malformed:
            assert comments.fault is not None
            return
    assert all(isinstance(seen, (FoundLabel, Signal)) for seen in found)
    again = edited(data, vorbis.labelled, LABEL)
    (found,) = (seen for seen in observed(again) if isinstance(seen, FoundLabel))
    assert dict(found.fields) == LABEL.fields
