"""Pages in the shapes that people have; every write is seen by html5lib, one by a browser."""

import html
import json
import re
import subprocess

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import AigcLabelError, CannotCarry, ImplicitLabel, LimitExceeded, registry
from aigc_label.asset import open_asset
from aigc_label.formats.html import FORMAT
from aigc_label.model import Attribution

LABEL = ImplicitLabel(
    content_producer="001191110102MACQD9K64010000",
    produce_id="灯塔/1?a=1&copy=2 <b> \"c\" 'd' \\ 😀\U0001fffe-->",
)
READ = {"Label": "1", "ContentProducer": "P", "ProduceID": "i&copy=1"}
JSON = json.dumps(READ, separators=(",", ":"))
META = f"<meta name='AIGC' content='{JSON}'>"


def read(page, name="a.html"):
    data = page if isinstance(page, bytes) else page.encode()
    with open_asset(data, name=name) as asset:
        return list(FORMAT.read(asset))


def written(page, name="a.html", label=LABEL):
    data = page if isinstance(page, bytes) else page.encode()
    with open_asset(data, name=name) as asset:
        edited = FORMAT.plan(asset, label).view(asset)
        made = edited.read(0, edited.size)
    (only,) = read(made, name)
    assert dict(only.fields) == label.fields
    assert (only.carrier, only.quirks) == ("html.meta", ())
    return made


def element(made: bytes) -> str:
    return re.search(rb'<meta name="AIGC" content="[^"]*"(?: /)?>', made).group().decode("ascii")


def without(made: bytes) -> bytes:
    return made.replace(element(made).encode(), b"@")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>x</p>", "@\n<p>x</p>"),
        ("", "@\n"),
        ("words", "@\nwords"),
        ("<!doctype html>\n<p>x", "<!doctype html>\n@\n<p>x"),
        ("<html>\r\n<body>", "<html>\r\n@\r\n<body>"),
        ("<html><head><title>", "<html><head>@<title>"),
        ("<head>\n\t<title>a</title>", "<head>\n\t@\n\t<title>a</title>"),
        ("<head>\n  <meta charset=gbk>\n</head>", "<head>\n  <meta charset=gbk>\n  @\n</head>"),
        ("<META HTTP-EQUIV=content-type content=x>a", "<META HTTP-EQUIV=content-type content=x>@a"),
        ("<title>a</title><meta charset=x><p>", "<title>a</title><meta charset=x>@<p>"),
        ("<p><meta charset=x>", "@\n<p><meta charset=x>"),
        ("words <html><head>", "@\nwords <html><head>"),
        ("<!-- <head> --><head>x", "<!-- <head> --><head>@x"),
        ("<template><meta charset=x></template>", "@\n<template><meta charset=x></template>"),
    ],
)
def test_where_the_element_goes(page, expected):
    made = written(page)
    assert without(made).decode() == expected
    head = html5lib.parse(made, namespaceHTMLElements=False).find("head")
    assert [m for m in head.findall("meta") if m.get("name") == "AIGC"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f"<head>\n  {META}\n</head>", "<head>\n  @\n</head>"),
        (f"<head>{META}\n  {META}\n</head>", "<head>@\n</head>"),
        (f"<head>\n<!-- AIGC: {JSON} -->\n</head>x", "<head>\n@\n</head>x"),
        (f"<head></head>a<!-- AIGC: {JSON} -->b", "<head>@</head>ab"),
        (f"<head></head>a\n  {META}  \r\nb", "<head>@</head>a\nb"),
        (f"<head></head><!-- AIGC: {JSON} and more -->", "<head>@</head><!--  and more -->"),
        (f"<head></head><!--\nAIGC: {JSON}\nx: 1\n-->", "<head>@</head><!--\nx: 1\n-->"),
        ("<head></head><!-- AIGC:\n  Label: 1\nx: 1\n-->", "<head>@</head><!-- x: 1\n-->"),
        (f"{META}<p>", "@<p>"),
    ],
)  # fmt: skip
def test_what_stands_there_gives_way(page, expected):
    assert without(written(page)).decode() == expected


