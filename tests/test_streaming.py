"""label_stream: the marks of a text that is still coming are those that the whole would get."""

from __future__ import annotations

import asyncio
import doctest
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aigc_label import (
    CannotCarry,
    ExplicitLabel,
    InvalidLabel,
    UsageError,
    label_stream,
)
from aigc_label.asset import open_asset
from aigc_label.carriers import prompt_line
from aigc_label.containers import text_bytes
from aigc_label.detect import text as detect
from aigc_label.explicit.text import MARKER
from aigc_label.formats import markdown as md
from aigc_label.formats import plaintext
from aigc_label.streaming import front_matter
from aigc_label.streaming.opening import HELD_LIMIT

BOTH = ExplicitLabel(places=("start", "end"))
END = ExplicitLabel(places=("end",))
START = ExplicitLabel()

PIECES = (
    "\n", "\n\n", "\r\n", "\r", " ", "    ", "\t", "Hello", "你好", "e\u0301", "👩‍👩‍👧", "word",
    "---\n", "---", "--", "-", "- item\n", "...\n", "+++\n", "+", "+++", "{", "}", '{"a": 1}', '"',
    "title: x\n", "title", ":", "a: b", "# ", "# Title\n", "<!--", "-->", "<", "!", "<!-- a -->\n",
    "```", "```py\n", "~~~\n", "`", "> q\n", "1. one\n", "<pre>\n", "</pre>", "|", "[a]: b",
    "由AI生成", "AI生成\n", "***\n", "\ufeff", "\u2028", "\x85", "%", "? a\n", "&a\n", "?", "=",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
openings = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "\n", " \n", "---\n", "---\r\n", "+++\n", "{", "<!-- a\n", "---\n\n"]),
        texts,
        st.sampled_from(["", "---\n", "\n---\n", "\n+++\n", "}", "}\n", "-->\n", "\n...\n"]),
        texts,
    ),
)


def cut(text, places):
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(edges)]


def whole(text, explicit, *, markdown):
    """What label() puts into the text; the text itself where there is nothing to label."""
    with open_asset(text.encode(), name="x.md" if markdown else "x.txt") as asset:
        fmt = md.FORMAT if markdown else plaintext.FORMAT
        try:
            marked = MARKER.mark(asset, fmt, explicit, None).asset
        except CannotCarry:
            return text
        return marked.read(0, marked.size).decode()


def look(text, *, markdown):
    with open_asset(text.encode(), name="x.md") as asset:
        detector = detect.MARKDOWN if markdown else detect.PLAINTEXT
        return [(found.place, found.text) for found in detector.look(asset)]


def speaks_first(text, *, markdown):
    return any(place == "start" for place, _ in look(text, markdown=markdown))


def is_left_open(text, *, markdown):
    with open_asset(text.encode(), name="x.md") as asset:
        return prompt_line.lines_of(text_bytes.head_of(asset), markdown=markdown).hidden_end


CUTS = st.lists(st.integers(0, 200), max_size=12)


@given(st.one_of(texts, openings), CUTS, st.booleans(), st.sampled_from([START, BOTH]))
@example("---\nHello\n\nworld\n---\n", list(range(30)), True, BOTH)
@example("---\na: b\n---\nHello\n", list(range(30)), True, BOTH)
@example("Hello\n\n\n  ", list(range(12)), True, BOTH)
@example(" \n   Hello", list(range(12)), False, BOTH)
def test_the_marks_are_those_that_the_whole_text_gets(text, cuts, markdown, explicit):
    text = text.replace("\r", "\n")
    assume(not speaks_first(text, markdown=markdown))
    chunks = cut(text, cuts)
    expected = whole(text, explicit, markdown=markdown)
    assert "".join(label_stream(chunks, explicit, markdown=markdown)) == expected
    data = cut(text.encode(), cuts)
    assert b"".join(label_stream(data, explicit, markdown=markdown)) == expected.encode()


@given(st.one_of(texts, openings), CUTS, st.booleans())
@example("a\r\nb\r\n\r\n\r\n", list(range(12)), False)
@example("a\rb\r", list(range(12)), False)
@example("a\r", [1], False)
def test_a_tail_mark_alone_goes_by_the_newlines_of_the_text(text, cuts, markdown):
    expected = whole(text, END, markdown=markdown)
    joined = "".join(label_stream(cut(text, cuts), END, markdown=markdown))
    if joined != text and is_left_open(text, markdown=markdown):
        assert joined.startswith(text)  # label() puts the words in front of it
        assert look(joined, markdown=True)
    else:
        assert joined == expected


@given(texts, st.booleans())
def test_a_text_in_one_chunk_gets_its_own_newline(text, markdown):
    text = f"{text}\r\nend"
    assume(not speaks_first(text, markdown=markdown))
    expected = whole(text, BOTH, markdown=markdown)
    assert "".join(label_stream([text], BOTH, markdown=markdown)) == expected


