"""Documents in the shapes that vendors and users really have; every write is seen by PyYAML."""

import codecs
import json
import re
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from aigc_label.asset import open_asset
from aigc_label.containers.text_bytes import WHOLE_LIMIT
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.markdown import FORMAT
from aigc_label.model import Attribution, ImplicitLabel

LABEL = ImplicitLabel(
    content_producer="001191110102MACQD9K64010000",
    produce_id='文稿/2026 "初稿" #1: C:\\a',
    reserved_code1='{"SecurityData":{"Type":"TC260PG"}}',
)
FIELDS = """\
  Label: "1"
  ContentProducer: 001191440300708461136T1XGW3
  ProduceID: ac05b1368557ee08912a0f1b051adb10_2f5bc6c4
  ReservedCode1: /tBlnmAaxqzl4lB8RdhYG/3Ng+Il=
  ContentPropagator: 001191440300708461136T1XGW3
  PropagateID: 2556785148560384#1780547859194
  ReservedCode2: ""
"""
READ = {
    "Label": "1",
    "ContentProducer": "001191440300708461136T1XGW3",
    "ProduceID": "ac05b1368557ee08912a0f1b051adb10_2f5bc6c4",
    "ReservedCode1": "/tBlnmAaxqzl4lB8RdhYG/3Ng+Il=",
    "ContentPropagator": "001191440300708461136T1XGW3",
    "PropagateID": "2556785148560384#1780547859194",
    "ReservedCode2": "",
}
ENTRY = f"AIGC:\n{FIELDS}"
FLAT = ENTRY.replace("\n  ", "\n")
JSON = json.dumps(READ, separators=(",", ":"))
COMMAS = "AIGC:\n" + "".join(f'  "{k}":   {json.dumps(v)},\n' for k, v in READ.items())
BODY = "\n# 灯塔\n\n灯塔在夜里发光。\n\n- 一\n- 二\n\n---\n\n> 引文\n"


def read(text, name="x.md"):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name=name) as asset:
        return list(FORMAT.read(asset))


def written(text, label=LABEL):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name="x.md") as asset:
        edited = FORMAT.plan(asset, label).view(asset)
        return edited.read(0, edited.size)


def front_matter(data, encoding="utf-8-sig"):
    """What a strict reader sees, by a path of its own."""
    text = data.decode(encoding).lstrip("\ufeff")
    text = re.sub(r"\r\n?", "\n", text)
    block = re.match(r"(?sm)---\s*?\n(.*?)^(?:---|\.\.\.)\s*?$", text)
    assert block is not None
    return yaml.safe_load(block[1])


def only(found):
    (label,) = found
    return label


@pytest.mark.parametrize(
    ("text", "quirks"),
    [
        (f"---\n{ENTRY}---\n{BODY}", ()),
        (f"---\n\n{ENTRY.replace('  ', '    ')}---\n{BODY}", ()),  # Tencent
        (f"---\n{ENTRY.replace('  ', ' ')}---\n{BODY}", ()),  # Coze
        (f"---\nAIGC: {JSON}\n---\n{BODY}", ()),  # Zhipu
        (f"---\nAIGC: '{JSON}'\n---\n{BODY}", ("double-encoded",)),
        (f"---\nAIGC: {json.dumps(JSON)}\n---\n{BODY}", ("double-encoded",)),
        (f"---\nAIGC: |\n  {JSON}\ntitle: x\n---\n{BODY}", ("double-encoded",)),
        (f"---\ntitle: x\n{ENTRY}tags: [a]\n---\n{BODY}", ()),
        (f"---\nnoindex: true\n\n{ENTRY}---\n{BODY}", ()),
        (f"---\n{FLAT}name: x\n---\n{BODY}", ("flattened",)),
        (f"---\n{COMMAS}---\n{BODY}", ("not-yaml",)),
        (f"---\nname: x\ndescription: a: b: c\n{ENTRY}---\n{BODY}", ("not-yaml",)),
        (f"---\n{ENTRY.replace('AIGC', 'aigc')}---\n{BODY}", ("lower-case-key",)),
        (f"---\n{ENTRY.replace(chr(34) + '1' + chr(34), '1')}---\n{BODY}", ("label-number",)),
        (f"---\n{ENTRY}---", ()),
    ],
)
def test_the_home_in_every_shape(text, quirks):
    for data in (text, codecs.BOM_UTF8 + text.encode(), text.replace("\n", "\r\n")):
        label = only(read(data))
        assert (label.carrier, label.home, dict(label.fields)) == (
            "markdown.frontmatter",
            True,
            READ,
        )
        assert label.quirks == quirks