def test_other_attributes_of_the_element_stay():
    page = f"<head><meta data-a=1 CONTENT='{JSON}'  name=aigc id=x></head>"
    made = written(page).decode()
    assert re.sub(r'content="[^"]*"', "@", made) == (
        '<head><meta data-a=1 @  name="AIGC" id=x></head>'
    )


@pytest.mark.parametrize(
    ("inside", "fields", "quirks", "carrier"),
    [
        (META, READ, (), "html.meta"),
        (f"<meta name=AIGC content={JSON}>", READ, (), "html.meta"),
        (f'<meta name="AIGC" content="{html.escape(JSON)}">', READ, (), "html.meta"),
        (f"<meta name=Aigc content='{JSON}'>", READ, ("lower-case-key",), "html.meta"),
        (f"<meta itemprop=AIGC content='{JSON}'>", READ, (), "html.property"),
        (f"<meta name=tc260.AIGC content='{JSON}'>", READ, (), "html.property"),
        (f"<meta name=x property=site:AIGC content='{JSON}'>", READ, (), "html.property"),
        (f"<!--AIGC={JSON}-->", READ, (), "html.comment"),
        (f"<!-- aigc_info: {JSON} -->", READ, ("lower-case-key",), "html.comment"),
        (f"<body>{META}", READ, (), "html.body"),
    ],
)
def test_what_is_read(inside, fields, quirks, carrier):
    (only,) = read(f"<title>x</title>{inside}")
    assert (dict(only.fields), only.quirks, only.carrier, only.home) == (
        fields, quirks, carrier, False,
    )  # fmt: skip
    assert only.offset in {16, 22}


@pytest.mark.parametrize(
    "page",
    [
        "<meta name=AIGC>",
        "<meta name=AIGC content=1>",
        f"<meta name=AIGCX content='{JSON}'>",
        f"<meta name='about AIGC' content='{JSON}'>",
        f"<p name=AIGC content='{JSON}'>",
        f"<!-- about AIGC: {JSON} -->",
        "<!-- AIGC: see Label and ProduceID -->",
        f"<code><!-- AIGC: {JSON} --></code>",
        f"<p>&lt;meta name=AIGC content='{JSON}'&gt;",
        f"<noscript>{META}</noscript>",
    ],
)
def test_what_is_no_label(page):
    assert read(page) == []


@pytest.mark.parametrize(
    ("codec", "declared"),
    [("utf-8", ""), ("gb18030", ""), ("big5", "big5"), ("windows-1252", "windows-1252"),
     ("shift_jis", "Shift_JIS"), ("windows-1251", "koi-9")],
)  # fmt: skip
def test_the_encoding_of_a_name(codec, declared):
    name = {"windows-1252": "Café", "shift_jis": "灯台", "windows-1251": "x"}.get(codec, "燈塔")
    value = JSON.replace('"P"', f'"{name}"')
    page = f"<meta charset='{declared}'>\n<meta name=AIGC content='{value}'><!-- AIGC: {value}-->"
    first, second = read(page.encode(codec))
    assert first.fields["ContentProducer"] == second.fields["ContentProducer"] == name


def test_bytes_in_no_known_encoding_are_kept():
    (only,) = read(META.encode().replace(b'"P"', b'"\xff\xfe"'))
    assert only.fields["ContentProducer"] == "\xff\xfe"
    partial = (
        b"<head></head><!-- AIGC: " + JSON.encode().replace(b'"P"', '"灯"'.encode()) + b"\xff-->"
    )
    assert without(written(partial)) == b"<head>@</head><!-- \xff-->"


@pytest.mark.parametrize("codec", ["utf-8", "gbk", "utf-16"])
def test_the_element_is_ascii_and_the_rest_untouched(codec):
    page = "<html><head><title>灯塔</title></head><body>它每晚发光。</body></html>".encode(codec)
    made = written(page)
    text = made.decode(codec)
    assert text.isascii() is False
    only = re.search(r"<meta[^>]*>", text).group()
    assert only.isascii()
    assert text.replace(only, "").encode(codec) == page


def test_a_page_with_a_byte_order_mark():
    assert without(written(b"\xef\xbb\xbf<p>x")) == b"\xef\xbb\xbf@\n<p>x"


