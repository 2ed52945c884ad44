"""The four verbs: what they refuse, and what they leave to others."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from aigc_label import (
    Attribution,
    CannotCarry,
    ExplicitLabel,
    ImplicitLabel,
    LabelConflict,
    NothingToPropagate,
    UsageError,
    check,
    label,
    propagate,
    read,
)

MADE = ImplicitLabel(content_producer="Maker", produce_id="1")


def picture(encoding="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, encoding)
    return buffer.getvalue()


def test_nothing_asked_for():
    with pytest.raises(UsageError, match="nothing to do"):
        label(picture(), None)


def test_no_place_for_an_implicit_label():
    with pytest.raises(CannotCarry, match="explicit"):
        label("一首诗。".encode(), MADE, name="poem.txt")
    written = label("一首诗。".encode(), MADE, explicit=ExplicitLabel(), name="poem.txt")
    assert written.label is None
    assert "no place" in written.notes[0]
    with pytest.raises(CannotCarry):
        propagate("一首诗。".encode(), "Platform", declared=True, name="poem.txt")


def test_no_marker_for_the_format():
    with pytest.raises(CannotCarry, match="--no-explicit"):
        label(b'{"prompt": "x"}', MADE, explicit=ExplicitLabel(), name="a.json")


def test_another_producers_label_stays():
    labelled = label(picture(), MADE).data
    theirs = ImplicitLabel(content_producer="Somebody else", produce_id="1")
    with pytest.raises(LabelConflict, match="article 10"):
        label(labelled, theirs)
    with pytest.raises(LabelConflict):  # nor may a producer take over what a platform declared
        label(propagate(picture(), "Platform", declared=True).data, theirs)


def test_ones_own_label_is_updated_and_a_platforms_elements_stay():
    spread = propagate(label(picture(), MADE).data, "Platform", "77", reserved_code="sig").data
    newer = ImplicitLabel(content_producer="Maker", produce_id="2", reserved_code1="hash")
    written = label(spread, newer)
    assert written.label.fields == {
        "Label": "1",
        "ContentProducer": "Maker",
        "ProduceID": "2",
        "ReservedCode1": "hash",
        "ContentPropagator": "Platform",
        "PropagateID": "77",
        "ReservedCode2": "sig",
    }
    assert "kept the propagation elements of 'Platform'" in written.notes
    assert [dict(found.fields) for found in read(written.data).labels] == [written.label.fields]


def test_a_platform_keeps_its_number():
    once = propagate(label(picture(), MADE).data, "Platform")
    twice = propagate(once.data, "Platform")
    assert not twice.changed
    assert twice.data == once.data


def test_article_6():
    plain = picture()
    with pytest.raises(NothingToPropagate, match="declare"):
        propagate(plain, "Platform")
    declared = propagate(plain, "Platform", declared=True)
    assert declared.label.attribution is Attribution.POSSIBLE
    assert check(declared.data).attribution is Attribution.POSSIBLE
    marked = propagate("> AI生成\n\n一首诗。\n".encode(), "Platform", name="poem.md")
    assert marked.label.attribution is Attribution.SUSPECTED
    assert marked.label.content_producer == ""


def test_labels_that_disagree_are_nobodys_to_settle():
    from PIL import PngImagePlugin

    first = '{"Label":"1","ContentProducer":"A","ProduceID":"1"}'
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", first)
    info.add_text("AIGC", first.replace('"A"', '"B"'))
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=info)
    with pytest.raises(LabelConflict, match="disagree about ContentProducer"):
        propagate(buffer.getvalue(), "Platform")


def test_a_label_that_says_nothing_known_is_not_overwritten():
    text = '---\nAIGC:\n  Label: "7"\n  ContentProducer: "A"\n  ProduceID: "1"\n---\n\nx\n'
    with pytest.raises(LabelConflict, match="none of 1, 2 and 3"):
        propagate(text.encode(), "Platform", name="a.md")


def test_somebody_elses_slips_are_kept_when_propagating():
    text = '---\nAIGC:\n  Label: 1\n  ContentProducer: "甲 & 乙"\n  ProduceId: "编号 1"\n---\n\nx\n'
    fields = propagate(text.encode(), "Platform", "9", name="a.md").label.fields
    assert (fields["ContentProducer"], fields["ProduceID"]) == ("甲 & 乙", "编号 1")
    assert (fields["ContentPropagator"], fields["PropagateID"]) == ("Platform", "9")


def test_arguments_that_make_no_sense():
    with pytest.raises(UsageError, match="only"):
        check(picture(), only="both")
    with pytest.raises(UsageError):
        label(12, MADE)


def test_targets(tmp_path):
    plain = picture()
    path = tmp_path / "a.png"
    path.write_bytes(plain)
    stream = io.BytesIO()
    assert label(path, MADE, to=stream).data is None
    assert stream.getvalue() == label(plain, MADE).data
    dry = label(path, MADE, to=tmp_path / "b.png", dry_run=True)
    assert dry.changed
    assert dry.carrier == "png.xmp"
    assert not (tmp_path / "b.png").exists()
    label(path, MADE, to=path)
    assert path.read_bytes() == stream.getvalue()
    again = label(path, MADE, to=tmp_path / "copy.png")
    assert not again.changed
    assert (tmp_path / "copy.png").read_bytes() == stream.getvalue()
