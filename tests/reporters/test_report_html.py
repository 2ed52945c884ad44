"""The page: alone, inert, and seen by a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reporting import FIELDS, SIGNAL, clean, label, report, sample

from aigc_label.errors import UsageError
from aigc_label.model import Finding, FoundMark, Medium, Security
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

    void = frozenset(("meta", "img", "br", "link", "input"))

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.sources, self.attributes, self.text = [], [], [], set(), ""
        self.ids = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_startendtag(self, tag, attrs):  # of SVG
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids |= {value for name, value in attrs if name == "id"}
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
    assert text.count('<details class="card') == 6
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


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("verified", "signature verified"),
        ("intact", "unchanged since somebody signed it"),
        ("failed", "signature does not hold"),
        ("unsupported", "security information not verified"),
        ("absent", None),
    ],
)
def test_it_says_what_a_signature_is_worth(status, said):
    worth = Security(status=status, algorithm="sm2", key="sha256:1234")
    text = Page(page([clean(labels=(label(security=worth),))])).text
    assert (said is not None) is ("sm2 · sha256:1234" in text)
    assert said is None or said in text


def test_it_says_by_which_steps_a_state_was_told():
    text = Page(page([report(name="bare.png", marks=(), signals=(SIGNAL,))])).text
    assert "Attribution under article 6" in text
    assert "traces: suspected decides · " in text
    assert "the implicit label: says nothing · " in text


def test_it_says_what_credentials_are_worth():
    signed = replace(SIGNAL, state="valid", signer="Example CA", problem="<late>")
    text = Page(page([report(signals=(signed,))])).text
    assert "credentials valid, signer unknown · signed by Example CA · <late>" in text


def test_a_rule_of_which_nothing_is_known_is_named():
    odd = Finding(rule="ours.odd", kind="fail", level="error", message="odd", clause="Annex X")
    parsed = Page(page([replace(clean(), ok=False, findings=(odd,))]))
    assert "rule-ours.odd" in parsed.ids


def test_a_closed_card_says_what_is_open():
    text = page([report(labels=(label(),))])
    tag = r'<span class="tag open"[^>]*><span class="sr">open: </span>explicit.open'
    assert re.search(tag, text)


def test_what_nobody_looked_at_is_not_called_none():
    assert "not looked at" in Page(page([report(labels=(label(),))])).text
    unread = Page(page([sample()[4]])).text
    assert unread.count("not looked at") >= 2


def test_it_loads_nothing_and_runs_only_its_own_script():
    text = page(sample())
    parsed = Page(text)
    assert not {"iframe", "object", "embed", "base"} & set(parsed.tags)
    assert parsed.tags.count("script") == 1
    assert all(source.startswith(("data:,", "#rule-")) for source in parsed.sources)
    assert not [name for name in parsed.attributes if name.startswith("on")]
    assert "style" not in parsed.attributes


@pytest.mark.parametrize("tag", ["style", "script"])
def test_the_policy_names_style_and_script_by_their_hashes(tag):
    text = page([])
    part = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"url\(|innerHTML|eval\(|https?:", part)


def test_every_link_to_a_rule_leads_to_what_it_says():
    parsed = Page(page(sample()))
    targets = {source[1:] for source in parsed.sources if source.startswith("#")}
    assert targets == parsed.ids - {"files", "tools", "q", "v", "l", "r", "f", "o", "shown",
                                    "clear", "expand", "collapse", "nothing"}  # fmt: skip
    assert "Clause 6.1 of GB 45438-2025 and article 5 of the Measures ask" in parsed.text


def test_one_file_needs_no_filters():
    assert 'id="tools"' not in page([clean()])
    assert 'id="tools"' in page([clean(), clean()])


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
    plain = Page(page([clean(name="x"), report(name="y", marks=())], previews={"x": preview}))
    text = page([one], previews={HOSTILE: preview})
    parsed = Page(text)
    assert parsed.tags.count("script") == text.count("<script") == 1
    assert "img" not in parsed.tags
    assert parsed.attributes <= plain.attributes
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
    assert len([source for source in parsed.sources if source.startswith("data:")]) == 5
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


def test_of_many_files_only_the_shown_are_open():
    previews = {"1.png": html.Preview(medium=Medium.IMAGE, after=PIXEL)}
    many = [clean(name=f"{n}.png") for n in range(30)] + [report(name="bare.png", marks=())]
    text = page(many, previews=previews)
    opened = re.findall(r'<details class="card \w+" open.*?class="name">([^<]*)<', text, re.DOTALL)
    assert opened == ["1.png"]
    assert text.count('<details class="card') == 31
    assert page(many[:3]).count(" open data-v") == 3


def test_no_file():
    assert "No file was checked." in Page(page([])).text
