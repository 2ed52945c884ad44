"""WebVTT in the shapes that people have; every write is seen by webvtt-py, one by a browser."""

import json
import subprocess

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import AigcLabelError, ImplicitLabel, LimitExceeded, Malformed, registry
from aigc_label.asset import open_asset
from aigc_label.formats.vtt import FORMAT

LABEL = ImplicitLabel(content_producer="001191110102MACQD9K64010000", produce_id="灯塔 --> \u2028")
READ = {"Label": "1", "ContentProducer": "P", "ProduceID": "i"}
JSON = json.dumps(READ)
CUE = "00:01.000 --> 00:02.000\nwords\n"
OURS = json.dumps(LABEL.fields, ensure_ascii=False, separators=(",", ":"))
OURS = OURS.replace(">", "\\u003e").replace("\u2028", "\\u2028")
NOTE = f"NOTE AIGC: {JSON}"


def read(text, name="a.vtt"):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name=name) as asset:
        return list(FORMAT.read(asset))


def written(text):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name="a.vtt") as asset:
        edited = FORMAT.plan(asset, LABEL).view(asset)
        made = edited.read(0, edited.size)
    (only,) = read(made)
    assert (dict(only.fields), only.quirks, only.carrier) == (LABEL.fields, (), "vtt.note")
    return made


def noted(text) -> str:
    return written(text).decode().replace(f"NOTE AIGC: {OURS}", "@")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WEBVTT", "WEBVTT\n\n@"),
        ("WEBVTT\n", "WEBVTT\n\n@\n"),
        (f"WEBVTT\n\n{CUE}", f"WEBVTT\n\n@\n\n{CUE}"),
        (f"WEBVTT\n{CUE}", f"WEBVTT\n\n@\n\n{CUE}"),
        (f"\ufeffWEBVTT x\r\ny: z\r\n\r\n{CUE}", f"\ufeffWEBVTT x\r\ny: z\r\n\r\n@\r\n\r\n{CUE}"),
        (f"WEBVTT\n\nSTYLE\na\n\n{CUE}", f"WEBVTT\n\n@\n\nSTYLE\na\n\n{CUE}"),
        (f"WEBVTT\n\nNOTE x\n\n{NOTE}\n\n\n{CUE}", f"WEBVTT\n\nNOTE x\n\n@\n\n\n{CUE}"),
        (f"WEBVTT\n\n{CUE}\n{NOTE}", f"WEBVTT\n\n{CUE}\n@"),
        (f"WEBVTT\n\n{NOTE} x\ny\n\n{CUE}", f"WEBVTT\n\n@\n\nNOTE x\ny\n\n{CUE}"),
        (f"WEBVTT\n\n{NOTE}\n\n{NOTE}\n\n{CUE}{NOTE}", f"WEBVTT\n\n@\n\n{CUE}{NOTE}"),
        (f"WEBVTT\n\n{NOTE}\n\n{NOTE} x\n\n{CUE}", f"WEBVTT\n\n@\n\nNOTE x\n\n{CUE}"),
        (f"WEBVTT\n\n{NOTE}\nAIGC: {JSON}\n\n{CUE}", f"WEBVTT\n\n@\n\n{CUE}"),
        (f"WEBVTT\nAIGC: {JSON}\nx: y\n\n{CUE}", f"WEBVTT\nx: y\n\n@\n\n{CUE}"),
        (f"WEBVTT\nAIGC: {JSON}\n\n{CUE}", f"WEBVTT\n\n@\n\n{CUE}"),
        (f"WEBVTT\n\nAIGC: {JSON}\n\n{CUE}", f"WEBVTT\n\n@\n\n{CUE}"),
        (f"WEBVTT\n\n{CUE}\n1\n{CUE[:24]}AIGC: {JSON}\n", f"WEBVTT\n\n@\n\n{CUE}\n"),
    ],
)  # fmt: skip
def test_where_the_comment_goes(text, expected, tmp_path):
    assert noted(text) == expected
    path = tmp_path / "a.vtt"
    path.write_bytes(written(text))
    seen = webvtt.read(str(path))
    wanted = [cue for cue in text.split("-->")[1:] if "AIGC: {" not in cue.split("\n")[1]]
    assert len(seen.captions) == len(wanted)


@pytest.mark.parametrize(
    ("block", "quirks"),
    [
        (NOTE, ()),
        (f"NOTE\nAIGC: {JSON}", ()),
        (f"NOTE AIGC_INFO {JSON}", ()),
        (f"NOTE AIGC = {json.dumps(JSON)}", ("double-encoded",)),
        (f"NOTE aigc: {JSON}", ("lower-case-key",)),
        (f"NOTE AIGC: {JSON[:-1]},}}", ("trailing-comma",)),
    ],
)
def test_what_is_read(block, quirks):
    (only,) = read(f"WEBVTT\n\n{block}\n\n{CUE}")
    assert (dict(only.fields), only.quirks, only.home) == (READ, quirks, False)
    assert only.offset == 8


