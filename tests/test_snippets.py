"""What an application shows: its words, its HTML, and what a browser makes of it."""

from __future__ import annotations

import json
import re
import subprocess
from html import escape
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import Attribution, InvalidLabel, UsageError, read, snippet, wording
from aigc_label.snippets import KINDS, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
HTML = ("badge", "inline")
SPACE = "{http://www.w3.org/1999/xhtml}"


def parsed(fragment):
    """The elements of a fragment, which must hold no mistake of grammar."""
    parser = html5lib.HTMLParser(strict=True)
    return [each for each in parser.parseFragment(fragment).iter() if SPACE in str(each.tag)]


def shown(fragment):
    return [
        "".join(each.itertext()).strip()
        for each in parsed(fragment)
        if each.get("class") in ("aigc-label-first", "aigc-label-second")
    ]


class TestWords:
    @pytest.mark.parametrize("state", [None, *Attribution])
    def test_the_chinese_words_hold_both_elements(self, state):
        assert wording.is_prompt(snippet("text", state=state))
        for kind in HTML:
            assert wording.is_prompt(shown(snippet(kind, state=state))[0])

    def test_plain_words(self):
        assert snippet("text") == "内容由AI生成\n"
        assert snippet("text", lang="en") == "AI-generated content\n"
        assert snippet("text", lang="both") == "内容由AI生成 / AI-generated content\n"

    def test_our_own_reader_perceives_them(self):
        (mark,) = read((snippet("text") + "\n正文。\n").encode(), name="a.txt").marks
        assert (mark.text, mark.place) == ("内容由AI生成", "start")

    def test_the_three_states_of_article_6(self):
        lines = snippet("state", lang="both").splitlines()
        assert lines == [
            snippet("state", lang="both", state=state).rstrip("\n") for state in Attribution
        ]
        for line, chinese, english in zip(
            lines, ("为AI", "可能为AI", "疑似为AI"), ("is", "may be", "is suspected"), strict=True
        ):
            assert chinese in line
            assert f"This content {english} " in line

    def test_the_how_to_lists_them(self):
        how_to = ROOT / "docs" / "how-to" / "show-in-interface.md"
        for state in Attribution:
            chinese, english = snippet("state", lang="both", state=state).strip().split(" / ")
            assert f"| `{state}` | {chinese} | {english} |" in how_to.read_text("utf-8")

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_the_agreement_says_what_articles_8_to_10_ask_for(self, lang):
        text = snippet("terms", lang=lang, text="由AI合成")
        wanted = {
            "zh": (
                "草案",
                "不构成法律意见",
                "“由AI合成”",
                "隐式标识",
                "主动声明",
                "不得",
                "六个月",
            ),
            "en": ("DRAFT", "not legal advice", '"由AI合成"', "Implicit", "declare", "six months"),
        }
        for each in ("zh", "en"):
            found = [word in text for word in wanted[each]]
            assert all(found) if lang in (each, "both") else not all(found)
        assert "$" not in text


class TestOnesOwnWords:
    def test_they_replace_the_chinese_ones(self):
        assert snippet("text", text=" 由人工智能合成 ") == "由人工智能合成\n"
        assert shown(snippet("inline", lang="both", text="由人工智能合成")) == [
            "由人工智能合成",
            "AI-generated content",
        ]

    @pytest.mark.parametrize("text", ["", "AI", "AI-generated", "智能创作", "合成"])
    def test_without_both_elements_they_are_refused(self, text):
        with pytest.raises(InvalidLabel, match="must hold 人工智能 or AI") as caught:
            snippet("badge", text=text)
        assert caught.value.field == "text"

    @pytest.mark.parametrize("text", ["AI生成\n又一行", "AI生成\x1b[31m", "AI生成" * 30])
    def test_what_is_no_short_line_is_refused(self, text):
        with pytest.raises(InvalidLabel, match="one line of at most 60 characters"):
            snippet("badge", text=text)

    @given(st.text(st.characters(exclude_categories=("C", "Z")), max_size=40))
    def test_no_words_become_markup(self, text):
        words = f"<{text} AI 生成$words</div><script>"
        for kind in HTML:
            assert shown(snippet(kind, text=words)) == [words]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "card"}, "no kind 'card'; one of badge, inline, text, terms, state"),
        ({"kind": "text", "lang": "de"}, "no lang 'de'"),
        ({"kind": "text", "state": "sure"}, "no state 'sure'; one of confirmed, "),
        ({"kind": "terms", "state": "possible"}, "leave state out"),
        ({"kind": "state", "text": "AI生成"}, "text or state, not both"),
        ({"kind": "badge", "state": "possible", "text": "AI生成"}, "text or state, not both"),
        ({"kind": "badge", "lang": "en", "text": "AI生成"}, "use lang zh or both"),
    ],
)
def test_what_makes_no_sense_is_refused(options, told):
    with pytest.raises(UsageError, match=re.escape(told)):
        snippet(**options)


