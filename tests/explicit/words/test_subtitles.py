import codecs
import io
import subprocess

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers.text_bytes import WHOLE_LIMIT
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded
from aigc_label.explicit.captions import MARKER
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import srt, vtt

FORMATS = {"x.srt": srt.FORMAT, "x.vtt": vtt.FORMAT}
ALL = ("start", "middle", "end")
SRT = (
    "1\n00:00:01,000 --> 00:00:04,000\n你好\n\n2\n00:00:05,000 --> 00:00:08,000\n世界\n第二行\n\n"
    "3\n00:01:00,000 --> 00:01:05,500\n再见\n"
)
VTT = (
    "WEBVTT - t\n\nSTYLE\n::cue{}\n\nNOTE x\n\na\n00:01.000 --> 00:04.000 line:0\n你好\n\n"
    "00:05.000 --> 00:08.000\n世界\n\n00:01:00.000 --> 00:01:05.500\n再见"
)
NO_STYLE = VTT.replace("STYLE\n::cue{}\n\n", "")  # with styles ffmpeg reads nothing


def marked(source, name="x.srt", **asked):
    """The marked file and the mark; marking it once more changes nothing."""
    data = source if isinstance(source, bytes) else source.encode()
    explicit = ExplicitLabel(**asked)
    with open_asset(data, name=name) as asset:
        result, mark, _ = MARKER.mark(asset, FORMATS[name], explicit, None)
        done = result.read(0, result.size)
    with open_asset(done, name=name) as asset:
        again, same, _ = MARKER.mark(asset, FORMATS[name], explicit, None)
        assert again is asset, again.read(0, again.size)
        assert same == mark
    return done, mark


def shown(data, name="x.srt"):
    """What webvtt-py reads: words and their seconds."""
    read = webvtt.from_buffer(io.StringIO(data.decode("utf-8-sig")), name[2:])
    return [(c.text, c.start_in_seconds, c.end_in_seconds) for c in read.captions]


def test_cues_of_srt_keep_place_time_and_number():
    data, mark = marked(SRT, places=ALL)
    assert data.decode() == (
        "0\n00:00:00,000 --> 00:00:03,000\nAI生成\n\n1\n00:00:01,000 --> 00:00:04,000\n你好\n\n"
        "2\n00:00:05,000 --> 00:00:08,000\n世界\n第二行\n\n"
        "4\n00:00:31,250 --> 00:00:34,250\nAI生成\n\n"
        "3\n00:01:00,000 --> 00:01:05,500\n再见\n\n5\n00:01:02,500 --> 00:01:05,500\nAI生成\n"
    )
    assert (mark.text, mark.place, mark.at) == ("AI生成", "start", (0.0, 3.0))
    assert [cue[0] for cue in shown(data)].count("AI生成") == 3


def test_cues_of_webvtt():
    data, _ = marked(VTT, "x.vtt", places=ALL, seconds=2)
    text = data.decode()
    assert text.startswith(
        "WEBVTT - t\n\nSTYLE\n::cue{}\n\nNOTE x\n\n00:00:00.000 --> 00:00:02.000 position:98% "
        "align:right\nAI生成\n\na\n00:01.000"
    )
    assert text.endswith("再见\n\n00:01:03.500 --> 00:01:05.500 position:98% align:right\nAI生成")
    assert len(shown(data, "x.vtt")) == 6


@pytest.mark.parametrize(
    ("position", "settings"),
    [
        ("bottom", ""),
        ("top", " line:0"),
        ("top-left", " line:0 position:2% align:left"),
        ("right", " line:50% position:98% align:right"),
        ("center", " line:50%"),
        ("auto", " position:98% align:right"),
        ((0.25, 0.9), " line:90% position:25% align:center"),
    ],
)
def test_where_a_cue_of_webvtt_stands(position, settings):
    data, _ = marked(VTT, "x.vtt", position=position)
    assert f"00:00:03.000{settings}\nAI生成\n" in data.decode()
    assert settings not in marked(SRT, position=position)[0].decode() or not settings


def test_bytes_outside_stay():
    for encoding, bom in (("gb18030", b""), ("utf-16-le", codecs.BOM_UTF16_LE)):
        source = bom + SRT.replace("\n", "\r\n").encode(encoding)
        data, _ = marked(source, places=ALL)
        text = data[len(bom) :].decode(encoding)
        assert "\n" not in text.replace("\r\n", "")
        at = 0
        for block in source[len(bom) :].decode(encoding).split("\r\n\r\n"):
            at = text.index(block, at)


