"""The page as a browser runs it: filters, keys, copying, languages of light, thousands of files."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from reporting import MARK, clean, label, report, sample

from aigc_label.model import FoundMark, Medium
from aigc_label.reporters import html
from browser import Browser

pytestmark = pytest.mark.foreign("chromium")
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e.png"
VISIBLE = "[...document.querySelectorAll('#files > :not([hidden]) .name')].map(n => n.textContent)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture
def opened(browser, tmp_path):
    def write(reports, **options):
        file = tmp_path / "report.html"
        with file.open("w", encoding="utf-8") as stream:
            html.render(reports, stream=stream, profile="gb45438", **options)
        browser.console.clear()
        browser.requests.clear()
        browser.open(file.as_uri())
        return file

    yield write
    assert browser.console == []
    assert len({address.partition("#")[0] for address in browser.requests}) == 1


def choose(browser, key, value):
    browser.run(
        f"document.getElementById({key!r}).value = {json.dumps(value)};"
        f"document.getElementById({key!r}).dispatchEvent(new Event('change', {{bubbles: true}}))"
    )
    return browser.run(VISIBLE)


def test_filters_narrow_what_is_shown_and_the_address_keeps_them(browser, opened):
    file = opened(sample())
    assert len(browser.run(VISIBLE)) == 6
    assert choose(browser, "v", "ok") == ["clean.png", "open.png", "a.txt"]
    assert choose(browser, "v", "open") == ["cut.png", "x.bin", "open.png"]
    assert choose(browser, "r", "file.malformed") == ["cut.png"]
    assert browser.run("location.hash") == "#?v=open&r=file.malformed"
    assert "1 of 6 files shown" in browser.run("document.getElementById('shown').textContent")
    browser.run("document.getElementById('clear').click()")
    assert choose(browser, "l", "error") == ["bare.png", "cut.png", "x.bin"]
    assert choose(browser, "f", "text") == []
    assert browser.run("document.getElementById('nothing').checkVisibility()")
    browser.open("about:blank")
    browser.open(f"{file.as_uri()}#?v=failed&f=png&o=name")
    assert browser.run(VISIBLE) == ["bare.png", "cut.png"]
    browser.requests[:] = [address for address in browser.requests if address != "about:blank"]


def test_words_are_searched_with_the_keyboard_alone(browser, opened):
    opened(sample())
    browser.press("/", "/")
    assert browser.run("document.activeElement.id") == "q"
    for letter in "idat":
        browser.press(letter, letter)
    browser.run("new Promise(done => setTimeout(done, 300))")
    assert browser.run(VISIBLE) == ["cut.png"]
    browser.press("Escape")
    assert len(browser.run(VISIBLE)) == 6


def test_files_are_sorted(browser, opened):
    opened([clean(name="b.png", size=3), clean(name="a.png", size=9), report(name="c.png")])
    assert choose(browser, "o", "name") == ["a.png", "b.png", "c.png"]
    assert choose(browser, "o", "size") == ["c.png", "a.png", "b.png"]
    assert choose(browser, "o", "format") == ["c.png", "b.png", "a.png"]
    assert choose(browser, "o", "failed first") == ["c.png", "b.png", "a.png"]


def test_a_count_in_the_tables_is_a_filter(browser, opened):
    opened(sample())
    browser.run("document.querySelector('tr[data-f=text] button').click()")
    assert browser.run(VISIBLE) == ["a.txt"]


def test_a_link_to_a_rule_opens_it(browser, opened):
    opened(sample())
    browser.run("document.querySelector('.findings a.rule').click()")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("document.querySelector('.rules details[open]').id").startswith("rule-")


def test_commands_are_copied_as_they_stand(browser, opened):
    opened([report(name="it's.png", marks=())])
    command = browser.run("document.querySelector('.cmd code').textContent")
    assert command.startswith("aigc-label label 'it'")
    browser.run("document.querySelector('.cmd button').click()")
    browser.run("new Promise(done => setTimeout(done, 200))")
    assert browser.run("document.querySelector('.cmd button').textContent") == "copied"


def test_cards_open_and_close_together(browser, opened):
    opened(sample())
    choose(browser, "v", "failed")
    browser.run("document.getElementById('expand').click()")
    assert browser.run("document.querySelectorAll('.card[open]').length") == 3
    browser.run("dispatchEvent(new Event('beforeprint'))")
    browser.run("document.getElementById('collapse').click()")
    assert browser.run("document.querySelectorAll('.card[open]').length") == 0


def test_hostile_names_stay_words(browser, opened):
    opened([clean(name=HOSTILE, labels=(label(carrier=HOSTILE),)), report(name="b.png")])
    shown = browser.run(VISIBLE)
    assert shown[1] == HOSTILE.replace("\u202e", "\\u202e")
    assert browser.run("document.scripts.length") == 1
    browser.run("document.getElementById('q').value = '<script>alert(1)'")
    assert choose(browser, "v", "ok") == shown[1:]
    assert browser.run("document.querySelectorAll('img').length") == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_label_is_outlined_where_it_stands(browser, opened, tmp_path, lang):
    name = str(tmp_path / "a.png")
    Image.new("RGB", (900, 600), (10, 200, 30)).save(name)
    size = (tmp_path / "a.png").stat().st_size
    mark = FoundMark(kind="text", text="AI生成", box=(700, 500, 180, 60), ratio=0.1, contrast=7.0)
    opened([clean(name=name, path=name, size=size, marks=(mark,), lang=lang)], lang=lang)
    browser.run(
        "new Promise(done => { const i = document.querySelector('.thumb img');"
        " i.naturalWidth ? done() : i.addEventListener('load', () => done()); })"
    )
    assert browser.run("document.querySelector('.thumb img').naturalWidth") == 320
    where = (
        "(() => { const i = document.querySelector('.thumb img').getBoundingClientRect();"
        " const r = document.querySelector('.over rect:not(.halo)').getBoundingClientRect();"
        " return [(r.left - i.left) / i.width, (r.top - i.top) / i.height, r.width / i.width]; })()"
    )
    for is_open in ("true", "false"):
        browser.run(f"document.querySelector('.card').open = {is_open}")
        assert browser.run(where) == pytest.approx([700 / 900, 500 / 600, 180 / 900], abs=0.06)
    assert "10.0% · 7.0:1" in browser.run("document.querySelector('.over').textContent")


def test_light_and_dark_have_legible_contrast(browser, opened):
    opened(sample())
    script = """(() => {
      const dot = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      const rgb = (colour) => { dot.fillStyle = colour; dot.fillRect(0, 0, 1, 1);
        return [...dot.getImageData(0, 0, 1, 1).data].slice(0, 3); };
      const light = (c) => { const [r, g, b] = rgb(c).map(v => (v /= 255) <= .04045 ? v / 12.92
        : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
      const ground = (n) => { for (; n; n = n.parentElement) {
        const c = getComputedStyle(n).backgroundColor; if (!/, 0\\)$/.test(c)) return c; } };
      return Math.min(...[...document.querySelectorAll('.chip, .tag, .quiet, .name, dt, dd, th')]
        .filter(n => n.checkVisibility()).map(n => {
          const [a, b] = [light(getComputedStyle(n).color), light(ground(n))].sort((x, y) => y - x);
          return (a + .05) / (b + .05); }));
    })()"""
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=features)
        assert browser.run(script) >= 4.5


def test_it_fits_a_telephone(browser, opened):
    opened([*sample(), report(name="/a/very/long/" + "path" * 40 + ".png", marks=(MARK,))])
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1,
        mobile=True,
    )  # fmt: skip
    browser.run("document.getElementById('expand').click()")
    assert browser.run("document.documentElement.scrollWidth") <= 360
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_every_control_has_a_name(browser, opened):
    opened(sample())
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "combobox", "searchbox", "link", "DisclosureTriangle", "img", "image"}
    named = [node for node in nodes if node.get("role", {}).get("value") in controls]
    assert len(named) > 20
    assert all(node["name"]["value"].strip() for node in named)


def test_five_thousand_files_open_and_filter_quickly(browser, tmp_path):
    made = [
        (clean if n % 3 else report)(name=f"uploads/{n:05}.png", marks=(MARK,) if n % 3 else ())
        for n in range(5000)
    ]
    file = tmp_path / "many.html"
    with file.open("w", encoding="utf-8") as stream:
        html.render(made, stream=stream, profile="gb45438")
    assert file.stat().st_size < 20 << 20
    assert browser.open(file.as_uri()) < 15  # about one second where nothing else runs
    spent = browser.run(
        "(() => { const began = performance.now(); document.getElementById('v').value = 'failed';"
        "document.getElementById('tools').dispatchEvent(new Event('change'));"
        "document.body.getBoundingClientRect(); return performance.now() - began; })()"
    )
    assert spent < 3000
    assert len(browser.run(VISIBLE)) == 1667


def test_sound_and_film_have_a_track(browser, opened):
    spoken = FoundMark(kind="voice", at=(0.0, 1.5), place="start")
    long = FoundMark(kind="text", text="AI生成", at=(0.0, 2.5), box=(1, 2, 30, 40), ratio=0.05)
    film = {"format": "mp4", "medium": Medium.VIDEO, "homes": ("mp4.keys",)}
    sound = {"format": "mp3", "medium": Medium.AUDIO, "homes": ("mp3.id3",)}
    opened(
        [clean(name="f.mp4", marks=(long,), **film), clean(name="s.mp3", marks=(spoken,), **sound)]
    )
    told = browser.run(
        "[...document.querySelectorAll('.timeline')].map(t => t.getAttribute('aria-label'))"
    )
    assert told == [
        "Timeline of ≥ 2.5 s: AI生成 0.0-2.5 s",
        "Timeline of ≥ 1.5 s: voice 0.0-1.5 s",
    ]
    assert browser.run("document.querySelectorAll('.timeline .due').length") == 1
