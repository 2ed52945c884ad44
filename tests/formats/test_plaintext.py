import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers.text_bytes import WHOLE_LIMIT
from aigc_label.errors import AigcLabelError
from aigc_label.formats.plaintext import FORMAT

FIELDS = {"Label": "1", "ContentProducer": "doubao", "ProduceID": "a/b#c"}
ENTRY = "AIGC:\n" + "".join(f"  {k}: '{v}'\n" for k, v in FIELDS.items())
COMMENT = f"<!-- AIGC: {json.dumps(FIELDS)} -->\n"
BODY = "灯塔\n\n灯塔在夜里发光。\n"


def read(data):
    with open_asset(data, name="x.txt") as asset:
        return list(FORMAT.read(asset))


@pytest.mark.parametrize(
    "text",
    [
        ENTRY + BODY,
        f"---\n{ENTRY}---\n\n{BODY}",
        f"AI生成\n\n---\n{ENTRY}---\n\n{BODY}",
        f"{BODY}\n{ENTRY}",
        f"{BODY}\n---\n{ENTRY}---\n",
        COMMENT + BODY,
        BODY + COMMENT,
        f"<!--\n{ENTRY}-->\n{BODY}",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_block_before_or_behind_the_content_is_read(text, encoding):
    data = text.encode(encoding)
    (label,) = read(data)
    assert (label.carrier, label.home, dict(label.fields)) == ("text.block", False, FIELDS)
    start = text[: len(text) - len(text.partition("---" if "---\nA" in text else "AIGC")[2])]
    assert 0 <= label.offset <= len(start.encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        "",
        BODY,
        f"{BODY}\n{ENTRY}\n{BODY}",
        f"{BODY}\n---\n{ENTRY}---\n{BODY}",
        f"{BODY}{COMMENT}{BODY}",
        f"the comment {COMMENT}",
        f"{COMMENT.rstrip()} is a comment\n",
        "AIGC: what it is\n",
        "AIGC:\n  Label: '1'\n",
        BODY + "    " + ENTRY,
        '{"AIGC": {"Label": "1"}}\n',
    ],
)
def test_silent(text):
    assert read(text.encode()) == []


def test_a_long_text_is_read_at_both_ends():
    data = (ENTRY + BODY * (WHOLE_LIMIT // 20) + ENTRY).encode()
    first, last = read(data)
    assert first.offset == 0
    assert last.offset == len(data) - len(ENTRY)


@pytest.mark.parametrize(
    ("name", "data", "claimed"),
    [
        ("a.txt", b"text", True),
        ("A.TEXT", b"", True),
        ("a.md", b"text", False),
        ("a.log", b"text", False),
        ("a.txt", b"\x00\x01", False),
        (None, b"text", False),
    ],
)
def test_sniff(name, data, claimed):
    with open_asset(data, name=name) as asset:
        assert FORMAT.sniff(asset) is claimed


def test_plain_text_has_no_home():
    assert FORMAT.plan is None
    assert FORMAT.homes == ()


@given(st.binary(max_size=200) | st.text("AIGC:\n 'Label<!->", max_size=200).map(str.encode))
def test_arbitrary_bytes_give_facts_or_an_error(data):
    with contextlib.suppress(AigcLabelError):
        read(data)