def test_xhtml():
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>\n<title/></head></html>'
    for name in ("a.html", "a.xhtml"):
        assert element(written(page, name)).endswith(" />")
    for bad in (page.replace("<head>", "<head/>"), "<p>x</p>"):
        with pytest.raises(CannotCarry, match="needs a <head>"):
            written(bad, "a.xhtml")


def test_a_template_is_refused():
    with pytest.raises(CannotCarry, match="front matter"):
        written("---\nlayout: x\n---\n<p>x")


def test_long_pages():
    filler = "<p>words</p>\n" * 100_000
    assert len(read(f"<head>{META}</head>{filler}<!-- AIGC: {JSON} -->")) == 2
    made = written(f"<head>{META}</head>{filler}<pre></pre><!-- AIGC: {JSON} -->")
    assert len(re.findall(b"AIGC", made)) == 1
    in_script = f"<head></head>{filler}<script>{'x' * 70_000}<!-- AIGC: {JSON} --></script>"
    assert read(in_script) == []
    utf16 = f"\ufeff<head></head>{filler}<!-- AIGC: {JSON} -->".encode("utf-16-le")
    assert [found.carrier for found in read(utf16)] == ["html.comment"]


def test_a_head_of_any_usual_length_is_read_whole():
    style = f"<head><style>{'x' * 2_000_000}</style>"
    assert [found.carrier for found in read(f"{style}{META}</head>words")] == ["html.meta"]
    endless = f"<head><style>{'x' * 5_000_000}"
    with pytest.raises(LimitExceeded, match="its head goes on for more than 4 MiB"):
        read(endless)


def test_too_many_places():
    with pytest.raises(LimitExceeded, match="256"):
        read("<!-- AIGC -->" * 257)


@pytest.mark.parametrize(
    ("name", "data", "claimed"),
    [
        ("a.html", b"words", True),
        ("A.HTM", b"", True),
        ("a.html", b"\x00\x01", False),
        ("page", b"\xef\xbb\xbf\n<!DOCTYPE HTML PUBLIC", True),
        ("page", b"<html\tlang=en>", True),
        ("page", b"<p>", False),
        ("page", b"<htmlx>", False),
        ("a.md", b"<!doctype html>", False),
        ("a.svg", b"<svg>", False),
    ],
)
def test_what_is_a_page(name, data, claimed):
    with open_asset(data, name=name) as asset:
        assert FORMAT.sniff(asset) is claimed
        if claimed:
            assert registry.identify(asset) is FORMAT


@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "<p>", "<head>", "</head>", "<body>", META, f"<!-- AIGC: {JSON} -->", "<!--",
             "-->", "<script>", "</script>", "<pre>", "</pre>", "<title>", "</title>", '"', "'",
             "<meta charset=utf-8>", "<meta ", "=", "words", "\n", "---\n", "<template>", "&", "é",
             "<?xml ?>", "<!doctype html>", "<html>", "<svg>", "<![CDATA[", "]]>"]
        )
    ).map("".join)
)  # fmt: skip
def test_any_page_is_labelled_once_or_refused(page):
    try:
        made = written(page)
    except AigcLabelError:
        return
    assert written(made) == made


def test_a_platforms_label_is_replaced():
    found = ImplicitLabel(content_producer="", produce_id="", attribution=Attribution.SUSPECTED)
    assert len(written(written("<p>x"), label=found)) < len(written("<p>x"))


@pytest.mark.foreign("chromium")
def test_a_browser_sees_the_label_and_the_same_page(tmp_path):
    page = "<html>\n<meta charset=gbk>\n<title>灯塔</title>\n<p>它每晚发光。".encode("gbk")
    target = tmp_path / "page.html"
    target.write_bytes(written(page))
    command = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [*command, profile, target.as_uri()], capture_output=True, check=True, timeout=120
    )
    dom = done.stdout.decode()
    head, body = dom.split("</head>")
    content = re.search(r'<meta name="AIGC" content="([^"]*)">', head)[1]
    assert json.loads(html.unescape(content)) == LABEL.fields
    assert "<title>灯塔</title>" in head
    assert "<p>它每晚发光。" in body