@pytest.mark.parametrize("kind", HTML)
class TestHtml:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_it_speaks_to_screen_readers_in_the_right_language(self, kind, lang):
        (note,) = (each for each in parsed(snippet(kind, lang=lang)) if each.get("role"))
        assert note.get("role") == "note"
        assert note.get("lang") == ("en" if lang == "en" else "zh-CN")
        assert note.get("aria-label")
        inner = [each.get("lang") for each in note.iter() if each is not note]
        assert inner.count("en") == (lang == "both")
        (tile,) = (each for each in note if "aigc-label-tile" in each.get("class"))
        assert tile.get("aria-hidden") == "true"

    def test_it_loads_and_runs_nothing_and_keeps_to_its_own_names(self, kind):
        text = snippet(kind, lang="both")
        for each in parsed(text):
            assert each.tag.removeprefix(SPACE) in ("style", "div", "span")
            assert set(each.keys()) <= {"class", "role", "aria-label", "aria-hidden", "lang"}
            assert all(name.startswith("aigc-label-") for name in each.get("class", "").split())
        style = re.search(r"<style>(.*)</style>", text, re.DOTALL).group(1)
        assert not re.search(r"url\(|@import|@font-face|//", style)
        selectors = re.findall(r"(?:^|\})\s*([^{}@]+)\{", style)
        assert len(selectors) >= 5
        assert all(re.match(rf"\.aigc-label-{kind}\b", each.strip()) for each in selectors)

    def test_nothing_moves(self, kind):
        text = snippet(kind)
        assert "prefers-reduced-motion" in text
        assert set(re.findall(r"(?:animation|transition)[^;]*", text)) == {
            "animation: none !important",
            "transition: none !important",
        }
        assert "transform" not in text

    def test_every_scheme_has_contrast_to_spare(self, kind):
        found = re.findall(r"--aigc-label-(\w+): (#[0-9a-f]+)", snippet(kind))
        assert len(found) == 12
        for scheme in (dict(found[:4]), dict(found[4:8]), dict(found[8:])):
            for ink in ("ink", "quiet"):
                assert contrast(rgb(scheme[ink]), rgb(scheme["plate"])) >= 7

    def test_what_is_not_certain_has_an_open_tile(self, kind):
        for state in (None, *Attribution):
            classes = [each.get("class") or "" for each in parsed(snippet(kind, state=state))]
            is_open = any("aigc-label-open" in each for each in classes)
            assert is_open is (state in ("possible", "suspected"))


def rgb(colour):
    """``#abc``, ``#aabbcc`` or a browser's ``rgb(1, 2, 3)`` as three numbers."""
    if colour.startswith("rgb("):
        return tuple(int(number) for number in re.findall(r"\d+", colour))
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    return tuple(bytes.fromhex(digits))