def test_at_every_so_many_cues():
    data, _ = marked(SRT, paragraphs=2, places=("end",))
    assert [cue[1] for cue in shown(data) if cue[0] == "AI生成"] == [5, 62]


def test_a_prompt_that_stands_there_is_kept():
    for first in (
        "0,200 --> 00:00:03,000\n（本字幕由AI生成）",
        "0,000 --> 00:00:09,000\n<i>AI合成</i>",
    ):
        text = f"1\n00:00:0{first}\n\n{SRT}"
        data, mark = marked(text)
        assert data.decode() == text
        assert mark.text in ("（本字幕由AI生成）", "AI合成")
    short = f"1\n00:00:00,000 --> 00:00:01,000\nAI生成\n\n{SRT}"  # 5.4 asks for two seconds
    assert len(shown(marked(short)[0])) == 5


def test_prompts_beside_a_place_do_not_count():
    late = f"1\n00:00:01,000 --> 00:00:03,000\nAI生成\n\n{SRT}"
    assert len(shown(marked(late)[0])) == 5
    text = f"{SRT}\n4\n00:01:03,400 --> 00:01:05,400\nAI生成\n"
    assert marked(text, places=("end",))[0].decode() == text


def test_a_cue_may_follow_the_header_at_once():
    data, _ = marked("WEBVTT\n00:01.000 --> 00:02.000\nx\n", "x.vtt", position="bottom")
    assert data.decode() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nAI生成\n\n00:01.000 --> 00:02.000\nx\n"
    )


def test_files_without_numbers_get_none():
    text = "00:00:01,000 --> 00:00:04,000\n你好\n"
    assert marked(text)[0].decode() == f"00:00:00,000 --> 00:00:03,000\nAI生成\n\n{text}"
    zero = SRT.replace("1\n00:00:01", "0\n00:00:01")
    assert marked(zero)[0].decode().startswith("4\n00:00:00,000")


def test_words_are_written_so_that_they_are_shown():
    words = "AI生成 <b> & c"
    assert "AI生成 &lt;b&gt; &amp; c" in marked(VTT, "x.vtt", text=words)[0].decode()
    data, _ = marked(SRT, text="AI-generated", regime="eu")
    assert shown(data)[0][0] == "AI-generated"


@pytest.mark.parametrize(
    ("text", "asked", "error", "said"),
    [
        ("", {}, CannotCarry, "no cues"),
        ("just words\n", {}, CannotCarry, "no cues"),
        ("1\n00:xx --> 00:01\nx\n", {}, CannotCarry, "no cues"),
        (SRT, {"corner_mark": True}, CannotCarry, "no corner marks"),
        (SRT, {"text": "AI生成 --> x"}, CannotCarry, "-->"),
        (SRT, {"text": "AI生成" * 60}, CannotCarry, "200 characters"),
        (SRT * (WHOLE_LIMIT // 100), {"places": ("end",)}, LimitExceeded, "only the start"),
        (SRT * (WHOLE_LIMIT // 100), {"paragraphs": 3}, LimitExceeded, "only the start"),
    ],
)
def test_refusals(text, asked, error, said):
    with pytest.raises(error, match=said):
        marked(text, **asked)


def test_the_start_of_a_large_file():
    large = SRT * (WHOLE_LIMIT // 100)
    assert marked(large)[0].decode().endswith(large)


PIECES = st.sampled_from(
    ("1", "7", "x", "", "00:00:01,000 --> 00:00:04,000", "00:01.000 --> 00:04.000 line:0", "你好",
     "00:00:00,000 --> 00:00:02,000", "AI生成", "NOTE", "STYLE", "99:59:59,999 --> 0:0:0,0")
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=16).map("\n".join),
    st.sampled_from((("start",), ("middle",), ("end",), ALL)),
    st.integers(0, 2),
    st.sampled_from(("x.srt", "x.vtt")),
)
def test_all_that_was_there_stays_and_twice_is_once(text, places, paragraphs, name):
    text = f"WEBVTT\n\n{text}" if name == "x.vtt" else text
    try:
        data, _ = marked(text, name, places=places, paragraphs=paragraphs)
    except AigcLabelError:
        return
    rest = iter(data.decode())
    assert all(character in rest for character in text)


@pytest.mark.foreign
@pytest.mark.parametrize(("text", "name"), [(SRT, "x.srt"), (NO_STYLE, "x.vtt")])
def test_ffmpeg_reads_every_cue(text, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(marked(text, name, places=ALL)[0])
    args = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "srt", "-"]
    done = subprocess.run(args, check=True, capture_output=True, timeout=60)
    assert done.stderr == b""
    assert done.stdout.count(b"-->") == 6
    assert done.stdout.decode().count("AI生成") == 3
