"""L3: what is written is read. L4: twice is once. L5: what is outside the spans stays."""

from __future__ import annotations

import io

import pytest
from eyes import all_eyes, eyes_of
from hypothesis import example, given

import aigc_label
from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.edits import replacements
from aigc_label.errors import CannotCarry, LabelConflict
from aigc_label.model import FoundLabel, ImplicitLabel

WRITABLE = [fmt for fmt in registry.formats() if fmt.plan is not None]
WITH_ROOM = [fmt for fmt in WRITABLE if fmt.id in all_eyes() and eyes_of(fmt.id).has_room]
OTHER = ImplicitLabel(content_producer="Other Studio", produce_id="another/42")
LIKE_SETTINGS = ImplicitLabel(  # words that stand in what tools note of a generation
    content_producer="Midjourney",
    produce_id="invokeai_metadata",
    content_propagator="Stable Diffusion",
    propagate_id="suno_uuid",
)


def test_any_label_reads_back_equal(writable_plain_file, any_label):
    data, name = writable_plain_file.data, writable_plain_file.path.name
    fmt = registry.by_id(writable_plain_file.format)

    @given(implicit=any_label)
    @example(implicit=LIKE_SETTINGS)
    def law(implicit):
        made = aigc_label.label(data, implicit, name=name)
        (found,) = aigc_label.read(made.data, name=name).labels
        assert dict(found.fields) == implicit.fields
        assert found.home == bool(fmt.homes)
        assert found.carrier == made.carrier
        assert made.label == implicit

    law()


def test_every_label_of_a_file_gives_way_to_the_one(writable_file, written, read_labels, standard):
    """6.1 c: one label a file, at the preferred place, whatever stood there before."""
    name, fmt = writable_file.path.name, registry.by_id(writable_file.format)
    (found,) = read_labels(written(writable_file), name, fmt.id)
    assert dict(found.fields) == standard.fields
    assert found.carrier == fmt.slots[0]
    assert found.home == bool(fmt.homes)
    assert found.quirks in ((), ("wrapped",))


def test_the_format_is_still_the_same(writable_file, written):
    with open_asset(written(writable_file), name=writable_file.path.name) as asset:
        assert registry.identify(asset).id == writable_file.format


def test_twice_is_once(writable_file, written, planned, standard):
    once, name = written(writable_file), writable_file.path.name
    assert planned(once, name, writable_file.format, standard) == once
    again = aigc_label.label(once, standard, name=name)
    assert again.changed is False
    assert again.data == once


def test_updating_does_not_pile_up(writable_plain_file, planned, standard):
    name, format_id = writable_plain_file.path.name, writable_plain_file.format
    data = planned(writable_plain_file.data, name, format_id, standard)
    sizes = set()
    for _ in range(4):
        data = planned(data, name, format_id, OTHER)
        data = planned(data, name, format_id, standard)
        sizes.add(len(data))
    assert len(sizes) == 1
    assert data.count(b"another/42") == 0


def test_what_no_splice_names_is_untouched(writable_file, written, standard):
    data, made = writable_file.data, written(writable_file)
    with open_asset(data, name=writable_file.path.name) as asset:
        plan = registry.by_id(writable_file.format).plan(asset, standard)
    at = out = 0
    for splice in plan.splices:
        kept = splice.span.start - at
        assert made[out : out + kept] == data[at : splice.span.start]
        out += kept
        assert made[out : out + len(splice.data)] == splice.data
        out += len(splice.data)
        at = splice.span.end
    assert made[out:] == data[at:]


def test_a_plan_touches_little(writable_file, standard):
    """A write that rewrote the file would be lossless too, and no good for a film of 40 GB."""
    data = writable_file.data
    with open_asset(data, name=writable_file.path.name) as asset:
        plan = registry.by_id(writable_file.format).plan(asset, standard)
    metadata = sum(len(splice.data) for splice in plan.splices)
    assert metadata <= 12_000