@given(texts, CUTS, st.booleans(), st.sampled_from([START, BOTH, END]))
def test_nothing_that_shows_waits_once_the_content_has_begun(text, cuts, markdown, explicit):
    text = f"Hi{text}"
    given_so_far, out = "", ""

    def source():
        nonlocal given_so_far
        for chunk in cut(text, cuts):
            if given_so_far:
                passed = out.partition("AI生成\n\n")[2] if "start" in explicit.places else out
                if "\r" not in given_so_far:
                    assert given_so_far.startswith(passed)
                    assert not given_so_far[len(passed) :].strip(" \t\r\n")
            given_so_far += chunk
            yield chunk

    for piece in label_stream(source(), explicit, markdown=markdown):
        out += piece
    assert given_so_far == text


@given(texts.filter(str.strip), CUTS, st.booleans())
def test_what_is_put_in_is_seen_as_the_label(text, cuts, markdown):
    joined = "".join(label_stream(cut(text, cuts), BOTH, markdown=markdown))
    if joined != text:
        assert speaks_first(joined, markdown=markdown)


@pytest.mark.parametrize(
    ("chunks", "held"),
    [
        (["--", "-\n", "title: x\n", "---", "\n", "Hi"], 5),
        (["---\n", "A poem", " of mine\n", "line"], 2),
        (["---\n", "- a\n"], 1),
        (["---\n", "**"], 1),
        (["+", "++\n", "a = 1\n", "+++\n", "Hi"], 4),
        (["+", "1"], 1),
        (["{", '"a": ', '"x"}', "\n", "Hi"], 4),
        (["{", '"a": ', '"x"}', " Hi"], 3),
        (["{", '"a": a very long way', "\n"], 1),
        (["{", "a"], 1),
        (["{" + '"a":1' + "0" * 5000 + "}", "Hi"], 0),
        (["{" + '"a":' + "[" * 9000, "Hi"], 0),
        (["<", "!-", "- note -->", "\n", "Hi"], 4),
        (["<!--\n", "a\n", " --", ">", "\n", "Hi"], 5),
        (["<!--\n", "a", " -->", " b", "\n"], 4),
        (["<", "b"], 1),
        ([" ", "\n", "   ", "Hi"], 3),
        ([" ", " --", "-"], 1),
        (["-x", "y"], 0),
        (["```", "py\n"], 0),
        (["-", " item"], 1),
    ],
)
def test_markdown_waits_only_while_its_opening_may_be_front_matter(chunks, held):
    given_out = []

    def source():
        for chunk in chunks:
            given_out.append(False)
            yield chunk

    next(label_stream(source(), markdown=True))
    assert len(given_out) == held + 1


def test_blanks_tell_nothing_of_front_matter():
    assert front_matter.end_of(" \n", final=False) is None


def test_what_never_closes_is_held_for_so_long_and_no_longer():
    line = "key: " + "x" * 94 + "\n"
    for opening, step in (("---\n", line), ("<!--\n", "x" * 100), (" ", " " * 100)):
        taken = 0

        def source(opening=opening, step=step):
            nonlocal taken
            yield opening
            for _ in range(2000):
                taken += len(step)
                yield step

        head = next(label_stream(source(), markdown=True))
        assert HELD_LIMIT - 200 < taken <= HELD_LIMIT + 200
        assert head in ("> AI生成\n\n", "> AI生成\n\n\n")


@pytest.mark.parametrize(
    "chunks", [[], [""], ["\n", "  "], [b""], [b"\n\n\n\n"], ["---\na: b\n---\n"]]
)
@pytest.mark.parametrize("explicit", [START, BOTH, END])
def test_a_text_without_content_stays_as_it_is(chunks, explicit):
    out = list(label_stream(chunks, explicit, markdown=True))
    nothing = chunks[0][:0] if chunks else ""
    assert nothing.join(out) == nothing.join(chunks)


def test_the_head_mark_is_a_chunk_of_its_own_and_the_others_are_untouched():
    chunks = ["Hel", "lo\n", "", "world"]
    assert list(label_stream(iter(chunks))) == ["AI生成\n\n", *chunks]
    assert list(label_stream(chunks, BOTH))[-1] == "\n\nAI生成"


def test_a_byte_order_mark_stays_in_front():
    assert "".join(label_stream(["\ufeff", "Hi"])) == "\ufeffAI生成\n\nHi"
    data = "\ufeff你".encode()
    out = b"".join(label_stream([bytes([byte]) for byte in data], BOTH))
    assert out.decode() == "\ufeffAI生成\n\n你\n\nAI生成"


