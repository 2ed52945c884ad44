"""HDR films in HEVC that are encoded whole: bright white, and the same words about their light."""

import struct

import pytest

from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import laying, light, whole
from aigc_label.explicit.film.codecs import hevc
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mp4
from film_samples import H265, LIGHT, PQ, SOURCE, TAGS
from mp4_samples import film

HLG = [word.replace("smpte2084", "arib-std-b67") for word in (PQ, *TAGS)]
TEN = ("-pix_fmt", "yuv420p10le", "-t", "2.2")
FILMS = {
    "HDR10": (*SOURCE, *H265, "-x265-params", f"log-level=error:{LIGHT}", "-vf", PQ, *TAGS, *TEN),
    "HLG": (*SOURCE, *H265, "-x265-params", "log-level=error:atc-sei=18", "-vf", *HLG, *TEN),
    "SDR": (*SOURCE, *H265, "-x265-params", "log-level=error", "-t", "2.2"),
}
SAID = {"HDR10": {137, 144}, "HLG": {147}, "SDR": set()}


def reel(raw, path):
    path.write_bytes(raw)
    return laying.Reel(path, ("-f", "mov"), 0)


@pytest.mark.parametrize("name", FILMS)
def test_light_is_said_again(name, tmp_path):
    source = reel(film(*FILMS[name], name=f"{name}.mp4"), tmp_path / "source.mp4")
    explicit = ExplicitLabel(seconds=2, spans=("full",))
    with open_asset(source.path) as asset:
        new, _ = whole.mark(asset, mp4.FORMAT, explicit, lambda n: tmp_path / n)
        with new:
            made = source._replace(path=tmp_path / "marked.mp4")
            assert set(light.said(source)) == SAID[name]
            assert light.said(made) == light.said(source)


def test_light_that_is_lost_is_noticed(tmp_path):
    plain = reel(film(*FILMS["SDR"], name="SDR.mp4"), tmp_path / "plain.mp4")
    with pytest.raises(CannotCarry, match="of its light"):
        light.verify({144: b"1234"}, plain)


def test_messages_become_parameters():
    mastering = struct.pack(">8H2I", 1, 2, 3, 4, 5, 6, 7, 8, 10_000_000, 1)
    found = {137: mastering, 144: b"\x03\xe8\x01\x90", 147: b"\x12"}
    assert light.params(found) == [
        "master-display=G(1,2)B(3,4)R(5,6)WP(7,8)L(10000000,1)", "max-cll=1000,400",
        "atc-sei=18", "hdr10=1",
    ]  # fmt: skip
    with pytest.raises(CannotCarry, match="cut short"):
        light.params({137: b"short"})


def annexb(*units):
    return b"".join(b"\0\0\0\1" + unit for unit in units)


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        (b"\x4e\x01\x04\x05\xb5\x00\x3c\x00\x01\x80", r"HDR10\+"),
        (b"\x7c\x01\x19\x08", "Dolby Vision"),
    ],
)
def test_what_changes_from_frame_to_frame_is_refused(unit, reason, tmp_path, monkeypatch):
    monkeypatch.setattr(light.ffmpeg, "run", lambda _: annexb(b"\x01", unit))
    with pytest.raises(CannotCarry, match=reason):
        light.said(laying.Reel(tmp_path, (), 0))


def test_captions_are_no_light(tmp_path, monkeypatch):
    caption = b"\x4e\x01\x04\x05\xb5\x00\x31GA\x80"
    monkeypatch.setattr(light.ffmpeg, "run", lambda _: annexb(caption))
    assert light.said(laying.Reel(tmp_path, (), 0)) == {}


def test_a_film_that_cannot_be_read_is_refused(tmp_path):
    bad = reel(b"nothing", tmp_path / "bad.mp4")
    with pytest.raises(CannotCarry, match="first frame cannot be read"):
        light.said(bad)


def test_long_messages_are_told_apart():
    raw = b"\xff\x01\xff\x02" + bytes(257) + b"\x90\x04abcd\x80"
    assert [(kind, len(data)) for kind, data in hevc.messages(raw)] == [(256, 257), (144, 4)]