def test_path_bytes_and_stream_are_written_alike(writable_plain_file, standard, tmp_path):
    file = writable_plain_file
    target = tmp_path / file.path.name
    aigc_label.label(file.path, standard, to=target)
    data = file.data
    sink = io.BytesIO()
    aigc_label.label(io.BytesIO(data), standard, name=file.path.name, to=sink)
    assert sink.getvalue() == target.read_bytes()
    assert aigc_label.label(data, standard, name=file.path.name).data == target.read_bytes()
    assert file.data == data
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_in_place_is_the_same(writable_plain_file, standard, written, tmp_path):
    target = tmp_path / writable_plain_file.path.name
    target.write_bytes(writable_plain_file.data)
    target.chmod(0o640)
    made = aigc_label.label(target, standard, to=target)
    assert made.changed
    assert target.read_bytes() == written(writable_plain_file)
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_dry_run_writes_nothing(writable_plain_file, standard, tmp_path):
    target = tmp_path / writable_plain_file.path.name
    target.write_bytes(writable_plain_file.data)
    made = aigc_label.label(target, standard, to=target, dry_run=True)
    assert made.dry_run
    assert made.changed
    assert target.read_bytes() == writable_plain_file.data
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_another_producers_label_is_protected(writable_labelled_file, tmp_path):
    """Article 10: refused, and nothing is written."""
    target = tmp_path / "out"
    with pytest.raises(LabelConflict):
        aigc_label.label(writable_labelled_file.path, OTHER, to=target)
    assert not target.exists()


def test_a_file_without_a_place_is_refused_with_the_reason(refused_file, standard, tmp_path):
    """The format could carry a label, this file cannot: nothing is written, and the words help."""
    with pytest.raises(CannotCarry, match=r"[a-z]{3}.*[;,:]"):
        aigc_label.label(refused_file.path, standard, to=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "fmt", [f for f in registry.formats() if f.plan is None], ids=lambda f: f.id
)
def test_a_format_without_a_place_says_so(fmt, corpus, standard):
    file = next(f for f in corpus if f.format == fmt.id and f.kind == "plain")
    with pytest.raises(CannotCarry):
        aigc_label.label(file.path, standard)


@pytest.mark.parametrize("fmt", WRITABLE, ids=lambda f: f.id)
def test_the_longest_label_is_carried_or_refused(fmt, corpus):
    file = next(f for f in corpus if f.format == fmt.id and f.kind == "plain")
    long = ImplicitLabel(
        content_producer="P" * 16_384,
        produce_id="灯" * 16_384,
        reserved_code1='"\\' * 8_192,
        reserved_code2="&<>" * 5_000,
    )
    try:
        made = aigc_label.label(file.path, long)
    except CannotCarry:
        return
    (found,) = aigc_label.read(made.data, name=file.path.name).labels
    assert dict(found.fields) == long.fields


def test_propagation_keeps_the_producers_fields(writable_labelled_file):
    before = writable_labelled_file.labels
    owned = ("Label", "ContentProducer", "ProduceID", "ReservedCode1")
    own = {"ContentPropagator": "some-platform", "PropagateID": "post/7", "ReservedCode2": "r2"}
    opinions = {tuple(label["fields"].get(key, "") for key in owned[:3]) for label in before}
    path = writable_labelled_file.path
    if len(opinions) > 1:
        with pytest.raises(LabelConflict):
            aigc_label.propagate(path, "some-platform", "post/7", reserved_code="r2")
        return
    made = aigc_label.propagate(path, "some-platform", "post/7", reserved_code="r2")
    (found,) = aigc_label.read(made.data, name=path.name).labels
    chosen = next((label for label in before if label["home"]), before[0])["fields"]
    assert dict(found.fields) == {key: chosen.get(key, "") for key in owned} | own


def test_facts_of_other_kinds_are_kept(writable_file, written):
    """Signals and foreign metadata facts are the same before and after."""
    name, fmt = writable_file.path.name, registry.by_id(writable_file.format)

    def signals(data):
        with open_asset(data, name=name) as asset:
            return [
                (s.scheme, s.ai, s.generator, s.detail)
                for s in fmt.read(asset)
                if not isinstance(s, FoundLabel)
            ]

    assert signals(written(writable_file)) == signals(writable_file.data)


@pytest.mark.parametrize("fmt", WITH_ROOM, ids=lambda f: f.id)
def test_an_update_fits_into_the_room_that_the_first_label_left(fmt, corpus, standard, written):
    """So that a platform's fields are patched into a film of gigabytes, not copied with it."""
    file = next(f for f in corpus if f.format == fmt.id and f.kind == "plain")
    update = standard.propagated("a-platform-with-a-name-of-its-own", "p" * 60, "s" * 40)
    with open_asset(written(file), name=file.path.name) as asset:
        edited = fmt.plan(asset, update).view(asset)
        assert edited.size == asset.size
        assert replacements(edited, asset, 16 << 10), "bytes would move"
        (found,) = (seen for seen in fmt.read(edited) if isinstance(seen, FoundLabel))
        assert dict(found.fields) == update.fields