def test_vendors_values():
    minimax = (
        "---\nAIGC:\n    ContentProducer: Minimax Agent AI\n"
        "    ContentPropagator: Minimax Agent AI\n"
        "    Label: AIGC\n    ProduceID: '00000000000000000000000000000000'\n"
        '    PropagateID: "00000000000000000000000000000000"\n'
        "    ReservedCode1: 3045022019532a6d3f8d\n    ReservedCode2: 304502203ea08344ff52\n---\n"
    )
    label = only(read(minimax))
    assert label.fields["Label"] == "1"
    assert label.fields["ProduceID"] == "0" * 32
    assert label.quirks == ("label-word",)

    security = '{"SecurityData":{"Type":"TC260PG","PubSD":[{"Type":"DS"}]}}'
    stepfun = f"---\nAIGC:\n  Label: '1'\n  ProduceID: '1425'\n  ReservedCode1: '{security}'\n---\n"
    assert only(read(stepfun)).fields["ReservedCode1"] == security

    coze = (
        '---\nAIGC:\nLabel: "1"\nContentProducer: 001191110102MACQD9K64018705\n'
        "ProduceID: 2556_0-data/7646-files/所有对话/主对话/PenPen 终稿/SKILL.md\n"
        'ReservedCode1: ""\nPropagateID: 2556785148560384#1780547859194\nname: brand\n---\n'
    )
    label = only(read(coze))
    assert label.fields["ProduceID"].endswith("主对话/PenPen 终稿/SKILL.md")
    assert label.fields["PropagateID"] == "2556785148560384#1780547859194"
    assert "name" not in label.fields

    numbers = "---\nAIGC:\n  Label: '1'\n  ProduceID: 0012\n  ReservedCode1:\n---\n"
    label = only(read(numbers))
    assert label.fields["ProduceID"] == "0012"  # not 10, as YAML 1.1 has it
    assert set(label.quirks) == {"number-value", "null-value"}


@pytest.mark.parametrize(
    ("text", "carriers"),
    [
        (f"# collector\n---\n{ENTRY}---\n{BODY}", ["block"]),
        (f"{BODY}\n{ENTRY}", ["block"]),
        (f"{BODY}\n---\n{ENTRY}---\n", ["block"]),
        (f"{BODY}\n---\n\n{ENTRY}\n---\n\n> AI生成\n", ["block"]),
        (f"\\---\n\n{FLAT}---\n{BODY}", ["block"]),
        (f"{BODY}\nAIGC: {{\n" + JSON[1:].replace(",", ",\n  ").replace("}", "\n}\n"), ["block"]),
        (f"---\ntitle: x\n---\n\n<!--\n{ENTRY}-->\n{BODY}", ["comment"]),
        (f'{BODY}words <!-- AIGC: {{"AIGC": {JSON}}} --> words\n{BODY}', ["comment"]),
        (f"<!-- AIGC_INFO: {JSON} --> <!-- AIGC={JSON} -->\n{BODY}", ["comment", "comment"]),
        (f"---\n{ENTRY}---\n\n{ENTRY}\n> **Note**\n", ["frontmatter", "block"]),
        (
            f"---\n{ENTRY}---\n" + f"---\n{COMMAS}---\n" * 29 + BODY,
            ["frontmatter"] + ["block"] * 29,
        ),
        (f"{BODY}\n---\ntitle: second\n{ENTRY}x: y\n---\n{BODY}", ["block"]),
        (f"Words\n---\n{ENTRY}---\n{BODY}", ["block"]),
        (f"\n\n---\n{ENTRY}---\n{BODY}", ["frontmatter"]),
    ],
)
def test_wrong_places_are_read_and_taken_out(text, carriers):
    for source in (text, text.replace("\n", "\r\n")):
        found = read(source)
        assert [label.carrier for label in found] == [f"markdown.{c}" for c in carriers]
        assert all(dict(label.fields) == READ for label in found)
        for label in found:
            assert source.encode()[label.offset :][:4] in (
                b"AIGC",
                b"---\n",
                b"---\r",
                b"\\---",
                b"<!--",
            )
        after = written(source)
        label = only(read(after))
        assert (label.home, dict(label.fields), label.quirks) == (True, LABEL.fields, ())
        assert written(after) == after
        for word in ("灯塔在夜里发光", "引文", "Words", "title: second", "**Note**"):
            assert (word in after.decode()) == (word in source)
        assert READ["ContentProducer"] not in after.decode()


