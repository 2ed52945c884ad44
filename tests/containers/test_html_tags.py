"""What is a tag and what only looks like one; the time on hostile pages."""

import time

import pytest

from aigc_label.containers import html_tags


def seen(text, **kwargs):
    return [(t.kind, t.name) for t in html_tags.tags(text, **kwargs)]


def shown_or_body(text, **kwargs):
    """For each meta element: whether a browser takes it into the head, and shows it as code."""
    found = html_tags.tags(text, **kwargs)
    return [(t.in_head, t.shown) for t in found if (t.kind, t.name) == ("open", "meta")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!doctype html><p>", [("doctype", ""), ("open", "p")]),
        ("a < b, <3, </>, </ x>, <?php x ?><p>", [("open", "p")]),
        ("<!-- <p> --><!--><!---><!-- a --!><P>", [("comment", "")] * 4 + [("open", "p")]),
        ("<a title='>' href=\">\" b = '>' c=>x</A >", [("open", "a"), ("close", "a")]),
        ("<a b=c='>d>e", [("open", "a")]),
        (
            "<script>'<p>' </scriptx> </SCRIPT\n><p>",
            [("open", "script"), ("close", "script"), ("open", "p")],
        ),
        ("<title><p></title>", [("open", "title"), ("close", "title")]),
        ("<plaintext><p>", [("open", "plaintext")]),
        ("<p><!-- never", [("open", "p")]),
        ("<p><a href='never", [("open", "p")]),
        ("<p><script>never", [("open", "p"), ("open", "script")]),
        ("<p><!doctype never", [("open", "p")]),
        ("<p><", [("open", "p")]),
        ("<![CDATA[<p>]]><p>", [("open", "p")]),
    ],
)
def test_tags(text, expected):
    assert seen(text)[: len(expected)] == expected
    assert len(seen(text)) == len(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<![CDATA[<p>]]></x><p/>", [("close", "x"), ("open", "p")]),
        ("<p/><![CDATA[ never", [("open", "p")]),
        ("<script/><p/>", [("open", "script"), ("open", "p")]),
        ('<!DOCTYPE html [<!ENTITY a "<p>">]><p/>', [("doctype", ""), ("open", "p")]),
    ],
)
def test_xhtml(text, expected):
    assert seen(text, xml=True) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", (True, False)),
        ("\n<!-- x --><!doctype html><html><head><title>a</title>\n<link>", (True, False)),
        ("<head></head>", (True, False)),
        ("<script>a</script><style>b</style><noscript><img></noscript>", (True, False)),
        ("<template><p>a < b</template>", (True, False)),
        ("words", (False, False)),
        ("<", (False, False)),
        ("<p>", (False, False)),
        ("<body>", (False, False)),
        ("</body>", (False, False)),
        ("<br></br>", (False, False)),
        ("<pre>", (False, True)),
        ("<template>", (True, True)),
        ("<pre><code></pre>", (False, True)),
        ("<pre><code></code></pre></pre>", (False, False)),
        ("<pre></body>", (False, False)),
        ("<svg/>", (False, False)),
    ],
)
def test_where_a_meta_element_stands(before, expected):
    assert shown_or_body(f"{before}<meta>") == [expected]


def test_attributes():
    text = "<meta A=1 b = '2' c=\"3\" d e=f/g a=9 =h/>"
    (tag,) = html_tags.tags(text)
    given = html_tags.attributes(text, tag)
    assert {name: a.value for name, a in given.items()} == {
        "a": "1",
        "b": "2",
        "c": "3",
        "d": "",
        "e": "f/g",
        "=h": "",
    }
    assert text[given["b"].start : given["b"].end] == "b = '2'"


def test_the_head_may_be_left():
    assert html_tags.leaves_head("<title>a</title><p>", xml=False)
    assert not html_tags.leaves_head("<title>a</title><style>", xml=False)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("words <p>", "words <p>"),
        ("<!-- AIGC --> </script><p>", "</script><p>"),
        ("x --> <p> <!-- y -->", " <p> <!-- y -->"),
        ("</pre> x --> y", " y"),
        ("<pre></pre><pre></pre></code>y", "</code>y"),
        ("<!-- y --> x", "<!-- y --> x"),
    ],
)
def test_where_a_walk_may_begin(text, rest):
    assert text[html_tags.resumption(text) :] == rest


@pytest.mark.parametrize(
    "piece",
    ["<", "<a", "<a ", "<a b='", '<a b="', "<a b=", "<!--", "<!--->", "<script>", "</script ", "</",
     "<?", "<![CDATA[", "<!doctype [", "=", "<pre>", "</pre>", "<a =", "<a ='>"],
)  # fmt: skip
@pytest.mark.parametrize("xml", [False, True])
def test_hostile_pages_take_linear_time(piece, xml):
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    for tag in html_tags.tags(text, xml=xml):
        if tag.kind == "open":
            html_tags.attributes(text, tag)
    html_tags.resumption(text)
    assert time.process_time() - began < 3
