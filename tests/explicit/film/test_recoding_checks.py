"""What was written is compared with the source, and what differs is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import laying, recoding, streams
from aigc_label.formats import avi, flv, mpegts
from mp4_samples import film

CODED = ("-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100")


def job(path):
    found = streams.survey(path, "flv")
    reel = laying.Reel(path, ("-f", "flv"), found.shown.number)
    packets = laying.packets(reel)
    laid = SimpleNamespace(packets=packets, start=min(row[1] for row in packets.rows))
    return recoding._Job(flv.FORMAT, found, reel, laid)


def written(tmp_path, name, *, rate=10, pitch=440, seconds=1.0, heard=1.0):
    raw = film(
        "-f", "lavfi", "-i", f"testsrc2=size=160x120:rate={rate}:duration={seconds}",
        "-f", "lavfi", "-i", f"sine=frequency={pitch}:duration={heard}", *CODED, name=name,
    )  # fmt: skip
    path = tmp_path / name
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"seconds": 0.8}, "8 frames came out of 10"),
        ({"rate": 20, "seconds": 0.5}, "keep their times"),
        ({"pitch": 500}, "stay as they are"),
        ({"heard": 0.5}, "would be lost|stay as they are"),
    ],
)
def test_differences_are_refused(other, reason, tmp_path):
    source = job(written(tmp_path, "source.flv"))
    recoding._verify(source, source.reel)
    result = job(written(tmp_path, "result.flv", **other))
    with pytest.raises(CannotCarry, match=reason):
        recoding._verify(source, result.reel)


def test_a_new_coding_is_said():
    film_of = SimpleNamespace(shown=SimpleNamespace(codec="wmv3"))
    assert "WMV 8" in recoding._notes(avi.FORMAT, film_of, open_asset(b""))[1]


def test_tables_of_broadcasts_are_missed():
    plain, guide = (
        b"".join(b"\x47" + number + b"\x10" + bytes(184) for number in numbers)
        for numbers in ([b"\x01\x00"] * 4, [b"\x01\x00", b"\x40\x12", b"\x01\x00"])
    )
    shown = SimpleNamespace(shown=SimpleNamespace(codec="h264"))
    assert len(recoding._notes(mpegts.FORMAT, shown, open_asset(plain))) == 1
    assert "broadcast" in recoding._notes(mpegts.FORMAT, shown, open_asset(guide))[1]