@pytest.mark.parametrize(
    "text",
    [
        f"WEBVTT\n\nNOTE {JSON}",
        f"WEBVTT\n\nNOTE see AIGC: {JSON}",
        "WEBVTT\n\nNOTE AIGC: {}",
        f"WEBVTT\n\nSTYLE\nAIGC: {JSON}",
        f"WEBVTT\n\n{CUE}AIGC: {JSON}",
        f"WEBVTT\n\n{CUE[:24]}AIGC: {JSON} is a label\n",
        "WEBVTT\nAIGC: {}\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n{an} AIGC\n",
    ],
)
def test_what_is_no_label(text):
    assert read(text) == []


def test_what_is_no_webvtt_is_refused():
    for text in (CUE, "", "WEBVTTX\n", " WEBVTT"):
        with pytest.raises(Malformed, match="does not begin with WEBVTT"):
            written(text)


def test_other_encodings():
    made = written("WEBVTT\n\n00:01.000 --> 00:02.000\n灯塔在夜里发光\n".encode("gb18030"))
    assert json.dumps(LABEL.fields, separators=(",", ":")).replace(">", "\\u003e").encode() in made


def test_large_files():
    more = f"\n{CUE}" * 60_000
    assert len(read(f"WEBVTT\n\n{NOTE}\n{more}")) == 1
    assert len(read(f"WEBVTT\n{more}\n{NOTE}\n")) == 1
    assert noted(f"WEBVTT\n{more}\n{NOTE}\n") == f"WEBVTT\n\n@\n{more}\n"
    assert noted(f"WEBVTT\n{more}") == f"WEBVTT\n\n@\n{more}"
    cut = "WEBVTT\n\n" + "NOTE x\n\n" * 20_460 + f"{NOTE} " + "x" * 1_000_000
    assert read(cut) == []


def test_what_a_reader_of_large_files_would_not_see_is_refused():
    for size in (1 << 20, (1 << 20) - 20):
        text = "WEBVTT\n" + "x: y\n" * 40_000
        with pytest.raises(LimitExceeded, match="too long"):
            written(text + "\n" + "words\n\n" * ((size - len(text)) // 7))
    middle = f"WEBVTT\n\n{CUE}" + f"\n{CUE}" * 4_000 + f"\n{NOTE}\n" + f"\n{CUE}" * 40_000
    near_the_limit = middle[: (1 << 20) - 30]
    assert noted(near_the_limit) == near_the_limit.replace(f"{NOTE}\n\n", "").replace(
        "WEBVTT\n\n", "WEBVTT\n\n@\n\n"
    )


def test_too_many_places():
    with pytest.raises(LimitExceeded, match="256"):
        read("WEBVTT\n\n" + "NOTE AIGC\n\n" * 300)


@given(
    st.lists(
        st.sampled_from(
            ["\n", "\n\n", "\r", "-->", NOTE, "NOTE ", f"AIGC: {JSON}", "words", CUE, "STYLE\n",
             "AIGC", ":", JSON, '"', "{", " ", "é", "1\n"]
        )
    ).map("".join)
)  # fmt: skip
def test_any_text_is_labelled_once_or_refused(text):
    for whole in (f"WEBVTT{text}", f"WEBVTT\n\n{text}"):
        try:
            made = written(whole)
        except AigcLabelError:
            continue
        assert written(made) == made


@pytest.mark.parametrize(
    ("name", "data", "claimed"),
    [
        ("a.VTT", b"words", True),
        ("a.vtt", b"\0", False),
        ("a", b"\xef\xbb\xbfWEBVTT\n", True),
        ("a", b"WEBVTT", True),
        ("a", b"WEBVTTX", False),
        ("a.md", b"WEBVTT\n", False),
    ],
)
def test_webvtt_is_told_by_its_name_or_signature(name, data, claimed):
    with open_asset(data, name=name) as asset:
        assert FORMAT.sniff(asset) is claimed
        if claimed:
            assert registry.identify(asset) is FORMAT


@pytest.mark.foreign("chromium")
def test_a_browser_sees_the_same_cues(tmp_path):
    """Its own parser, on the track of a video element: the cues, and no word of the label."""
    page = tmp_path / "page.html"
    text = (
        f"WEBVTT x\ny: z\n\nSTYLE\n::cue {{ color: red }}\n\n1\n{CUE}\n00:02.000 --> 00:03.000\n它"
    )
    track = json.dumps(written(text).decode())
    page.write_text(
        "<!doctype html><meta charset=utf-8><video><track default></video><pre></pre><script>"
        f"const track = document.querySelector('track'), vtt = {track};"
        "track.onload = () => document.querySelector('pre').textContent ="
        " JSON.stringify([...track.track.cues].map(c => [c.id, c.startTime, c.endTime, c.text]));"
        "track.onerror = () => document.querySelector('pre').textContent = 'error';"
        "track.track.mode = 'showing'; track.src = 'data:text/vtt,' + encodeURIComponent(vtt);"
        "</script>",
        "utf-8",
    )
    command = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")
    options = (f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000")
    done = subprocess.run(
        [*command, *options, page.as_uri()], capture_output=True, check=True, timeout=120
    )
    shown = done.stdout.decode().split("<pre>")[1].split("</pre>")[0]
    assert json.loads(shown) == [["1", 1, 2, "words"], ["", 2, 3, "它"]]
