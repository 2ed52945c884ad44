"""L1: exactly one format claims a file. L2: reading gives exactly what the sidecar says."""

from __future__ import annotations

import io
import re

import pytest

import aigc_label
from aigc_label import Attribution, registry
from aigc_label.asset import open_asset
from aigc_label.errors import UnknownFormat

FORMATS = registry.formats()


def claims(data: bytes, name: str) -> set[str]:
    with open_asset(data, name=name) as asset:
        claiming = {fmt.id: fmt for fmt in FORMATS if fmt.sniff(asset)}
    told_by_bytes = {i for i, fmt in claiming.items() if fmt.medium.value != "text"}
    return told_by_bytes or set(claiming)  # names count only when no bytes do


def said(labels) -> list[tuple]:
    return sorted(
        (seen["carrier"], seen["home"], sorted(seen["fields"].items()), sorted(seen["quirks"]))
        for seen in labels
    )


def seen_in(inspection) -> list[tuple]:
    return said(
        {
            "carrier": found.carrier,
            "home": found.home,
            "fields": found.fields,
            "quirks": found.quirks,
        }
        for found in inspection.labels
    )


def test_every_format_has_fixtures_of_two_encoders(corpus):
    for fmt in FORMATS:
        kinds = [file.kind for file in corpus if file.format == fmt.id]
        assert kinds.count("plain") >= 2, f"{fmt.id}: too few plain fixtures"
        assert "damaged" in kinds, f"{fmt.id}: no damaged fixture"
        assert "silent" in kinds, f"{fmt.id}: no silent fixture"
        if fmt.plan is not None:
            assert "labelled" in kinds, f"{fmt.id}: no labelled fixture"


def test_every_fixture_folder_has_its_format(corpus):
    folders = {file.format for file in corpus} - {"unknown"}
    assert folders == {fmt.id for fmt in FORMATS}


def test_the_corpus_stays_small(corpus):
    assert sum(file.path.stat().st_size for file in corpus) < 4_000_000


def test_the_readme_says_how_each_fixture_was_made(corpus):
    page = (corpus[0].path.parents[2] / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| `([a-z0-9]+/[^`]+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(file.id for file in corpus)


def test_one_format_claims_a_plain_file(plain_file):
    assert claims(plain_file.data, plain_file.path.name) == {plain_file.format}


def test_one_format_claims_a_labelled_file(labelled_file):
    assert claims(labelled_file.data, labelled_file.path.name) == {labelled_file.format}


def test_one_format_claims_a_tempting_file(silent_file):
    assert claims(silent_file.data, silent_file.path.name) == {silent_file.format}


def test_the_bytes_decide_and_not_the_name(misnamed_file):
    assert claims(misnamed_file.data, misnamed_file.path.name) == {misnamed_file.format}


def test_nobody_claims_an_unknown_file(unknown_file):
    assert claims(unknown_file.data, unknown_file.path.name) == set()
    with pytest.raises(UnknownFormat):
        aigc_label.read(unknown_file.path)
    report = aigc_label.check(unknown_file.path)
    assert not report.ok
    assert report.findings


def test_no_label_is_read_in_a_plain_file(plain_file):
    assert aigc_label.read(plain_file.path).labels == ()


def test_no_label_is_read_in_a_tempting_file(silent_file):
    assert aigc_label.read(silent_file.path).labels == ()


def test_a_file_that_refuses_a_write_is_read_all_the_same(refused_file):
    assert claims(refused_file.data, refused_file.path.name) == {refused_file.format}
    assert seen_in(aigc_label.read(refused_file.path)) == said(refused_file.labels)


def test_signals_are_read_exactly_and_are_no_labels(signal_file):
    seen = aigc_label.read(signal_file.path)
    assert seen.labels == ()
    assert [
        {"scheme": signal.scheme, "ai": signal.ai, "generator": signal.generator}
        for signal in seen.signals
    ] == signal_file.signals
    assert all(signal.carrier and signal.detail for signal in seen.signals)


def test_a_claim_of_ai_makes_a_file_suspected(signal_file):
    """Article 6: a trace, neither a label nor a declaration."""
    report = aigc_label.check(signal_file.path, only="implicit")
    claimed = any(signal["ai"] for signal in signal_file.signals)
    assert report.attribution == (Attribution.SUSPECTED if claimed else None)


def test_no_claim_of_ai_is_read_in_a_tempting_file(silent_file):
    assert [s for s in aigc_label.read(silent_file.path).signals if s.ai] == []


def test_no_claim_of_ai_is_read_in_a_plain_file(plain_file):
    assert [s for s in aigc_label.read(plain_file.path).signals if s.ai] == []


def test_the_labels_are_read_exactly(labelled_file):
    assert seen_in(aigc_label.read(labelled_file.path)) == said(labelled_file.labels)


def test_path_bytes_and_stream_are_read_alike(labelled_file):
    path, name = labelled_file.path, labelled_file.path.name
    expected = seen_in(aigc_label.read(path))
    assert seen_in(aigc_label.read(path.read_bytes(), name=name)) == expected
    assert seen_in(aigc_label.read(io.BytesIO(path.read_bytes()), name=name)) == expected


def test_carriers_at_home_are_declared(labelled_file):
    homes = registry.by_id(labelled_file.format).homes
    for found in aigc_label.read(labelled_file.path).labels:
        if found.home:
            assert found.carrier in homes