@pytest.mark.parametrize(
    ("comment", "rest"),
    [
        (f"<!-- {ENTRY}TODO: more -->", "<!-- TODO: more -->"),
        (f"<!--\n{ENTRY}\nTODO: more\n-->", "<!--\nTODO: more\n-->"),
        (f"<!-- AIGC: {JSON} by a tool -->", "<!--  by a tool -->"),
        (f"<!-- {ENTRY}{ENTRY}-->", ""),
        (f"<!-- AIGC: {JSON[:-1]},}} -->", ""),
        (f"<!-- AIGC: true\n{ENTRY}-->", "<!-- AIGC: true\n-->"),
    ],
)
def test_what_else_a_comment_says_stays(comment, rest):
    assert (
        written(f"{BODY}{comment}\n").decode().endswith(f"> 引文\n{rest}\n" if rest else "引文\n")
    )


def test_taking_out_a_block_makes_no_heading_of_the_text_above():
    after = written(f"text\n<!-- AIGC: {JSON} -->\n---\nmore\n").decode()
    assert after.endswith("\n\ntext\n\n---\nmore\n")
    after = written(f"{BODY}\ntext\n\n{ENTRY}---\n").decode()
    assert after.endswith("> 引文\n\ntext\n\n")


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "",
        f"# How it looks\n\n```yaml\n---\n{ENTRY}---\n```\n",
        f"~~~~\n{ENTRY}~~~\n{ENTRY}~~~~\n",
        f"# Unclosed\n\n```\n{ENTRY}",
        "As in\n\n" + "".join(f"    {line}\n" for line in ENTRY.splitlines()),
        f"A label looks like this:\n\n{ENTRY}\nand is written at the head.\n",
        f"Between breaks\n\n---\n\n{ENTRY}\n---\n\nan example.\n",
        f"1. ```yaml\n   {ENTRY}   ```\n\n> {ENTRY}\n",
        f"In `<!-- AIGC: {JSON} -->` the label is hidden.\n",
        f"<pre>\n<!-- AIGC: {JSON} -->\n{ENTRY}</pre>\n",
        f"<!-- an example: <!-- AIGC: {JSON} -->\n{BODY}",
        f"<!--\nan example:\n<!-- AIGC: {JSON} -->\n{BODY}",
        "<!-- AIGC:cursor|author:沉香|lines:约10|dates:2026-07|功能说明:文档 -->\n",
        "<!-- AIGC: drafted with AI assistance; reviewed by a maintainer -->\n",
        "<!-- AIGC: {",
        "---\nAIGC: true\n---\n",
        "---\nAIGC:\n---\n",
        "---\ntags: [AIGC]\ntitle: 'AIGC: what it is'\n---\nAIGC: an introduction\n",
        "---\nAIGC: {author: me}\n---\n",
        "---\nAIGC: [1, 2]\n---\n",
        f"+++\ntitle = 'x'\n+++\n{BODY}",
        '{"aigc_label_type": 0}\n',
    ],
)
def test_silent(text):
    assert read(text) == []


