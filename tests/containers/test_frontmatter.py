import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.containers import frontmatter
from aigc_label.containers.frontmatter import BLOCK_LIMIT, NotAMappingError, Unquoted
from aigc_label.errors import LimitExceeded

BLOCK = """\
---
# who wrote it
title: "灯塔 🗼"
tags: [a, b]   # two
AIGC:
  Label: '1'
  ProduceID: a/b#c   # not part of the id

# the end
summary: |
  text

  more
draft: false
---
# 灯塔
"""


def found(text, key="aigc"):
    block = frontmatter.find(text, key)
    assert block is not None
    return block


def test_entries_know_their_place():
    block = found(BLOCK)
    slices = {e.key: BLOCK[e.start : e.end] for e in block.entries}
    assert slices == {
        "title": 'title: "灯塔 🗼"\n',
        "tags": "tags: [a, b]   # two\n",
        "AIGC": "AIGC:\n  Label: '1'\n  ProduceID: a/b#c   # not part of the id\n",
        "summary": "summary: |\n  text\n\n  more\n",
        "draft": "draft: false\n",
    }
    assert BLOCK[block.end :] == "# 灯塔\n"
    assert BLOCK[block.body_end :].startswith("---")
    assert (block.start, block.column, block.fault) == (0, 0, None)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newline_styles(newline):
    text = BLOCK.replace("\n", newline)
    block = found(text)
    entry = next(e for e in block.entries if e.key == "AIGC")
    assert text[entry.start : entry.end].count(newline) == 3
    assert text[block.end :] == f"# 灯塔{newline}"


def test_values_as_written():
    block = found(
        "---\nA: {x: 1, y: [~, '1', 0011], z: {k: v}}\n"
        'B: &b "s"\nC: *b\nD: &d [1]\nE: *d\nF:\n? [complex]\n: g\n~: h\n---\n'
    )
    values = {e.key: e.value for e in block.entries}
    assert values["A"] == {"x": "1", "y": [None, "1", "0011"], "z": {"k": "v"}}
    assert isinstance(values["A"]["x"], Unquoted)
    assert not isinstance(values["A"]["y"][1], Unquoted)
    assert (values["B"], values["C"], values["E"], values["F"]) == ("s", "s", None, None)


def test_indented_keys_keep_their_column():
    text = "---\n  a: |\n    x\n\n  AIGC: >\n    y\n  b: 1\n---\n"
    block = found(text)
    assert block.column == 2
    assert [text[e.start : e.end] for e in block.entries] == [
        "  a: |\n    x\n",
        "  AIGC: >\n    y\n",
        "  b: 1\n",
    ]


@pytest.mark.parametrize("separator", ["\u2028", "\x85"])
def test_what_yaml_takes_for_a_line_break_is_one(separator):
    text = f"---\na: b{separator}AIGC: c{separator}d: e\n---\n"
    entry = next(e for e in found(text).entries if e.key == "AIGC")
    assert text[entry.start : entry.end] == f"AIGC: c{separator}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# title\n---\na: b\n---\n",
        "---\n",
        "---\n\nSome words\n\n---\n\nMore\n",  # two thematic breaks
        "---\n- a\n- b\n---\n",
        "---\n{a: 1}\n---\n",
        "---\n~\n---\n",
        "---\nSome: words\nwithout an end\n",
        "----\na: b\n----\n",
        " ---\na: b\n---\n",
        "a: b\n---\n",
        "---\nWords [with a bracket\n---\n",
    ],
)
def test_what_is_no_front_matter(text):
    assert frontmatter.find(text, "aigc") is None
    assert frontmatter.content_start(text) == 0


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("---\n---\ntext", []),
        ("---\n# only a comment\n---\n", []),
        ("--- \na: b\n... \ntext", ["a"]),
        ("\n \n---\na: b\n---", ["a"]),
        ('---\n"quoted key": 1\n---\n', ["quoted key"]),
        ("---\n? a\n: b\n---\n", ["a"]),
    ],
)
def test_what_is(text, keys):
    block = found(text)
    assert [e.key for e in block.entries] == keys
    assert frontmatter.content_start(text) == block.end


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name: x\ndescription: a: b: c\nAIGC:\n  Label: '1'\n  K: v\n", {"Label": "1", "K": "v"}),
        ("a: [1\nAIGC: {Label: '1'}\n", {"Label": "1"}),
        ('AIGC:\n  Label: "1",\n  "K":   "v",\n', {"Label": "1", "K": "v"}),
        ("AIGC:\n  A: 'it''s' x\n  B: \"\\q\"\n  C: w # c\n", {"A": "it's", "B": "\\q", "C": "w"}),
        ("b: a: c\nAIGC: @x\n", "@x"),
    ],
)
def test_blocks_that_are_not_yaml_are_read_by_lines(text, value):
    block = found(f"---\n{text}---\n")
    assert block.fault is not None
    entry = next(e for e in block.entries if e.key == "AIGC")
    assert entry.value == value


