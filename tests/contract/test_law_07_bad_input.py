"""L7: truncation, damage and hostile files give a value or ``AigcLabelError``, within a budget."""

from __future__ import annotations

import contextlib
import random

import pytest

import aigc_label
from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.model import FoundLabel


def cut_points(size: int) -> list[int]:
    """Every byte of the head, then ever wider steps, then the bytes before the end."""
    points = set(range(min(size, 48)))
    points |= {size * n // 24 for n in range(24)}
    points |= {size - n for n in (1, 2, 3, 4, 7, 8, 9, 13, 30, 128) if n <= size}
    return sorted(points)


def test_hostile_files(damaged_file, attempt, bounded):
    data, name = damaged_file.data, damaged_file.path.name
    bounded(lambda: attempt(data, name, damaged_file.id), 5, 64, damaged_file.id)
    report = aigc_label.check(damaged_file.path, only="implicit")
    assert report.inspection.name == str(damaged_file.path)


def test_hostile_files_under_the_whole_check(damaged_file):
    """Marks are looked for too; ffmpeg or Pillow may refuse, and that is a finding."""
    report = aigc_label.check(damaged_file.path)
    assert report.findings


@pytest.mark.parametrize("fmt", registry.formats(), ids=lambda f: f.id)
def test_truncation_at_many_points(fmt, corpus, attempt):
    chosen = [f for f in corpus if f.format == fmt.id and f.kind in ("plain", "labelled")]
    for file in chosen:
        data = file.data
        for point in cut_points(len(data)):
            attempt(data[:point], file.path.name, f"{file.id} cut at {point}")


def hurt(data: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, most of them in the head."""
    damaged = bytearray(data)
    for _ in range(dice.choice((1, 1, 4, 40))):
        at = dice.randrange(min(len(damaged), dice.choice((64, 600, 1 << 30))))
        damaged[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    return bytes(damaged)


def test_byte_damage(labelled_file, attempt, bounded):
    dice = random.Random(labelled_file.id)
    damaged = [hurt(labelled_file.data, dice) for _ in range(8)]

    def work():
        for data in damaged:
            attempt(data, labelled_file.path.name, labelled_file.id)

    bounded(work, 5, 64, labelled_file.id)


@pytest.mark.parametrize("lie", [b"\xff" * 4, b"\x7f\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f"])
@pytest.mark.parametrize("fmt", registry.formats(), ids=lambda f: f.id)
def test_sizes_that_lie(fmt, lie, corpus, attempt, bounded):
    """Every aligned 32-bit number near the head becomes a huge one, or nought."""
    kinds = ("labelled", "variants") if fmt.plan is not None else ("variants", "plain")
    file = next(f for f in corpus if f.format == fmt.id and f.kind in kinds)
    data, name = file.data, file.path.name

    def work():
        for at in range(0, min(len(data) - 4, 160), 2):
            attempt(data[:at] + lie + data[at + 4 :], name, f"{file.id} lie at {at}")

    bounded(work, 20, 64, file.id)


def test_facts_before_the_break_are_kept(labelled_file):
    """A file cut behind its label still shows it, with the reason why reading stopped."""
    data, name = labelled_file.data, labelled_file.path.name
    report = aigc_label.check(data[:-1], name=name, only="implicit")
    assert report.inspection.size == len(data) - 1
    if report.inspection.problem is None:
        assert report.inspection.format == labelled_file.format


def test_reading_does_not_change_with_the_way_in(damaged_file):
    """Path and bytes give the same facts and the same error, however bad the file is."""

    def facts(source, name=None):
        seen = aigc_label.check(source, name=name, only="implicit").inspection
        return (
            seen.format,
            [(found.carrier, dict(found.fields)) for found in seen.labels],
            type(seen.problem),
            getattr(seen.problem, "reason", None),
        )

    by_path = facts(damaged_file.path)
    assert by_path == facts(damaged_file.data, damaged_file.path.name)


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: folder,
        lambda folder: folder / "missing.png",
        lambda folder: folder / "a" / ("b" * 300),
    ],
    ids=["folder", "missing", "name-too-long"],
)
def test_what_cannot_be_opened_is_a_finding(make, tmp_path):
    report = aigc_label.check(make(tmp_path))
    assert not report.ok
    assert report.findings


def test_readers_alone_raise_nothing_else(damaged_file):
    """Without the verbs around them: facts first, then at most one AssetError."""
    fmt = registry.by_id(damaged_file.format)
    with (
        open_asset(damaged_file.data, name=damaged_file.path.name) as asset,
        contextlib.suppress(aigc_label.AssetError),
    ):
        for seen in fmt.read(asset):
            assert not isinstance(seen, FoundLabel) or seen.fields
