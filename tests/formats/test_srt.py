"""SRT: no place for a label, and what a tool put there all the same."""

import json

import pytest

import aigc_label
from aigc_label import CannotCarry, ImplicitLabel
from aigc_label.asset import open_asset
from aigc_label.formats.srt import FORMAT

READ = {"Label": "1", "ContentProducer": "P", "ProduceID": "i"}
JSON = json.dumps(READ)
TIMES = "00:00:01,000 --> 00:00:02,000"


def read(text):
    with open_asset(text.encode(), name="a.srt") as asset:
        return [(found.carrier, dict(found.fields)) for found in FORMAT.read(asset)]


@pytest.mark.parametrize(
    ("text", "carrier"),
    [
        (f"1\n{TIMES}\nAIGC: {JSON}\n", "srt.cue"),
        (f'1\n{TIMES}\n{{"AIGC":{JSON}}}\n', "srt.cue"),
        (f"1\r\n{TIMES}\r\n{JSON}\r\n", "srt.cue"),
        (f"AIGC: {JSON}\n\n1\n{TIMES}\nwords\n", "srt.block"),
    ],
)
def test_what_is_read(text, carrier):
    assert read(text) == [(carrier, READ)]


@pytest.mark.parametrize(
    "text",
    [
        f"1\n{TIMES}\nsee AIGC: {JSON}\n",
        f"1\n{TIMES}\nAIGC: {JSON} is a label\n",
        f"1\n{TIMES}\nNOTE AIGC: {JSON}\n",
        f"1\n{TIMES}\n{{\\an8}}AIGC\n",
    ],
)
def test_what_is_no_label(text):
    assert read(text) == []


def test_a_write_is_refused_with_advice():
    label = ImplicitLabel(content_producer="P", produce_id="1")
    with pytest.raises(CannotCarry, match="no place for an implicit label; ask for the explicit"):
        aigc_label.label(f"1\n{TIMES}\nwords\n".encode(), label, name="a.srt")


@pytest.mark.parametrize(
    ("name", "data", "claimed"),
    [("a.SRT", b"1\n", True), ("a.srt", b"\0", False), ("a", b"1\n", False)],
)
def test_srt_is_told_by_its_name(name, data, claimed):
    with open_asset(data, name=name) as asset:
        assert FORMAT.sniff(asset) is claimed
