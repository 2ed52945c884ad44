"""Profiles as hexadecimal digits: what they state, what is left without a label, and rubbish."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigc_label import ImplicitLabel, label, read
from aigc_label.carriers import raw_profile
from aigc_label.model import FoundLabel

PNG = Path(__file__).parents[2] / "fixtures/png"


def texts(data: bytes, tmp_path) -> dict:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with Image.open(path) as image:
        image.load()
        return image.text


@pytest.mark.parametrize("kind", ["exif", "xmp"])
def test_the_producer_moves_its_label_home_and_the_rest_of_the_profile_stays(kind, tmp_path):
    path = PNG / f"variants/profile-{kind}.png"
    (stands,) = read(path).labels
    own = ImplicitLabel.from_fields(stands.fields)
    made = label(path, own)
    (found,) = read(made.data).labels
    assert (found.carrier, found.home) == ("png.xmp", True)
    name = f"Raw profile type {kind}"
    before, after = (texts(data, tmp_path)[name] for data in (path.read_bytes(), made.data))
    assert after.split()[0] == kind
    digits = "".join(after.split()[2:])
    assert int(after.split()[1]) == len(digits) // 2
    assert max(len(line) for line in after.split("\n")) == 72
    assert b"ContentProducer" in bytes.fromhex("".join(before.split()[2:]))
    assert b"ContentProducer" not in bytes.fromhex(digits)
    assert len(digits) > 100, "the whole profile is gone"


@given(st.binary(max_size=300))
def test_rubbish_states_nothing(text):
    assert not any(
        isinstance(seen, FoundLabel)
        for seen in raw_profile.observe(text, carrier="png.profile", offset=0)
    )


@given(st.sampled_from(["exif", "iptc", "xmp", "APP1"]), st.binary(max_size=200))
def test_any_bytes_in_a_profile_are_taken(kind, data):
    text = f"\n{kind}\n{len(data):8}\n{data.hex()}\n".encode()
    list(raw_profile.observe(text, carrier="png.profile", offset=0))


@pytest.mark.parametrize(
    ("keyword", "named"),
    [
        (b"Raw profile type exif", True),
        (b"Raw profile type APP1", True),
        (b"Raw profile type icc", False),
        (b"Raw profile", False),
    ],
)
def test_keywords(keyword, named):
    assert raw_profile.is_named(keyword) is named