@given(st.lists(st.binary(max_size=6), max_size=6), st.sampled_from([START, BOTH, END]))
def test_bytes_that_are_no_text_pass(chunks, explicit):
    out = b"".join(label_stream(chunks, explicit))
    out = out.replace("AI生成".encode(), b"")
    assert out.translate(None, b"\r\n") == b"".join(chunks).translate(None, b"\r\n")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Hi\n```py\nx = 1", "Hi\n```py\nx = 1\n```\n\n> AI生成"),
        ("Hi\n~~~~\nx = 1\n", "Hi\n~~~~\nx = 1\n~~~~\n\n> AI生成\n"),
        ("Hi\n\n<!-- note", "Hi\n\n<!-- note\n-->\n\n> AI生成"),
        ("Hi\n<pre>\na\n\n\n", "Hi\n<pre>\na\n\n\n</pre>\n\n> AI生成\n"),
    ],
)
def test_what_would_swallow_the_only_mark_is_closed(text, after):
    assert "".join(label_stream(text, END, markdown=True)) == after
    assert look(after, markdown=True) == [("end", "AI生成")]
    assert "".join(label_stream(text, BOTH, markdown=True)) == f"> AI生成\n\n{text}"


def test_a_prompt_of_its_own_at_the_end_is_enough():
    text = "Line\n" * 400 + "以上内容由AI生成\n"
    assert "".join(label_stream([text[:900], text[900:]], END)) == text
    assert "".join(label_stream([text], BOTH)).count("AI生成") == 2
    assert "".join(label_stream(["AI生成的内容"], START)).count("AI生成") == 2


def test_words_are_refused_before_anything_is_taken():
    with pytest.raises(InvalidLabel, match="clause 5"):
        ExplicitLabel(text="AI-generated")
    with pytest.raises(CannotCarry, match="nobody sees"):
        label_stream(iter(()), ExplicitLabel(text="AI生成" * 100))
    assert next(label_stream("x", ExplicitLabel(text="AI生成 / AI-generated"))) == (
        "AI生成 / AI-generated\n\n"
    )


@pytest.mark.parametrize("chunks", [[1], ["a", b"b"], [b"a", "b"], [None]])
def test_chunks_of_another_kind_are_refused(chunks):
    with pytest.raises(UsageError, match="chunks must be str"):
        list(label_stream(chunks, BOTH))


@pytest.mark.parametrize("explicit", [START, BOTH])
def test_an_exception_of_the_source_passes_and_no_tail_follows(explicit):
    def source():
        yield "Hi"
        raise RuntimeError("the model")

    out = []
    with pytest.raises(RuntimeError, match="the model"):
        out.extend(label_stream(source(), explicit))
    assert out == ["AI生成\n\n", "Hi"]


@pytest.mark.parametrize("taken", [1, 2, 3])
@pytest.mark.parametrize("explicit", [START, BOTH])
def test_closing_closes_the_source(explicit, taken):
    closed = []

    def source():
        try:
            while True:
                yield "Hi "
        finally:
            closed.append(True)

    stream = label_stream(source(), explicit)
    for _ in range(taken):
        next(stream)
    stream.close()
    assert closed == [True]


def test_a_source_that_cannot_be_closed_is_left():
    stream = label_stream(["a", "b"], BOTH)
    assert next(stream) == "AI生成\n\n"
    stream.close()
    assert list(stream) == []


async def slowly(chunks):
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


@pytest.mark.parametrize("explicit", [START, BOTH, END])
def test_an_asynchronous_source_gives_the_same(explicit):
    chunks = ["---\n", "a: b\n", "---\n", "Hi\n", "\n\n\n"]

    async def gathered():
        return [piece async for piece in label_stream(slowly(chunks), explicit, markdown=True)]

    assert asyncio.run(gathered()) == list(label_stream(chunks, explicit, markdown=True))


@pytest.mark.parametrize("explicit", [START, BOTH])
def test_a_cancelled_task_closes_its_source(explicit):
    closed = []
    waiting = asyncio.Event()

    async def source():
        try:
            yield "Hi"
            waiting.set()
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def consumed(out):
        async for piece in label_stream(source(), explicit):
            out.append(piece)

    async def main():
        out = []
        task = asyncio.create_task(consumed(out))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return out

    assert asyncio.run(main()) == ["AI生成\n\n", "Hi"]
    assert closed == [True]


@pytest.mark.parametrize("name", ["aclose", "close", "neither"])
def test_closing_early_closes_an_asynchronous_source(name):
    class Source:
        closed = False

        def __aiter__(self):
            return self

        async def __anext__(self):
            return "Hi"

    async def close(source):
        type(source).closed = True

    if name != "neither":
        setattr(Source, name, close)

    async def main():
        stream = label_stream(Source())
        assert [await anext(stream) for _ in range(3)] == ["AI生成\n\n", "Hi", "Hi"]
        await stream.aclose()

    asyncio.run(main())
    assert Source.closed is (name != "neither")


def test_the_examples_of_the_guide_run():
    guide = Path(__file__).parent.parent / "docs/how-to/pipeline.md"
    section = guide.read_text("utf-8").partition("## A text that is still being generated")[2]
    blocks = re.findall(r"```pycon\n(.*?)```", section, re.DOTALL)
    assert blocks
    runner = doctest.DocTestRunner()
    for block in blocks:
        runner.run(doctest.DocTestParser().get_doctest(block, {}, "pipeline", None, 0))
    assert runner.summarize(verbose=False).failed == 0