def contrast(one, other):
    """The contrast ratio of WCAG 2."""

    def luminance(colour):
        parts = [
            value / 3294.6 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4
            for value in colour
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# A page whose own style is as rude as it can be without naming our classes.
PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>A page</title>
<style>
body {{ margin: 0; background: {background}; color: #777 }}
div, span {{ color: #777; background: #777; opacity: .3; font-size: 3px; white-space: nowrap }}
main {{ display: block; min-height: 3000px }}
</style>
<body>{first}<main>{blocks}</main>{last}
"""

MEASURE = """<script>
const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] };
const bars = [...document.querySelectorAll('.aigc-label-badge')];
const main = document.querySelector('main');
const seen = () => ({ bars: bars.map(box), main: box(main) });
const found = { width: innerWidth, height: innerHeight, wide: document.documentElement.scrollWidth,
  dark: matchMedia('(prefers-color-scheme: dark)').matches };
found.start = seen();
found.texts = [...document.querySelectorAll('[role=note] span')].filter(e => !e.children.length)
  .map(e => {
    let under = e, plate;
    do plate = getComputedStyle(under).backgroundColor; while (plate == 'rgba(0, 0, 0, 0)' &&
      (under = under.parentElement));
    const style = getComputedStyle(e);
    return { box: box(e), note: box(e.closest('div')), ink: style.color, plate,
      size: parseFloat(style.fontSize), opacity: style.opacity, select: style.userSelect };
  });
scrollTo(0, 1000); found.middle = seen();
scrollTo(0, 1e6); found.end = seen();
scrollTo(0, 0);
parent.document.body.append('FOUND' + JSON.stringify(found) + 'FOUND');
</script>"""

SCHEMES = {
    scheme: f"--blink-settings=preferredColorScheme={n}"
    for n, scheme in enumerate(("dark", "light"))
}


@pytest.fixture
def browser(tmp_path):
    """Run Chromium on a page, with the switches given; return what it prints."""

    def run(page, *switches):
        file = tmp_path / "page.html"
        file.write_text(page, encoding="utf-8")
        done = subprocess.run(
            [
                *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--user-data-dir={tmp_path / 'user'}", *switches, file.as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
        return done.stdout.decode()

    return run


def page(background="#fff"):
    return PAGE.format(
        background=background,
        first=snippet("badge", lang="both", state="suspected"),
        blocks="".join(
            snippet("inline", lang="both", **options)
            for options in ({}, {"state": "possible"}, {"text": "AI合成" + "W" * 56})
        ),
        last=snippet("badge", lang="both"),
    )


def framed(inner, width):
    """A page in a frame: a browser's window is never as narrow as a telephone's."""
    return (
        '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<body style="margin: 0"><iframe width="{width}" height="700" srcdoc="{escape(inner)}" '
        'style="border: 0; display: block"></iframe>'
    )


@pytest.mark.foreign("chromium")
@pytest.mark.parametrize(
    ("width", "scheme", "background"),
    [
        (1000, "light", "#fff"),
        (1000, "dark", "#000"),
        (320, "light", "#000"),
        (320, "dark", "#fff"),
    ],
)
def test_a_browser_shows_it_legibly_and_in_its_place(tmp_path, browser, width, scheme, background):
    from PIL import Image

    shot = tmp_path / "shot.png"
    switches = (SCHEMES[scheme], "--window-size=1100,900")
    whole = framed(page(background) + MEASURE, width)
    found = json.loads(browser(whole, *switches, "--dump-dom").split("FOUND")[-2])
    assert found["width"] == found["wide"] == width  # nothing sticks out
    assert found["dark"] is (scheme == "dark")
    _is_in_its_place(found)
    browser(whole, *switches, f"--screenshot={shot}")
    with Image.open(shot) as picture:
        seen = picture.convert("RGB")
    assert len(found["texts"]) == 5 * 3  # tile, Chinese, English
    for text in found["texts"]:
        assert contrast(rgb(text["ink"]), rgb(text["plate"])) >= 4.5
        assert (text["opacity"], text["select"]) == ("1", "text")
        assert text["size"] >= 12
        left, top, right, bottom = text["box"]
        assert text["note"][0] <= left < right <= text["note"][2]
        part = seen.crop((int(left), int(top), int(right), int(bottom)))
        colours = part.getcolors(1 << 20)
        plate = max(colours)[1]
        assert contrast(plate, rgb(text["plate"])) < 1.05  # nothing lies over it
        assert max(contrast(plate, colour) for _, colour in colours) >= 4.5


def _is_in_its_place(found):
    """The upper bar stays at the top, the lower at the bottom, and both give way to the content."""
    for moment in ("start", "middle", "end"):
        upper, lower = found[moment]["bars"]
        assert upper[1] == pytest.approx(0, abs=0.5)
        assert lower[3] == pytest.approx(found["height"], abs=0.5)
        for bar in (upper, lower):
            assert bar[0] == 0
            assert bar[2] == found["width"]
            assert 20 < bar[3] - bar[1] < 100
    assert found["start"]["main"][1] >= found["start"]["bars"][0][3]
    assert found["end"]["main"][3] <= found["end"]["bars"][1][1]


@pytest.mark.foreign("chromium")
def test_it_prints_once(tmp_path, browser):
    from pypdf import PdfReader

    target = tmp_path / "page.pdf"
    browser(page(), f"--print-to-pdf={target}")
    pages = [each.extract_text() for each in PdfReader(target).pages]
    assert len(pages) > 2
    assert "This content is suspected" in pages[0]
    assert sum(text.count("This content is suspected") for text in pages) == 1


def test_every_kind_ends_with_a_line_break():
    for kind in KINDS:
        for lang in LANGUAGES:
            text = snippet(kind, lang=lang)
            assert text.endswith("\n")
            assert not text.endswith("\n\n")
