import struct
import zlib

import pytest

from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import brands, compressed
from aigc_label.errors import LimitExceeded, Malformed
from mp4_samples import box, full, hdlr, track


def ftyp(major, *compatible):
    return box(b"ftyp", major, bytes(4), *compatible)


def quicktime_track():
    return box(b"trak", box(b"tkhd"), box(b"mdia", full(b"hdlr", b"mhlrvide", bytes(12))))


def compressed_header(moov, method=b"zlib"):
    packed = struct.pack(">I", len(moov)) + zlib.compress(moov)
    return box(b"moov", box(b"cmov", box(b"dcom", method), box(b"cmvd", packed)))


@pytest.mark.parametrize(
    ("raw", "kin"),
    [
        (ftyp(b"isom", b"isom", b"qt  "), "mp4"),
        (ftyp(b"M4V ", b"M4V ", b"M4A ", b"mp42"), "mp4"),
        (ftyp(b"3gp4", b"3gp4"), "mp4"),
        (ftyp(b"3gp9"), "mp4"),
        (ftyp(b"3g2a", b"3g2a", b"3gp4"), "mp4"),
        (ftyp(b"3ge6"), "mp4"),
        (ftyp(b"XAVC", b"XAVC", b"mp42"), "mp4"),
        (ftyp(b"qt  ", b"qt  ", b"mp42"), "mov"),
        (ftyp(b"qt  "), "mov"),
        (ftyp(b"niko", b"niko", b"qt  "), "mov"),
        (ftyp(b"M4A ", b"M4A ", b"mp42", b"isom"), "m4a"),
        (ftyp(b"M4B ", b"mp42"), "m4a"),
        (ftyp(b"M4P "), "m4a"),
        (ftyp(b"F4A ", b"isom"), "m4a"),
        (ftyp(b"none", b"M4A "), "m4a"),
        (ftyp(b"heic", b"mif1", b"iso8"), "heif"),
        (ftyp(b"none", b"mif1", b"iso8"), "heif"),
        (ftyp(b"hevc", b"msf1", b"avis"), "heif"),
        (ftyp(b"avis", b"msf1", b"iso8"), "avif"),
        (ftyp(b"mif1", b"avif", b"miaf"), "avif"),
        (ftyp(b"mif1", b"avif", b"heic"), "heif"),
        (b"\0\0\0\x10ftypmif3avif", "avif"),
        (ftyp(b"crx ", b"mif1"), None),
        (ftyp(b"jxl ", b"jxl "), None),
        (ftyp(b"none"), None),
        (b"\0\0\0\x08ftyp", None),
        (box(b"moov"), "mp4"),
        (box(b"moov", track()), "mp4"),
        (box(b"moov", box(b"iods"), quicktime_track()), "mp4"),
        (box(b"moov", quicktime_track()), "mov"),
        (box(b"mdat", b"x") + box(b"moov", track(), quicktime_track()), "mov"),
        (box(b"wide") + box(b"mdat", b"x") + box(b"moov"), "mov"),
        (box(b"pnot", bytes(12)) + box(b"PICT", b"x") + box(b"moov"), "mov"),
        (box(b"free") + box(b"moov", box(b"udta", box(b"\xa9nam", b"\0\1\0\0x"))), "mov"),
        (box(b"skip") + box(b"moov", box(b"meta", hdlr(b"mdta"))), "mov"),
        (box(b"moov", box(b"udta", box(b"meta", hdlr(b"mdta")))), "mov"),
        (box(b"moov", box(b"udta", full(b"meta", hdlr(b"mdir")))), "mp4"),
        (compressed_header(box(b"moov")), "mov"),
        (box(b"moov", box(b"rmra")), "mov"),
        (box(b"wide") * 9 + box(b"moov"), None),
        (box(b"wide") + box(b"mdat", b"x"), None),
        (box(b"moov", struct.pack(">I4s", 99, b"trak")), None),
        (struct.pack(">I4s", 99, b"mdat"), None),
        (b"", None),
    ],
)
def test_one_kin_claims(raw, kin):
    assert brands.kin(open_asset(raw)) == kin


def test_a_far_header_is_looked_at_in_few_reads():
    raw = box(b"mdat", bytes(40_000)) + box(b"moov", box(b"mvhd"), *[quicktime_track()] * 9)
    asset = open_asset(raw)
    assert brands.kin(asset) == "mov"
    assert asset.reads <= 3


# --- compressed headers -------------------------------------------------------------------------


def cmov_of(raw):
    asset = open_asset(raw)
    return asset, bmff.find(
        bmff.children(asset, bmff.sole_moov(bmff.boxes(asset, 0, len(raw)))), b"cmov"
    )


def test_a_compressed_header_is_inflated():
    moov = box(b"moov", track())
    plain = compressed.inflated(*cmov_of(compressed_header(moov)))
    assert plain.read(0, plain.size) == moov


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (box(b"moov", box(b"cmov")), Malformed),
        (box(b"moov", box(b"cmov", box(b"dcom", b"zl"), box(b"cmvd", bytes(9)))), Malformed),
        (box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", bytes(2)))), Malformed),
        (compressed_header(box(b"moov"), b"adec"), Malformed),
        (compressed_header(box(b"moov")).replace(b"\x78\x9c", b"\0\0"), Malformed),
        (compressed_header(bytes(9 << 20)), LimitExceeded),
    ],
)
def test_a_damaged_or_huge_one_is_refused(raw, error):
    with pytest.raises(error, match=r"header|cut short"):
        compressed.inflated(*cmov_of(raw))


def test_a_huge_one_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(compressed, "LARGEST", 10)
    with pytest.raises(LimitExceeded, match="compressed header of"):
        compressed.inflated(*cmov_of(compressed_header(box(b"moov", track()))))
