"""L14: an origin is stated wherever a place for it is known, once, beside the label, and read."""

from __future__ import annotations

import subprocess
from pathlib import Path  # noqa: TC003 - pytest looks at the annotations of fixtures

import pytest
from eyes import eyes_of

import aigc_label
from aigc_label import ImplicitLabel, registry
from aigc_label.origin import Origin

ORIGIN = Origin(system="Pixel & Dream 像素", version="2.1")
LABEL = ImplicitLabel(content_producer="Studio", produce_id="42", origin=ORIGIN)
EDITED = ImplicitLabel(
    content_producer="Studio", produce_id="42", origin=Origin(system="Other", action="edited")
)
SILENT = {
    *("docx", "xlsx", "pptx", "odt", "ods", "odp", "xmind"),
    *("markdown", "json", "jsonl", "vtt"),
}
"""Formats in which no place for IPTC's properties is known; a note says so."""


def stated(data: bytes, name: str) -> list[tuple[str, str | None]]:
    signals = aigc_label.read(data, name=name).signals
    return [(seen.detail, seen.generator) for seen in signals if seen.scheme == "iptc"]


def test_it_is_stated_or_said_that_it_is_not(writable_plain_file):
    data, name = writable_plain_file.data, writable_plain_file.path.name
    before = stated(data, name)
    made = aigc_label.label(data, LABEL, name=name)
    missing = [note for note in made.notes if "origin is not stated" in note]
    if writable_plain_file.format in SILENT:
        assert missing
        assert stated(made.data, name) == before
        return
    assert not missing
    found = stated(made.data, name)
    assert ("trainedAlgorithmicMedia", None) in found
    assert ("AISystemUsed", ORIGIN.system) in found
    again = aigc_label.label(made.data, LABEL, name=name)
    assert (again.changed, again.data) == (False, made.data)


def test_a_new_one_takes_the_place_of_the_old(writable_plain_file):
    if writable_plain_file.format in SILENT:
        return
    name = writable_plain_file.path.name
    once = aigc_label.label(writable_plain_file.data, LABEL, name=name).data
    found = stated(aigc_label.label(once, EDITED, name=name).data, name)
    assert ("compositeWithTrainedAlgorithmicMedia", None) in found
    assert ("AISystemUsed", "Other") in found
    assert ("trainedAlgorithmicMedia", None) not in found
    assert ("AISystemUsed", ORIGIN.system) not in found


def test_what_says_nothing_of_ai_is_stated_too(writable_plain_file):
    if writable_plain_file.format in SILENT:
        return
    name = writable_plain_file.path.name
    label = ImplicitLabel(
        content_producer="Studio", produce_id="42", origin=Origin(source_type="screenCapture")
    )
    made = aigc_label.label(writable_plain_file.data, label, name=name)
    assert not any("origin" in note for note in made.notes)
    assert ("screenCapture", None) in stated(made.data, name)


def test_the_label_alone_leaves_it(writable_plain_file):
    name = writable_plain_file.path.name
    once = aigc_label.label(writable_plain_file.data, LABEL, name=name).data
    plain = ImplicitLabel(content_producer="Studio", produce_id="43")
    assert stated(aigc_label.label(once, plain, name=name).data, name) == stated(once, name)


@pytest.mark.parametrize("format_id", sorted(SILENT))
def test_the_list_of_silent_formats_is_of_formats(format_id):
    assert registry.by_id(format_id).plan is not None


@pytest.fixture(scope="session")
def told_by_exiftool(corpus, tmp_path_factory) -> dict[str, str]:
    """What exiftool says of every plain file once an origin is stated: id -> text; one run."""
    folder: Path = tmp_path_factory.mktemp("origins")
    paths = {}
    for file in corpus:
        if file.kind == "plain" and registry.by_id(file.format).plan and file.format not in SILENT:
            paths[file.id] = folder / file.id.replace("/", "-")
            made = aigc_label.label(file.data, LABEL, name=file.path.name)
            paths[file.id].write_bytes(made.data)
    command = ["exiftool", "-a", "-u", "-U", "-ee", "-m", *map(str, paths.values())]
    done = subprocess.run(command, capture_output=True, check=False)
    parts = done.stdout.decode("utf-8", "replace").split("======== ")[1:]
    told = {part.partition("\n")[0]: part for part in parts}
    return {name: told.get(str(path), "") for name, path in paths.items()}


@pytest.mark.foreign("exiftool")
def test_exiftool_sees_it(writable_plain_file, told_by_exiftool):
    file = writable_plain_file
    eyes = eyes_of(file.format)
    readers = set(eyes.programs) - set(eyes.beyond.get(file.id, ()))
    if file.format in SILENT or not any("exiftool" in reader.__name__ for reader in readers):
        return
    assert "rainedAlgorithmicMedia" in told_by_exiftool[file.id]
    assert "Pixel & Dream" in told_by_exiftool[file.id]