def test_more_copies_than_anybody_has():
    with pytest.raises(LimitExceeded, match="256"):
        read(f"<!-- AIGC: {JSON} -->\n" * 257)
    with pytest.raises(LimitExceeded, match="256"):
        read("AIGC:\n" * 257)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "block",
    [
        "",
        "---\ntitle: 灯塔  # 注释\ntags:\n- a\n\n# end\n---\n",
        f"---\n# head\ntitle: x\n{ENTRY}# about the next\ndate: 2026-01-01\n---\n",
        "---\n  deep: |\n    text\n---\n",
        "---\n---\n",
        "---\n# nothing\n...\n",
        f"---\n{ENTRY}a: 1\n{ENTRY}---\n",
        "---\nAIGC: true\naigc: false\nx: 1\n---\n",
        f"---\n{ENTRY.replace('AIGC', 'aigc')}---\n",
    ],
)
def test_everything_but_the_entry_stays(block, newline):
    source = f"{block}{BODY}".replace("\n", newline)
    for encoding, bom in (
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("gb18030", b""),
    ):
        data = bom + source.encode(encoding)
        after = written(data)
        assert after.startswith(bom)
        text = after[len(bom) :].decode(encoding)
        label = only(read(after))
        assert (label.home, dict(label.fields), label.quirks) == (True, LABEL.fields, ())
        assert text.endswith(BODY.replace("\n", newline))
        assert not re.search("\r(?!\n)|(?<!\r)\n" if newline == "\r\n" else "\f", text)
        before = yaml.safe_load(re.sub("[-.]{3}", "", block)) or {}
        kept = {k: v for k, v in before.items() if k != "AIGC" and not isinstance(v, dict)}
        parsed = front_matter(
            bom + text.encode(encoding), "utf-16" if bom[:1] > b"\xf0" else encoding
        )
        assert {k: v for k, v in parsed.items() if k != "AIGC"} == kept
        assert parsed["AIGC"] == LABEL.fields
        assert written(after) == after
        for comment in re.findall("# [a-z注].*", block):
            assert comment in text


def test_the_shape_that_the_guide_shows():
    text = written("# 灯塔\n", ImplicitLabel(content_producer="doubao", produce_id="7")).decode()
    assert text == (
        '---\nAIGC:\n  Label: "1"\n  ContentProducer: "doubao"\n  ProduceID: "7"\n'
        '  ReservedCode1: ""\n  ContentPropagator: "doubao"\n  PropagateID: "7"\n'
        '  ReservedCode2: ""\n---\n\n# 灯塔\n'
    )


def test_a_reader_without_yaml_sees_the_same():
    """Seven lines of ``key: "JSON string"``: what a regular expression of a platform finds."""
    program = (
        "import json,re,sys;t=sys.stdin.buffer.read().decode();"
        "b=re.match(r'---\\n(.*?)\\n---\\n',t,re.S)[1].split('AIGC:\\n')[1];"
        "print(json.dumps({k:json.loads(v) for k,v in re.findall(r'^  (\\w+): (\".*\")$',b,re.M)}))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program], input=written(BODY), capture_output=True, check=True
    )
    assert json.loads(seen.stdout) == LABEL.fields


def test_a_renderer_shows_the_same_body():
    after = written(f"---\ntitle: x\n---\n{BODY}").decode()
    assert MarkdownIt().render(after.split("\n---\n", 1)[1]) == MarkdownIt().render(BODY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+++\ntitle = 'x'\n+++\n\n# 灯塔\n", "TOML.*hugo convert toYAML"),
        ('{"title": "x"}\n\n# 灯塔\n', "JSON.*YAML"),
        ("---\nname: x\ndescription: a: b: c\n---\n", "line 3: mapping values.*mend it"),
        ("---\ntitle: [a\n---\n", "not a YAML mapping"),
    ],
)
def test_what_cannot_carry_a_label_says_why(text, reason):
    with pytest.raises(CannotCarry, match=reason):
        written(text)


def test_a_flow_mapping_is_not_front_matter_that_takes_a_key():
    after = written("---\n{title: x}\n---\ntext\n")
    assert front_matter(after) == {"AIGC": LABEL.fields}
    assert after.decode().endswith("---\n\n---\n{title: x}\n---\ntext\n")


def test_a_label_too_long_to_be_read_back_is_refused():
    huge = ImplicitLabel(content_producer="p", produce_id="1", reserved_code1='"' * 16_000)
    assert dict(only(read(written("text", huge))).fields) == huge.fields
    huge = ImplicitLabel(
        content_producer='"' * 16_000,
        produce_id='"' * 16_000,
        reserved_code1='"' * 16_000,
        reserved_code2='"' * 16_000,
    )
    with pytest.raises(CannotCarry, match="shorten the reserved codes"):
        written("text", huge)
    with pytest.raises(CannotCarry, match="shorten the reserved codes"):
        written("---\na: b\n---\n", huge)


