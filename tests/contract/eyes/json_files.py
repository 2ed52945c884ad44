"""JSON and JSON Lines by Python's json, PyYAML, jq and Perl."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import yaml

from eyes import Eyes
from eyes.holes import HUGE
from eyes.programs import run

if TYPE_CHECKING:
    from pathlib import Path


def text_of(data: bytes) -> str:
    if data[:2] == b"\xff\xfe":
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def once(pairs: list) -> dict:
    """An object, in which a key may stand once."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def loaded(path: Path) -> dict:
    return json.loads(text_of(path.read_bytes()), object_pairs_hook=once)


def by_python(path: Path) -> dict:
    return loaded(path)["AIGC"]


def by_pyyaml(path: Path) -> dict:
    """JSON is YAML's flow style, but for tabs between tokens."""
    return yaml.safe_load(text_of(path.read_bytes()).replace("\t", " "))["AIGC"]


def by_jq(path: Path, _tags) -> str:
    return run("jq", "-c", ".AIGC", str(path))


def by_perl(path: Path, _tags) -> str:
    script = (
        "local $/; open my $f, '<:raw', $ARGV[0]; my $t = <$f>; $t =~ s/^\\xef\\xbb\\xbf//;"
        "my $j = JSON::PP->new->utf8->canonical; print $j->encode($j->decode($t)->{AIGC})"
    )
    return run("perl", "-MJSON::PP", "-e", script, str(path))


def rest(path: Path) -> list:
    """Everything but the label, in order; two numbers are alike if they are written alike."""
    made = json.loads(
        text_of(path.read_bytes()), object_pairs_hook=list, parse_float=str, parse_int=str
    )
    return [pair for pair in made if pair[0] != "AIGC"]


def without_label(text: str) -> str:
    """The text without the member whose value is the label."""
    for found in re.finditer(r'"AIGC"\s*:\s*(?=\{)', text):
        value, end = json.JSONDecoder().raw_decode(text, found.end())
        if "ProduceID" in value:
            return text[: found.start()] + text[end:].removeprefix(",")
    return text


def pieces(data: bytes) -> list:
    text = data.decode("utf-16-le") if data[:2] == b"\xff\xfe" else data.decode("latin-1")
    lines = without_label(text).split("\n")
    return [line.strip(" \t") for line in lines if line.strip()]


def huge(data: bytes):
    start = b'{"text": "' + b"words " * 40_000
    label = b'"AIGC": ' + json.dumps(json.loads(data)["AIGC"]).encode()
    end = b"words " * 4_000 + b'", "x": [{"AIGC": {"Label": "deeper"}}]'
    yield "label-first", [b"{" + label + b"," + start[1:], HUGE, end, b"}\n"]
    yield "label-last", [start, HUGE, end, b", " + label + b"}"]


def first_by_python(path: Path) -> dict:
    return json.loads(first_line(path), object_pairs_hook=once)["AIGC"]


def first_by_pyyaml(path: Path) -> dict:
    return yaml.safe_load(first_line(path))["AIGC"]


def first_line(path: Path) -> str:
    return text_of(path.read_bytes()).strip().split("\n")[0]


def first_by_jq(path: Path, _tags) -> str:
    return run("jq", "-c", "-n", "input.AIGC", str(path))


def records(path: Path) -> list:
    """Every record but for the label, in order."""
    lines = text_of(path.read_bytes()).split("\n")
    made = [json.loads(line, object_pairs_hook=list) for line in lines if line.strip()]
    return [[pair for pair in row if not _is_label(pair)] for row in made]


def _is_label(pair: object) -> bool:
    return isinstance(pair, tuple) and pair[0] == "AIGC"


def huge_lines(data: bytes):
    row = b'{"text": "a line of words", "AIGC_x": 1}\n' * 2_000
    yield "long", [data, row, HUGE, b"\n", row]
    first = data.split(b"\n")[0].rstrip().removesuffix(b"}")
    yield "one-record", [first, b', "text": "', b"words " * 40_000, HUGE, b'"}\n']


EYES = (
    Eyes(
        formats=("json",),
        needs=("jq", "perl"),
        labels=(by_python, by_pyyaml),
        programs=(by_jq, by_perl),
        beyond={
            "json/plain/gb18030.json": (by_jq, by_perl),  # UTF-8 only
            "json/plain/utf16.json": (by_jq, by_perl),  # as above
        },
        strict=(loaded,),
        strict_programs=(("jq", "empty"),),
        pieces=pieces,
        huge=huge,
        essence=(rest,),
        facts=rest,
        may_change=r"File:(MIME\w+|Newlines)",  # `{}` is text to exiftool
        comes_with=r"JSON:(AIGC|Aigc)\w*",
    ),
    Eyes(
        formats=("jsonl",),
        needs=("jq",),
        labels=(first_by_python, first_by_pyyaml),
        programs=(first_by_jq,),
        strict=(records,),
        strict_programs=(("jq", "empty"),),
        pieces=pieces,
        huge=huge_lines,
        essence=(records,),
        facts=records,
        may_change=r"File:(MIME\w+|Newlines)",  # as above
        comes_with=r"JSON:(AIGC|Aigc)\w*",
    ),
)
