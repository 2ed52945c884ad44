"""What a block is, by the WebVTT standard and as SRT files are."""

import time

import pytest

from aigc_label.containers import subtitle_blocks

CUE = "00:01.000 --> 00:02.000"
HEADER = ("header", "")


def seen(text, **kwargs):
    found = subtitle_blocks.blocks(text, **{"webvtt": True, **kwargs})
    return [(b.kind, text[b.text : b.end]) for b in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WEBVTT", [HEADER]),
        ("WEBVTT x\ny\n\nz", [("header", "\ny"), ("other", "z")]),
        (f"WEBVTT\n{CUE}\nwords", [HEADER, ("cue", "\nwords")]),
        (f"WEBVTT\r\nn: x\r\n{CUE}\r\nw\r\nv", [("header", "\r\nn: x"), ("cue", "\r\nw\r\nv")]),
        (f"WEBVTT\n\n{CUE} line:0\na\n", [HEADER, ("cue", "\na")]),
        (f"WEBVTT\n\n\n1\n{CUE}\na\nb\n\n", [HEADER, ("cue", "\na\nb")]),
        (f"WEBVTT\n\nx\ny\n{CUE}\na", [HEADER, ("other", f"x\ny\n{CUE}\na")]),
        ("WEBVTT\n\nNOTE\n\nNOTES", [HEADER, ("note", ""), ("other", "NOTES")]),
        ("WEBVTT\n\nNOTE a\nb\n\nx", [HEADER, ("note", " a\nb"), ("other", "x")]),
        ("WEBVTT\r\rNOTE\ta\r\rSTYLE \ra", [HEADER, ("note", "\ta"), ("style", "STYLE \ra")]),
        ("WEBVTT\n\nREGION\na\n\nSTYLES", [HEADER, ("style", "REGION\na"), ("other", "STYLES")]),
        (f"WEBVTT\n\nNOTE {CUE}\na", [HEADER, ("cue", "\na")]),
        ("WEBVTT\n \nNOTE", [("header", "\n \nNOTE")]),
        ("", []),
        ("\n\n", []),
    ],
)  # fmt: skip
def test_webvtt(text, expected):
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"1\n{CUE}\na\n \n2\n{CUE}\nb\n", [("cue", "\na"), ("cue", "\nb")]),
        ("NOTE a\n\nSTYLE", [("other", "NOTE a"), ("other", "STYLE")]),
    ],
)
def test_srt(text, expected):
    assert seen(text, webvtt=False) == expected


def test_blocks_meet_without_gaps():
    text = f"WEBVTT\nx: y\n{CUE}\na\n\n\nNOTE b\n\n{CUE}\nc\n\n"
    found = list(subtitle_blocks.blocks(text, webvtt=True))
    assert found[0].start == 0
    assert [b.next for b in found] == [*(b.start for b in found[1:]), len(text)]
    assert [text[b.start : b.end] for b in found] == [
        "WEBVTT\nx: y", f"{CUE}\na", "NOTE b", f"{CUE}\nc",
    ]  # fmt: skip


def test_only_blocks_that_name_something():
    assert seen(f"WEBVTT\n\nNOTE a\n\nNOTE b\n\n{CUE}\nb", naming="b") == [
        ("note", " b"), ("cue", "\nb"),
    ]  # fmt: skip


def test_the_rest_of_a_block_is_left_out():
    text = f"rest\nNOTE x\n\nNOTE y\n\n{CUE}\na"
    assert seen(text, at_start=False) == [("note", " y"), ("cue", "\na")]
    assert seen("\nrest", at_start=False) == []


@pytest.mark.parametrize(
    "piece", ["\n", "\r", "-->", "a\n", "NOTE\n\n", "\n \n", "-->\n", " ", "\t"]
)
@pytest.mark.parametrize("webvtt", [False, True])
def test_hostile_text_takes_linear_time(piece, webvtt):
    text = piece * (600_000 // len(piece))
    began = time.process_time()
    list(subtitle_blocks.blocks(text, "AIGC", webvtt=webvtt))
    list(subtitle_blocks.blocks(text[:100_000], webvtt=webvtt))
    assert time.process_time() - began < 3
