"""The page: alone, inert, and seen by a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
from html.parser import HTMLParser

import pytest
from reporting import FIELDS, SIGNAL, clean, label, report, sample

from aigc_label.errors import UsageError
from aigc_label.model import FoundMark, Medium
from aigc_label.reporters import html

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b[2J\u202e"
PIXEL = html.data_uri(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5E"
        "rkJggg=="
    ),
    "image/png",
)


class Page(HTMLParser):
    """Counts tags, checks that they close, and gathers what could load or run something."""

    void = frozenset(("meta", "img", "br"))

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.sources, self.attributes, self.text = [], [], [], set(), ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value for name, value in attrs if name in ("src", "href", "data")]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page(reports, **options):
    stream = io.StringIO()
    html.render(reports, stream=stream, profile="gb45438", **options)
    return stream.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_file_has_a_card_the_failed_ones_first(lang):
    text = page(sample(lang), lang=lang)
    parsed = Page(text)
    names = re.findall(r'class="name">([^<]*)<', text)
    assert names == ["bare.png", "cut.png", "x.bin", "clean.png", "open.png", "a.txt"]
    assert parsed.tags.count("details") == 6
    for one in sample(lang):
        for finding in one.findings:
            assert finding.message in parsed.text
    assert ("标识检查报告" in parsed.text) is (lang == "zh")


def test_it_says_all_that_is_in_a_report():
    one = clean(
        signals=(SIGNAL,),
        labels=(label(quirks=("wrapped",)), label(carrier="png.exif", home=False, offset=7)),
    )
    text = Page(page([one])).text
    for said in (*FIELDS, *FIELDS.values(), "png.exif", "wrapped", "AI生成", "bottom-right"):
        assert said in text
    for said in ("6.0%", "0.0-2.0 s", "C2PA", "ChatGPT", "confirmed", "123 bytes", "byte 7"):
        assert said in text


def test_what_nobody_looked_at_is_not_called_none():
    assert "not looked at" in Page(page([report(labels=(label(),))])).text
    unread = Page(page([sample()[4]])).text
    assert unread.count("not looked at") >= 2


def test_it_loads_and_runs_nothing():
    parsed = Page(page(sample()))
    assert not {"script", "link", "iframe", "object", "form"} & set(parsed.tags)
    assert parsed.sources == []
    assert not [name for name in parsed.attributes if name.startswith("on")]
    assert "style" not in parsed.attributes


def test_the_policy_names_the_style_by_its_hash():
    text = page([])
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "url(" not in style


def test_hostile_words_are_inert_everywhere():
    found = label(
        carrier=HOSTILE,
        home=False,
        quirks=(HOSTILE,),
        fields=dict.fromkeys(FIELDS, HOSTILE),
    )
    one = report(
        name=HOSTILE,
        format=HOSTILE,
        labels=(found,),
        marks=(FoundMark(kind="text", text=HOSTILE, place=HOSTILE),),
        signals=(html_signal(),),
    )
    preview = html.Preview(medium=Medium.TEXT, before=HOSTILE, after=f"{HOSTILE}\nsecond line")
    plain = Page(page([clean(name="x")], previews={"x": preview}))
    text = page([one], previews={HOSTILE: preview})
    parsed = Page(text)
    assert "script" not in parsed.tags
    assert "img" not in parsed.tags
    assert parsed.attributes <= plain.attributes
    assert "<script" not in text
    assert text.replace("\n", "").isprintable()
    assert "second line" in parsed.text


def html_signal():
    from aigc_label.model import Signal

    return Signal(scheme="vendor", ai=None, detail=HOSTILE, generator=HOSTILE)


def test_previews_stand_before_and_after():
    previews = {
        "a.png": html.Preview(medium=Medium.IMAGE, before=PIXEL, after=PIXEL),
        "a.mp3": html.Preview(medium=Medium.AUDIO, after=html.data_uri(b"ID3", "audio/mpeg")),
        "a.mp4": html.Preview(medium=Medium.VIDEO, before=html.data_uri(b"ftyp", "video/mp4")),
        "a.txt": html.Preview(medium=Medium.TEXT, before="one", after="AI生成\none"),
    }
    parsed = Page(page([clean(name=name) for name in previews], previews=previews))
    assert [parsed.tags.count(tag) for tag in ("img", "audio", "video", "figure")] == [2, 1, 1, 6]
    assert len(parsed.sources) == 4
    assert all(source.startswith("data:") for source in parsed.sources)
    assert "AI生成\none" in parsed.text


@pytest.mark.parametrize(
    ("medium", "shown"),
    [
        (Medium.IMAGE, "https://example.org/a.png"),
        (Medium.IMAGE, "data:text/html,x"),
        (Medium.AUDIO, PIXEL),
        (Medium.VIDEO, "javascript:alert(1)"),
    ],
)
def test_a_preview_that_would_load_something_is_refused(medium, shown):
    with pytest.raises(UsageError, match=f"data:{medium.value}/"):
        html.Preview(medium=medium, after=shown)


def test_of_many_files_only_the_failed_and_the_shown_are_open():
    previews = {"1.png": html.Preview(medium=Medium.IMAGE, after=PIXEL)}
    many = [clean(name=f"{n}.png") for n in range(30)] + [report(name="bare.png", marks=())]
    text = page(many, previews=previews)
    opened = re.findall(r'<details open>\n<summary>.*?class="name">([^<]*)<', text)
    assert opened == ["bare.png", "1.png"]
    assert text.count("<details open>") + text.count("<details>") == 31
    assert page(many[:20]).count("<details open>") == 20


def test_no_file():
    assert "No file was checked." in Page(page([])).text


@pytest.mark.foreign("chromium")
def test_a_browser_applies_the_style_and_shows_the_picture(tmp_path):
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (10, 200, 30)).save(buffer, "PNG")
    picture = html.data_uri(buffer.getvalue(), "image/png")
    preview = html.Preview(medium=Medium.IMAGE, after=picture)
    file = tmp_path / "report.html"
    file.write_text(page([clean()], previews={"a.png": preview}), encoding="utf-8")
    shot = tmp_path / "shot.png"
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={tmp_path / 'user'}", f"--screenshot={shot}"),
            *("--window-size=800,900", file.as_uri()),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    with Image.open(shot) as seen:
        colours = {colour for _, colour in seen.convert("RGB").getcolors(1 << 24)}
    assert (10, 200, 30) in colours  # img-src lets the data: URI through
    assert (0xF6, 0xF7, 0xF9) in colours  # the hash in style-src matches
