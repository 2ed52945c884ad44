"""L11: all other metadata survives a write, as exiftool, Pillow and mutagen see it."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter

import pytest
from eyes import eyes_of
from eyes.films import mutagen_facts
from eyes.pictures import pillow_facts

from aigc_label import registry

# What a write may change in any format: the label itself, sizes and places of bytes, the file
# system's facts. More is said by the format's eyes.
_MAY_CHANGE = (
    r"SourceFile|System:|ExifTool:|Composite:|File:(FileSize|FileType|ID3Size|LineCount|WordCount)"
    r"|XMP-TC260:|.*(Offset|Offset64)$"
)
_COMES_WITH_A_LABEL = r"XMP-x:XMPToolkit|.*Warning|File:(ImageWidth|ImageHeight)"
"""Names that the new packet, chunk or box itself brings along."""


def tags_of(paths) -> list[dict]:
    done = subprocess.run(
        ["exiftool", "-j", "-a", "-G1:4", "-struct", "-ee", "-b", "-u", "-U", *map(str, paths)],
        capture_output=True,
        check=False,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def both_by_exiftool(corpus, written, tmp_path_factory):
    """id -> exiftool's tags before and after a write; two runs for all."""
    writable = {fmt.id for fmt in registry.formats() if fmt.plan is not None}
    files = [f for f in corpus if f.format in writable and f.kind in ("plain", "labelled")]
    folder = tmp_path_factory.mktemp("exiftool")
    results = []
    for file in files:
        target = folder / file.id.replace("/", "-")
        target.write_bytes(written(file))
        results.append(target)
    before, after = tags_of(f.path for f in files), tags_of(results)
    return {f.id: pair for f, pair in zip(files, zip(before, after, strict=True), strict=True)}


def other(tags: dict, may_change: str) -> Counter:
    """Tags but those that may change; a converted ID3 tag and a moved box keep their names."""
    named = ((re.sub(r":Copy\d+|(?<=ID3v2)_\d", "", key), value) for key, value in tags.items())
    return Counter(
        (key, json.dumps(value, sort_keys=True))
        for key, value in named
        if not re.match(may_change, key) and "AIGC) {" not in str(value)
    )


@pytest.mark.foreign("exiftool")
def test_exiftool_sees_the_same_other_tags(writable_plain_file, both_by_exiftool):
    eyes = eyes_of(writable_plain_file.format)
    may_change = "|".join(filter(None, (_MAY_CHANGE, eyes.may_change)))
    comes_with = "|".join(filter(None, (_COMES_WITH_A_LABEL, eyes.comes_with)))
    before, after = (other(tags, may_change) for tags in both_by_exiftool[writable_plain_file.id])
    assert before - after == Counter()
    gained = {key for key, _ in after - before}
    unlocked = set(eyes.seen_only_afterwards.get(writable_plain_file.id, ()))
    assert {key for key in gained if not re.match(comes_with, key)} == unlocked


def facts(path, format_id: str) -> object:
    if (own := eyes_of(format_id).facts) is not None:
        return own(path)
    by_medium = {"image": pillow_facts, "audio": mutagen_facts, "video": mutagen_facts}
    return by_medium[registry.by_id(format_id).medium.value](path)


def test_python_readers_see_the_same_other_metadata(writable_plain_file, written, tmp_path):
    target = tmp_path / writable_plain_file.path.name
    target.write_bytes(written(writable_plain_file))
    kind = writable_plain_file.format
    assert facts(target, kind) == facts(writable_plain_file.path, kind)


def test_comments_and_order_of_front_matter_stay(written, corpus):
    """YAML's own readers drop them, so the text itself is looked at."""
    for file in corpus:
        if file.format == "markdown" and file.kind == "plain" and b"# a remark" in file.data:
            after = written(file)
            for line in file.data.splitlines():
                assert line in after
