import pytest
from markdown_it import MarkdownIt

from aigc_label.containers import markdown_lines

DOCUMENT = """\
# Title

<!-- a comment
over lines -->
First paragraph
    still the paragraph

    indented code

- item

    in the item

> quote

```yaml
AIGC:
```
~~~
<!-- not a comment
~~~
| a | b |
|---|---|
[link]: http://example.org
[^1]: a footnote is shown
---
<pre>
raw
</pre>
<!-- one --> shown
1. ```
   code
   ```
end
"""

KINDS = (
    "heading blank comment comment text text blank code blank item blank text blank quote blank"
    " code code code code code code table table definition text rule code code code text"
    " code code code text"
)


def test_kinds():
    lines = markdown_lines.markdown(DOCUMENT)
    assert [line.kind for line in lines.all] == KINDS.split()
    assert not lines.hidden_end


def test_lines_cover_the_text():
    for newline in ("\n", "\r\n", "\r"):
        text = DOCUMENT.replace("\n", newline) + " \t"
        for lines in (markdown_lines.markdown(text).all, markdown_lines.plain(text).all):
            assert "".join(text[line.start : line.next] for line in lines) == text
            assert all(not text[line.start : line.end].endswith(newline) for line in lines)


def test_blank_lines_in_a_row_are_one():
    text = "a" + "\n \t\r\n" * 100_000
    assert [line.kind for line in markdown_lines.plain(text).all] == ["plain", "blank"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("text\n", False),
        ("```\ncode\n", True),
        ("````\n```\n", True),
        ("~~~\n```\n", True),
        ("```\ncode\n```\n", False),
        ("``` not a fence ```\n", False),
        ("<!-- open\n", True),
        ("<!-- closed -->\n", False),
        ("<script>\n", True),
        ("<style></style>\n", False),
        ("<div>\n", False),
        ("", False),
    ],
)
def test_whether_an_appended_line_would_be_shown(text, hidden):
    assert markdown_lines.markdown(text).hidden_end is hidden
    html = MarkdownIt().render(f"{text}\n\n> MARK\n")  # a renderer that is not ours agrees
    assert ("<blockquote>\n<p>MARK</p>" not in html) is hidden


def test_a_comment_that_ends_in_text_is_shown():
    lines = markdown_lines.markdown("<!-- a\nb --> text\n").all
    assert [line.kind for line in lines] == ["comment", "text"]


@pytest.mark.parametrize(
    ("raw", "kind", "shown"),
    [
        ("> > **AI生成**", "quote", "AI生成"),
        ("## 标题 *强调*", "heading", "标题 强调"),
        ("- [AI生成](http://x) ![图](y.png)", "item", "AI生成"),
        ('<p align="center">内容由AI生成</p> <!-- x -->', "text", "内容由AI生成"),
        (r"\*AI\_生成\* \<b> \[x](y) &amp; `code`", "text", "*AI_生成* <b> [x](y) & code"),
        ("---", "rule", ""),
        ("[a]: b", "definition", ""),
        ("  *raw* <b>  ", "plain", "*raw* <b>"),
    ],
)
def test_what_a_person_sees(raw, kind, shown):
    assert markdown_lines.shown(raw, kind) == shown


@pytest.mark.parametrize("piece", ["[", "![", "<a", "<!--", "> ", "- ", "\\", "*", "](", "`"])
def test_hostile_lines_take_linear_time(piece):
    raw = piece * 20_000
    for line in markdown_lines.markdown(raw).all:
        markdown_lines.shown(raw[line.start : line.end], line.kind)
