"""label_events: two more events a choice, and every other byte as it was."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aigc_label import CannotCarry, ExplicitLabel, UsageError, label_events

START = ExplicitLabel()
END = ExplicitLabel(places=("end",))
BOTH = ExplicitLabel(places=("start", "end"))
FRAME = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m-1"}
HEAD = "AI生成\n\n"
TAIL = "\n\nAI生成"


def delta(content=None, *, index=0, finish=None, **more):
    change = dict(more) if content is None else {"content": content, **more}
    choice = {"index": index, "delta": change, "logprobs": None, "finish_reason": finish}
    return {**FRAME, "system_fingerprint": "fp", "choices": [choice], "usage": None}


ANSWER = [
    delta("", role="assistant"),
    delta(reasoning_content="AI 想"),
    delta("你"),
    delta("好"),
    delta(finish="stop"),
    {**FRAME, "choices": [], "usage": {"total_tokens": 9}},
]


def sse(events, newline="\n", *, done=True, spaced=True):
    start = "data: " if spaced else "data:"
    lines = [start + json.dumps(event, ensure_ascii=False) for event in events]
    lines += [f"{start}[DONE]"] if done else []
    return "".join(f"{line}{newline * 2}" for line in lines).encode()


def parsed(stream):
    """What a client makes of an event stream: each event's data, as the specification says."""
    data, events = [], []
    for line in stream.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line and data:
            text = "\n".join(data)
            events.append(text if text == "[DONE]" else json.loads(text))
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    assert not data, "an event that was not ended"
    return events


def shown(events, index=0):
    return "".join(
        choice["delta"].get("content") or ""
        for event in events
        if isinstance(event, dict)
        for choice in event["choices"]
        if choice["index"] == index
    )


def added(before, after):
    """The events that were put in; all others must be the same, in the same order."""
    rest = list(before)
    new = []
    for event in after:
        if rest and event == rest[0]:
            rest.pop(0)
        else:
            new.append(event)
    assert not rest
    return new


def test_a_choice_gets_its_marks_between_its_own_events():
    out = list(label_events(ANSWER, BOTH))
    assert out[2]["choices"] == [{"index": 0, "delta": {"content": HEAD}, "finish_reason": None}]
    assert out[5]["choices"] == [{"index": 0, "delta": {"content": TAIL}, "finish_reason": None}]
    for made in added(ANSWER, out):
        assert {key: made[key] for key in FRAME} == FRAME
        assert made["system_fingerprint"] == "fp"
        assert made["usage"] is None
    assert [out.index(event) for event in ANSWER] == [0, 1, 3, 4, 6, 7]


@pytest.mark.parametrize(("explicit", "text"), [(START, HEAD + "你好"), (END, "你好" + TAIL)])
def test_a_mark_stands_where_it_is_asked_for(explicit, text):
    assert shown(label_events(ANSWER, explicit)) == text


def test_markdown_gets_a_block_quote_and_an_open_code_block_is_closed():
    answer = [delta("```py\n"), delta("x = 1"), delta(finish="length")]
    assert shown(label_events(answer, START, markdown=True)) == "> AI生成\n\n```py\nx = 1"
    assert shown(label_events(answer, BOTH, markdown=True)) == "> AI生成\n\n```py\nx = 1"
    assert shown(label_events(answer, END, markdown=True)) == "```py\nx = 1\n```\n\n> AI生成"


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        (["\n", "\n", "Hi"], "\n\nAI生成\n\nHi\n\nAI生成"),
        ([" ", "Hi\n"], " \nAI生成\n\nHi\n\nAI生成\n"),
        (["Hi\n\n"], "AI生成\n\nHi\n\nAI生成\n\n"),
        (["Hi\n\n\n"], "AI生成\n\nHi\n\n\nAI生成"),
        (["Hi\n", "  "], "AI生成\n\nHi\n  \nAI生成"),
        (["Hi\n\n", "  "], "AI生成\n\nHi\n\n  \nAI生成"),
        (["Hi\r\n"], "AI生成\n\nHi\r\n\r\nAI生成\r\n"),
        (["\n", " "], "\n "),
        (["以上内容由AI生成"], "AI生成\n\n以上内容由AI生成\n\nAI生成"),
        (["长" * 90 + "\n", "以上内容由AI生成"], "AI生成\n\n" + "长" * 90 + "\n以上内容由AI生成"),
    ],
)
def test_a_mark_has_a_line_of_its_own(contents, text):
    answer = [*map(delta, contents), delta(finish="stop")]
    assert shown(label_events(answer, BOTH)) == text


def test_several_choices_are_marked_each():
    both = {**FRAME, "choices": [*delta("a", index=1)["choices"], *delta("b", index=2)["choices"]]}
    answer = [delta("x"), both, delta(finish="stop", index=2), delta("y"), delta(finish="stop")]
    out = list(label_events([*answer, delta(finish="stop", index=1)], BOTH))
    assert [shown(out, index) for index in range(3)] == [
        f"{HEAD}{words}{TAIL}" for words in ("xy", "a", "b")
    ]
    assert len(added([*answer, delta(finish="stop", index=1)], out)) == 6


def test_tool_calls_and_reasoning_are_left_alone():
    call = {"index": 0, "function": {"name": "f", "arguments": '{"content": "x"}'}}
    answer = [
        {**FRAME, "choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]},
        delta(reasoning="hm"),
        delta(tool_calls=[call]),
        delta(refusal="no"),
        delta(finish="tool_calls"),
    ]
    assert list(label_events(answer, BOTH)) == answer
    stream = sse(answer)
    assert b"".join(label_events([stream], BOTH)) == stream


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"choices": None},
        {"choices": [None, 1, {}]},
        {"choices": [{"index": "0", "delta": {"content": "x"}}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0, "delta": {"content": [{"text": "x"}]}}]},
        {"error": {"message": "overloaded"}},
    ],
)
def test_what_is_no_delta_passes(odd):
    assert list(label_events([odd], BOTH)) == [odd]
    assert b"".join(label_events([sse([odd])], BOTH)) == sse([odd])


