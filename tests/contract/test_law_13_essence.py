"""L13: the essence stays the same bytes when a label is written, and is nothing but the content."""

from __future__ import annotations

import contextlib
import hashlib

import pytest

from aigc_label import essence, registry
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError
from aigc_label.model import ImplicitLabel

TELLING = [fmt for fmt in registry.formats() if fmt.essence is not None]
OTHER = ImplicitLabel(content_producer="Other Studio", produce_id="another/" + "4" * 300)
SILENT = {"pdf", "html", "svg", "json", "jsonl", "vtt"}
"""Formats of one piece, in which a label stands among what is shown; see decisions/essence.md."""


def spans_of(data: bytes, name: str, format_id: str):
    with open_asset(data, name=name) as asset:
        return list(registry.by_id(format_id).essence(asset))


def digest_of(data: bytes, name: str, format_id: str) -> bytes | None:
    with open_asset(data, name=name) as asset:
        return essence.digest(asset, registry.by_id(format_id))


def test_every_format_tells_or_is_known_not_to():
    assert {fmt.id for fmt in registry.formats()} == {fmt.id for fmt in TELLING} | SILENT


def test_a_first_label_leaves_it_as_it_is(writable_plain_file, written):
    name, format_id = writable_plain_file.path.name, writable_plain_file.format
    before = digest_of(writable_plain_file.data, name, format_id)
    assert (before is None) == (format_id in SILENT)
    assert digest_of(written(writable_plain_file), name, format_id) == before


def test_another_label_leaves_it_as_it_is(writable_file, written, planned):
    """Whatever stood in a wrong place, among what is shown, is gone after the first write."""
    name, format_id = writable_file.path.name, writable_file.format
    once = written(writable_file)
    other = planned(once, name, format_id, OTHER)
    assert digest_of(other, name, format_id) == digest_of(once, name, format_id)


def test_it_is_there_and_every_byte_of_it_counts(writable_plain_file):
    data, name, format_id = (
        writable_plain_file.data,
        writable_plain_file.path.name,
        writable_plain_file.format,
    )
    if format_id in SILENT:
        return
    before = digest_of(data, name, format_id)
    spans = spans_of(data, name, format_id)
    assert sum(span.end - span.start for span in spans) > 0
    last = max((span for span in spans if span.end > span.start), key=lambda span: span.end)
    at = (last.start + last.end) // 2
    changed = bytearray(data)
    changed[at] ^= 1
    with contextlib.suppress(AssetError):  # or a byte without which the structure breaks
        assert digest_of(bytes(changed), name, format_id) != before


def test_damage_gives_a_value_or_an_error(damaged_file):
    with open_asset(damaged_file.data, name=damaged_file.path.name) as asset:
        fmt = registry.by_id(damaged_file.format)
        found = None
        with contextlib.suppress(AssetError):
            found = essence.digest(asset, fmt)
        assert found is None or len(found) == 32


@pytest.mark.parametrize("algorithm", ["sha1", "sha512"])
def test_other_algorithms(algorithm):
    with open_asset(b"one, two", name="a.txt") as asset:
        found = essence.digest(asset, registry.by_id("plaintext"), algorithm)
    assert found == hashlib.new(algorithm, b"one, two").digest()
