"""Words in XMind."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import aigc_label
from aigc_label import ExplicitLabel
from aigc_label.errors import CannotCarry
from document_samples import changed, marked, packed, parts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "xmind"
NEW = (FIXTURES / "plain" / "new.xmind").read_bytes()
OLD = (FIXTURES / "plain" / "old.xmind").read_bytes()
SPACE = "urn:xmind:xmap:xmlns:content:2.0"


def maps(*topics: dict, **more: object) -> bytes:
    sheets = [{"id": str(n), "rootTopic": topic} for n, topic in enumerate(topics)]
    text = json.dumps(sheets, ensure_ascii=False, indent=1)
    return packed(parts(NEW) | {"content.json": more.get("text", text.encode())})


def labels(data: bytes) -> list[object]:
    sheets = json.loads(parts(data)["content.json"])
    return [sheet["rootTopic"].get("labels") for sheet in sheets]


def old(*topics: str) -> bytes:
    sheets = "".join(f"<sheet>{topic}<title>s</title></sheet>" for topic in topics)
    whole = f'<xmap-content xmlns="{SPACE}">{sheets}</xmap-content>'
    return packed(parts(OLD) | {"content.xml": whole.encode()})


def old_labels(data: bytes) -> list[list[str]]:
    root = ET.fromstring(parts(data)["content.xml"])  # noqa: S314 - ours
    topics = root.iterfind(f"{{{SPACE}}}sheet/{{{SPACE}}}topic")
    return [[node.text for node in topic.iter(f"{{{SPACE}}}label")] for topic in topics]


def test_the_central_topic_gets_a_label():
    written = marked(NEW)
    assert changed(NEW, written.data) == {"content.json"}
    assert (written.mark.text, labels(written.data)) == ("AI生成", [["AI生成"]])
    before, after = (parts(data)["content.json"] for data in (NEW, written.data))
    assert after.replace(',"labels":["AI生成"]'.encode(), b"") == before


def test_labels_that_are_there_stay_and_sheets_are_places():
    data = maps({"title": "甲", "labels": ["旧"]}, {"title": "乙"}, {"title": "丙", "labels": None})
    assert labels(marked(data).data) == [["旧", "AI生成"], None, None]
    ends = marked(data, places=("end", "middle"))
    assert labels(ends.data) == [["旧"], ["AI生成"], ["AI生成"]]
    assert labels(marked(data, corner_mark=True).data)[0] == ["旧", "AI"]


@pytest.mark.parametrize(
    "topic",
    [{"title": "本图由AI生成"}, {"title": "灯", "labels": ["x", "AI生成"]}, {"title": "AI生成"}],
)
def test_what_others_have_put_there_is_kept(topic):
    assert not aigc_label.label(maps(topic), None, explicit=ExplicitLabel()).changed


def test_maps_of_version_8():
    written = marked(OLD)
    assert changed(OLD, written.data) == {"content.xml"}
    assert old_labels(written.data) == [["AI生成"]]
    two = old(
        "<topic><title>甲</title><labels><label>旧</label></labels></topic>",
        "<topic><title>乙</title><labels/></topic>",
        "<topic/>",
    )
    everywhere = marked(two, paragraphs=1, text="AI & 生成")
    said = "【AI & 生成】"
    assert old_labels(everywhere.data) == [["旧", said], [said], [said]]
    theirs = old("<topic><title>甲</title><labels><label>由AI生成</label></labels></topic>")
    assert not aigc_label.label(theirs, None, explicit=ExplicitLabel()).changed


@pytest.mark.parametrize(
    "text",
    [
        b'[{"rootTopic": {"title": "a"}}',
        b'[{"rootTopic": "a"}]',
        b'[{"rootTopic": {"title": "a", "labels": "b"}}]',
        b'[{"rootTopic": {"title": "a", "labels": ' + b"[" * 3000 + b"]" * 3000 + b"}}]",
        b'[{"rootTopic": {"title": "a\xff"}}]',
        b'[{"rootTopic": {"title": nul}}]',
        b'[{"rootTopic": ',
    ],
)
def test_what_cannot_be_edited_is_refused(text):
    with pytest.raises(CannotCarry, match="no list of sheets"):
        aigc_label.label(maps(text=text), None, explicit=ExplicitLabel())


def test_other_content_is_refused():
    members = parts(NEW) | {"content.json": b"\x00\x01"}
    with pytest.raises(CannotCarry, match="encrypted"):
        aigc_label.label(packed(members), None, explicit=ExplicitLabel())
    with pytest.raises(CannotCarry, match="no topics"):
        aigc_label.label(old(""), None, explicit=ExplicitLabel())


@pytest.mark.parametrize("name", ["no-metadata.xmind", "streamed.xmind"])
def test_what_other_programs_write(name):
    assert marked((FIXTURES / "plain" / name).read_bytes()).mark.place == "start"