def test_the_mark_comes_behind_an_event_that_ends_with_content():
    answer = [delta("a"), delta("b", finish="stop"), {**FRAME, "choices": []}]
    out = list(label_events(answer, BOTH))
    assert shown(out) == f"{HEAD}ab{TAIL}"
    assert out[3]["choices"][0]["delta"] == {"content": TAIL}
    stream = b"".join(label_events([sse(answer[:2])], BOTH))
    assert shown(parsed(stream)) == f"{HEAD}ab{TAIL}"
    assert parsed(stream)[-1] == "[DONE]"
    assert shown(label_events([delta("a", finish="stop")], BOTH)) == f"{HEAD}a{TAIL}"


@given(
    st.lists(st.integers(0, 2000), max_size=25),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
@example(list(range(2000)), "\r", False, True, True)
@example(list(range(2000)), "\r\n", True, False, False)
def test_the_bytes_may_be_cut_anywhere(cuts, newline, as_text, done, spaced):
    stream = b": hello" + newline.encode() * 2 + sse(ANSWER, newline, done=done, spaced=spaced)
    given_in = stream.decode() if as_text else stream
    edges = sorted({0, len(given_in), *(cut % len(given_in) for cut in cuts)})
    pieces = [given_in[a:b] for a, b in pairwise(edges)]
    out = given_in[:0].join(label_events(pieces, BOTH))
    out = out.encode() if as_text else out
    before, after = parsed(stream), parsed(out)
    assert len(added(before, after)) == 2
    assert shown(after) == f"{HEAD}你好{TAIL}"
    start = "data: " if spaced else "data:"
    for event in added(before, after):
        for ending in ("\n", "\r\n"):
            made = f"{start}{json.dumps(event, separators=(',', ':'))}{ending * 2}".encode()
            out = out.replace(made, b"")
    assert out == stream


def test_an_event_waits_for_its_own_line_only():
    taken = 0

    def source():
        nonlocal taken
        for event in ANSWER:
            taken += 1
            yield sse([event], done=False)

    for count, _ in enumerate(label_events(source(), BOTH), start=1):
        assert count == taken


def test_the_name_of_an_event_is_repeated_and_its_number_is_not():
    stream = b"event: chunk\nid: 1\n" + sse([delta("a")], done=False)
    stream += b"event: chunk\r\nid: 2\r\n" + sse([delta(finish="stop")], done=False)
    for size in (1, 7, 4000):
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        out = b"".join(label_events(pieces, BOTH))
        assert [line for line in out.splitlines() if line and line[:4] != b"data"] == [
            b"event: chunk",
            b"event: chunk",
            b"id: 1",
            b"event: chunk",
            b"event: chunk",
            b"id: 2",
        ]
        assert shown(parsed(out)) == f"{HEAD}a{TAIL}"


def test_lines_without_their_ends_stay_lines():
    lines = sse(ANSWER).decode().splitlines()
    out = list(label_events(lines, BOTH, lines=True))
    assert [line for line in out if "AI\\u751f" not in line][:3] == lines[:3]
    assert shown(parsed("\n".join([*out, ""]).encode())) == f"{HEAD}你好{TAIL}"
    data = [line.encode() for line in lines[:6]]
    out = list(label_events(data, BOTH, lines=True))
    assert shown(parsed(b"\n".join([*out, b""]))) == f"{HEAD}你{TAIL}"


@pytest.mark.parametrize(
    "rest", [b"", b"\n", b"\n\n", b"\n\n: alive\n\n", b"\n\nid: 4", b"\n\nid: 4\n"]
)
def test_a_stream_that_breaks_off_is_marked_all_the_same(rest):
    stream = sse([delta("a")], done=False).rstrip(b"\n") + rest
    out = b"".join(label_events([stream], BOTH))
    assert shown(parsed(out)) == f"{HEAD}a{TAIL}"
    assert shown(label_events([delta("a")], BOTH)) == f"{HEAD}a{TAIL}"


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"data: {",
        b"data: 1\n\n",
        b"data: " + b"[" * 9000 + b"\n\n",
        b"data: \xff\n\n",
        b"data\n\nretry: 3",
    ],
)
def test_what_is_no_chunk_passes(stream):
    assert b"".join(label_events([stream], BOTH)) == stream


def test_an_asynchronous_stream_gives_the_same():
    async def source():
        for event in ANSWER:
            await asyncio.sleep(0)
            yield event

    async def gathered():
        return [event async for event in label_events(source(), BOTH)]

    assert asyncio.run(gathered()) == list(label_events(ANSWER, BOTH))


def test_an_exception_of_the_source_passes():
    def source():
        yield delta("a")
        raise ConnectionError("reset")

    stream = label_events(source(), BOTH)
    assert [next(stream), next(stream)][1] == delta("a")
    with pytest.raises(ConnectionError, match="reset"):
        next(stream)


@pytest.mark.parametrize("events", [[1], ["data: 1\n", b"data: 1\n"], [object()]])
def test_events_of_another_kind_are_refused(events):
    with pytest.raises(UsageError, match="events must be dictionaries"):
        list(label_events(events))


def test_words_are_refused_before_anything_is_taken():
    with pytest.raises(CannotCarry, match="nobody sees"):
        label_events(iter(()), ExplicitLabel(text="AI生成" * 100))