def test_loose_reading_of_nothing():
    assert list(frontmatter.loose("no key here\n", 0, 12, "aigc")) == []


def test_two_documents_are_not_one_mapping():
    with pytest.raises(NotAMappingError, match="second document"):
        frontmatter.mapping("a: b\n--- \nc: d\n", 0, 15)


def test_a_long_block_is_over_the_limit():
    text = "---\n" + "a: b\n" * (BLOCK_LIMIT // 5 + 1) + "---\n"
    with pytest.raises(LimitExceeded, match="128 KiB"):
        frontmatter.find(text, "aigc")
    with pytest.raises(LimitExceeded):
        frontmatter.content_start("---\na: b\n", whole=False)
    assert frontmatter.find("---\n" + "words\n" * BLOCK_LIMIT, "aigc") is None


@pytest.mark.parametrize(
    "hostile",
    [
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 30_000,
        "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(3000)),
        "".join(f"{' ' * i}a:\n" for i in range(400)),
        "a: !!python/object/apply:os.system [x]\n",
        "%TAG ! tag:x\n",
        "a: \x01",
        "\t\t\n",
    ],
    ids=["brackets", "braces", "aliases", "indents", "tag", "directive", "control", "tabs"],
)
def test_hostile_yaml_is_bounded(hostile):
    block = frontmatter.find(f"---\nk: v\n{hostile}\n---\n", "aigc")
    assert block is None or block.entries[0].key == "k"


def test_deep_brackets_are_not_given_to_the_scanner():
    with pytest.raises(NotAMappingError, match="too deep"):
        frontmatter.mapping("a: " + "[" * 1000, 0, 1003)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+++\ntitle = 'x'\n+++\n# 灯塔", "TOML"),
        ("+++\r\ntitle = 'x'\r\n+++ \r\n# 灯塔", "TOML"),
        ("+++\rtitle = 'x'\r+++\r# 灯塔", "TOML"),
        ("+++\nno end", None),
        ("++++\n+++\n", None),
        ('{"title": "x"}\n# 灯塔', "JSON"),
        ('{\n "a": 1\n} \r\n# 灯塔', "JSON"),
        ("{% raw %}\n", None),
        ('{"a": 1} and words\n', None),
        ("{}\n", None),
        ("{" * 100_000, None),
        ("---\na: b\n---\n", None),
    ],
)
def test_foreign_kinds(text, kind):
    found = frontmatter.find_foreign(text)
    assert (found and found[0]) == kind
    if found:
        assert text[found[1] :] == "# 灯塔"
        assert frontmatter.content_start(text) == found[1]


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8),
        st.recursive(
            st.text(max_size=20) | st.none() | st.booleans() | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_entries_cover_what_pyyaml_writes(mapping, newline, unicode):
    body = yaml.safe_dump(mapping, allow_unicode=unicode, sort_keys=False) if mapping else ""
    body = body.replace("\n", newline)
    block = found(f"---{newline}{body}---{newline}")
    assert block.fault is None
    assert [e.key for e in block.entries] == list(mapping)
    text = f"---{newline}{body}---{newline}"
    assert "".join(text[e.start : e.end] for e in block.entries).split() == body.split()


@given(st.text("-: \nabAIGC'\"[]{}#&*|>\\,\r\t.", max_size=80))
def test_any_text_gives_spans_within_it(text):
    text = f"---\n{text}\n---\n"
    block = frontmatter.find(text, "aigc")
    if block is None:
        return
    at = block.body
    for entry in block.entries:
        if entry.key:
            assert block.body <= entry.start <= entry.end <= block.body_end
            at = entry.end
    assert at <= block.body_end
