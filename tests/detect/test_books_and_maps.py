"""Prompts in EPUB and XMind."""

from __future__ import annotations

import json

import pytest

from document_samples import (
    FIXTURES,
    PLAIN,
    PROSE,
    book,
    judged,
    packed,
    parts,
    seen,
)

CHAPTER = f"<h1>灯塔</h1><p>{PROSE * 8}</p>"


@pytest.mark.parametrize(
    ("pages", "marks"),
    [
        (["<p>灯塔纪事</p><p>AI生成</p>", CHAPTER, CHAPTER], [("start", "AI生成")]),
        (
            ["<p>灯塔纪事</p>", "<p>版权</p><p>本书由AI生成</p>", CHAPTER],
            [("start", "本书由AI生成")],
        ),
        ([CHAPTER, CHAPTER, "<p>本书由AI生成</p>"], [("end", "本书由AI生成")]),
        ([CHAPTER, f"{CHAPTER}<p>AI生成</p>", CHAPTER, CHAPTER], [("middle", "AI生成")]),
        ([CHAPTER, CHAPTER], []),
        (["<p hidden='hidden'>AI生成</p>", CHAPTER], []),
        ([f"{CHAPTER}&nbsp;<p>AI生成</p>"], [("end", "AI生成")]),
    ],
)
def test_books(pages, marks):
    assert seen(book(*pages), "a.epub") == marks


def test_a_book_that_is_locked_was_not_looked_at():
    lock = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<CipherReference URI="E/0.xhtml"/></encryption>'
    )
    members = parts(book(CHAPTER)) | {"META-INF/encryption.xml": lock.encode()}
    report = judged(packed(members), "a.epub")
    assert report.inspection.marks is None
    assert "encrypted" in report.inspection.unseen


def mind(*topics: dict, text: str = "") -> bytes:
    found = [{"id": str(n), "rootTopic": topic} for n, topic in enumerate(topics)]
    content = text or json.dumps(found, ensure_ascii=False)
    return packed(parts(PLAIN["a.xmind"]) | {"content.json": content.encode()})


@pytest.mark.parametrize(
    ("topics", "marks"),
    [
        ([{"title": "甲", "labels": ["AI生成"]}, {"title": "乙"}], [("start", "AI生成")]),
        ([{"title": "甲"}, {"title": "乙", "labels": ["AI"]}], [("end", "AI")]),
        ([{"title": "本图由AI生成"}, {"title": "AI生成"}], [("each page", "本图由AI生成")]),
        ([{"title": "AI生成内容"}], []),
        (
            [{"title": "甲", "children": {"attached": [{"title": "本图由AI生成"}]}}],
            [("middle", "本图由AI生成")],
        ),
        ([{"title": "甲", "notes": {"plain": {"content": "本图由AI生成"}}}], []),
    ],
)
def test_maps(topics, marks):
    assert seen(mind(*topics), "a.xmind") == marks
    escaped = json.dumps([{"id": str(n), "rootTopic": t} for n, t in enumerate(topics)])
    assert seen(mind(text=escaped), "a.xmind") == marks


def test_maps_of_xmind_8():
    members = parts((FIXTURES / "xmind" / "plain" / "old.xmind").read_bytes())
    sheet = (
        "<sheet><topic><title>{}</title><children><topics><topic><title>{}</title></topic>"
        "</topics></children></topic></sheet>"
    )
    for central, other, marks in (
        ("本图由AI生成", "乙", [("start", "本图由AI生成")]),
        ("甲", "本图由AI生成", [("middle", "本图由AI生成")]),
        ("甲", "AI生成图片", []),
    ):
        content = sheet.format(central, other)
        whole = f'<xmap-content xmlns="urn:xmind:xmap:xmlns:content:2.0">{content}</xmap-content>'
        assert seen(packed(members | {"content.xml": whole.encode()}), "a.xmind") == marks


@pytest.mark.parametrize(
    ("style", "hidden"),
    [(".ai{display:none}", True), ("p.ai{opacity:0}", True), (".ai{color:red}", False)],
)
def test_a_style_sheet_of_a_book(style, hidden):
    page = '<p class="ai">本书由AI生成</p><p>灯塔</p>'
    link = '<link rel="stylesheet" type="text/css" href="../css/s.css"/></head>'
    data = parts(book(page))
    name = next(one for one in data if one.endswith(".xhtml"))
    data[name] = data[name].replace(b"</head>", link.encode())
    data["/".join([*name.split("/")[:-2], "css", "s.css"]).lstrip("/")] = style.encode()
    assert link.encode() in data[name]
    assert bool(seen(packed(data), "a.epub")) is not hidden