def test_a_text_over_the_limit_is_read_and_mended_at_both_ends():
    middle = "一行正文。\n" * (WHOLE_LIMIT // 16 + 1000)
    data = f"---\n{ENTRY}---\n{middle}\n{ENTRY}".encode()
    assert len(data) > WHOLE_LIMIT
    assert [label.carrier for label in read(data)] == ["markdown.frontmatter", "markdown.block"]
    after = written(data)
    assert only(read(after)).home
    assert middle in after.decode()
    with pytest.raises(LimitExceeded):
        read(f"---\nAIGC: x\n{'k: v' * WHOLE_LIMIT}")


def test_undecidable_bytes():
    with pytest.raises(Malformed, match="save it as UTF-8"):
        read("---\nauthor: André à Orléans, très fâché\nAIGC: x\n---\n".encode("latin-1"))


@pytest.mark.parametrize(
    ("name", "data", "claimed"),
    [
        ("a.md", b"text", True),
        ("A.MARKDOWN", b"", True),
        ("a.mdx", b"text", True),
        ("a.md", b"\x89PNG\r\n\x1a\n\0\0", False),
        ("a.txt", f"---\n{ENTRY}---\n".encode(), False),
        ("a.html", f"---\n{ENTRY}---\n".encode(), False),
        (None, f"---\n{ENTRY}---\n".encode(), True),
        (None, codecs.BOM_UTF16_LE + f"---\n{ENTRY}---\n".encode("utf-16-le"), False),
        (None, f"---\ntitle: AIGC\n---\n{ENTRY}".encode(), False),
        (None, b"---\nAIGC\n---\n", False),
        (None, b"---\nAIGC: \xff\n---\n", False),
        (None, BODY.encode(), False),
    ],
)
def test_sniff(name, data, claimed):
    with open_asset(data, name=name) as asset:
        assert FORMAT.sniff(asset) is claimed


PIECES = [
    "---\n", "---\n", "\\---\n", "\n", ENTRY, FLAT, COMMAS, f"AIGC: {JSON}\n", f"AIGC: '{JSON}'\n",
    "title: x\n", "# H\n", "text\n", "> AI生成\n", f"<!-- AIGC: {JSON} -->\n",
    f"<!--\n{ENTRY}-->\n",
    "<!-- c -->\n", "<!--\n", "-->\n", "```\n", "- item\n", "    indented\n", "...\n", "a: [1,\n",
    "aigc: true\n", "AIGC: x\n", "| a |\n", "x: |\n  y\n\n", f"`<!-- AIGC: {JSON} -->`\n", "===\n",
    "\u2028", "\r\n", "\r", "#c\n", "&a ", "*a ", "<pre>\n", "</pre>\n", "+++\n", "Label: 1\n",
    f"a <!-- AIGC: {JSON} --> b\n",
    "AIGC: {\n  'Label': 1, 'ProduceID': x,\n  'ContentProducer': p\n}\n",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["utf-8", "utf-16", "gb18030"])
)
def test_however_texts_are_put_together_one_label_stands_after_a_write(pieces, encoding):
    data = "".join(pieces).encode(encoding)
    try:
        read(data)
        after = written(data)
    except AigcLabelError:
        return
    label = only(read(after))
    assert (label.home, dict(label.fields), label.quirks) == (True, LABEL.fields, ())
    assert written(after) == after
    if "<!--\n" not in pieces:  # labels in a comment in a comment take what is between with them
        assert after.decode(encoding).count("text") == data.decode(encoding).count("text")


VALUE = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=40,
)


@given(VALUE.filter(bool), VALUE.filter(bool), VALUE, VALUE, st.sampled_from(Attribution))
def test_any_valid_label_reads_back(producer, number, code, propagator, attribution):
    try:
        label = ImplicitLabel(
            content_producer=producer,
            produce_id=number,
            attribution=attribution,
            reserved_code1=code,
            content_propagator=propagator,
        )
    except AigcLabelError:
        return
    after = written("---\ntitle: x\n---\n", label)
    assert dict(only(read(after)).fields) == label.fields
    assert front_matter(after) == {"title": "x", "AIGC": label.fields}


@given(st.text(max_size=200) | st.text("-AIGC:{}\n \"'<!>Label1`", max_size=200))
def test_arbitrary_text_gives_facts_or_an_error(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        read(data)
        written(data)
    except AigcLabelError:
        pass


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_facts_or_an_error(data):
    for prefix in (b"", b"---\nAIGC:", b"<!-- AIGC: {"):
        try:
            read(prefix + data)
            written(prefix + data)
        except AigcLabelError:
            pass
