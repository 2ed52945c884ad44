"""L9: the bytes read do not grow with the file: 3 GiB sparse files, made from fixtures."""

from __future__ import annotations

import pytest
from eyes import all_eyes, eyes_of
from eyes.holes import GIB

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.model import FoundLabel, Medium

MOST = 256 << 10


def sparse(path, *pieces):
    """Bytes as they are, numbers as that many bytes of hole."""
    with path.open("wb") as file:
        for piece in pieces:
            if isinstance(piece, int):
                file.seek(piece, 1)
            else:
                file.write(piece)
        file.truncate()
    return path


def up_to_the_label(fmt) -> int:
    """Pictures and sounds lead to their label in few steps; a drawing is text, and is searched."""
    in_steps = fmt.medium in (Medium.IMAGE, Medium.AUDIO) and fmt.id != "svg"
    return 64 << 10 if in_steps else MOST


def samples(corpus, format_id):
    of_format = [f for f in corpus if f.format == format_id]
    kind = "labelled" if any(f.kind == "labelled" for f in of_format) else "plain"
    return [f for f in of_format if f.kind == kind]


def test_every_format_is_measured():
    assert set(all_eyes()) == {fmt.id for fmt in registry.formats()}


@pytest.mark.parametrize("fmt", registry.formats(), ids=lambda f: f.id)
def test_bytes_read_of_a_huge_file(fmt, corpus, standard, tmp_path):
    for file in samples(corpus, fmt.id):
        for what, pieces in eyes_of(fmt.id).huge(file.data):
            path = sparse(tmp_path / f"{what}{file.path.suffix}", *pieces)
            assert path.stat().st_size > 2.9 * GIB
            with open_asset(path) as asset:
                assert registry.identify(asset).id == fmt.id
                found = []
                for seen in fmt.read(asset):
                    if isinstance(seen, FoundLabel):
                        found.append(seen)
                        assert asset.bytes_read <= up_to_the_label(fmt), f"{file.id} {what}"
                reading = asset.bytes_read
                if fmt.plan is not None:
                    plan = fmt.plan(asset, standard)
                    assert plan, "nothing to write"
                    made = sum(len(splice.data) for splice in plan.splices)
                    assert made <= 1 << 20, f"{file.id} {what}: {made:,} bytes made"
                assert reading <= MOST, f"{file.id} {what}: {reading:,} bytes read"
                assert asset.bytes_read <= 2 * MOST, (
                    f"{file.id} {what}: {asset.bytes_read:,} planned"
                )
                assert asset.reads <= 200
            if file.labels:
                assert len(found) == len(file.labels), f"{file.id} {what}: the label was not read"
            path.unlink()


def test_small_files_are_read_in_few_pieces(labelled_file):
    fmt = registry.by_id(labelled_file.format)
    with open_asset(labelled_file.path) as asset:
        registry.identify(asset)
        list(fmt.read(asset))
        assert asset.reads <= 12
        assert asset.bytes_read <= 2 * asset.size + 16_384
