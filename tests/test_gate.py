"""Early verdicts hold whatever comes later; the last one is that of the whole."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import struct
import tracemalloc

import pytest
from PIL import Image

from aigc_label import Attribution, FoundLabel, Gate, ImplicitLabel, Medium, check, label, registry
from aigc_label.contract import Format
from aigc_label.errors import LimitExceeded, Malformed, UsageError

LABEL = ImplicitLabel(content_producer="001191110102MACQD9K64010000", produce_id="42")
FORMATS = sorted(fmt.id for fmt in registry.formats())


def pieces(data, rng):
    at = 0
    while at < len(data):
        size = rng.choice((1, 13, 400, 5000, 70_000))
        yield data[at : at + size]
        at += size


def picture(side=600):
    rng = random.Random(7)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side, side), rng.randbytes(side * side * 3)).save(buffer, "PNG")
    return buffer.getvalue()


def film(payload):
    """The labelled head of an MP4 whose index comes first, and the length of the whole."""
    ftyp = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"mp41")
    moov = struct.pack(">I4s", 8, b"moov")
    whole = label(ftyp + moov + struct.pack(">I4s", 8, b"mdat"), LABEL, name="a.mp4").data
    head = whole[: whole.index(b"mdat") - 4]
    return head + struct.pack(">I4sQ", 1, b"mdat", payload + 16), len(head) + 16 + payload


@pytest.mark.parametrize("announced", [True, False], ids=["size known", "size unknown"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_the_last_verdict_is_that_of_the_whole_and_no_early_one_differs(fmt, announced, corpus):
    rng = random.Random(fmt)
    for fixture in (one for one in corpus if one.format == fmt):
        # Content behind the file's end moves every early decision to before that end.
        for data in (fixture.data, fixture.data + bytes(40_000)):
            whole = check(data, name=fixture.path.name, only="implicit")
            size = len(data) if announced else None
            with Gate(name=fixture.path.name, only="implicit", size=size, budget=4096) as gate:
                told, states = [], []
                for piece in pieces(data, rng):
                    told.append(gate.feed(piece))
                    states.append(gate.attribution)
                last = gate.close()
            assert last.as_dict() == whole.as_dict()
            assert {one.attribution for one in told if one} <= {whole.attribution}
            assert {one.findings for one in told if one} <= {whole.findings}
            assert set(states) <= {None, whole.attribution}
            assert [one is None for one in told] == sorted((one is None for one in told), reverse=1)


def test_a_film_with_its_index_first_is_decided_by_its_head():
    head, size = film(1 << 20)
    with Gate(name="a.mp4", size=size, only="implicit") as gate:
        early = gate.feed(head) or gate.feed(bytes(20_000))
        assert early is not None
        assert (early.attribution, gate.attribution) == (Attribution.CONFIRMED,) * 2
        assert gate.received < size / 10
        gate.feed(bytes(size - gate.received))
        assert gate.close() == early


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_signature_over_the_content_is_not_believed_before_the_content_has_come(is_changed):
    from aigc_label import SigningKey
    from aigc_label.trust import keys

    key = SigningKey.from_pem(keys.generate("ecdsa")[0])
    head, size = film(200_000)
    signed = bytearray(label(head + bytes(size - len(head)), LABEL, name="a.mp4", sign=key).data)
    signed[-5] ^= is_changed
    whole = check(bytes(signed), name="a.mp4", only="implicit")
    assert ("implicit.security" in {found.rule for found in whole.findings}) is is_changed
    with Gate(name="a.mp4", size=len(signed), only="implicit") as gate:
        assert gate.feed(signed[:-5]) is None
        gate.feed(signed[-5:])
        assert gate.close().as_dict() == whole.as_dict()


def test_three_gibibytes_behind_a_verdict_are_not_kept():
    head, size = film(3 << 30)
    block = bytes(1 << 20)
    tracemalloc.start()
    with Gate(name="a.mp4", size=size, only="implicit") as gate:
        gate.feed(head)
        while (left := size - gate.received) > 0:
            gate.feed(block if left >= len(block) else block[:left])
        report = gate.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.inspection.size == size
    assert report.attribution is Attribution.CONFIRMED
    assert peak < 8 << 20


def test_what_is_over_the_budget_goes_to_a_file():
    data = picture(1200) + bytes(12 << 20)
    tracemalloc.start()
    with Gate(name="a.png", budget=1 << 16, only="implicit") as gate:
        for at in range(0, len(data), 1 << 16):
            gate.feed(memoryview(data)[at : at + (1 << 16)])
        report = gate.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.as_dict() == check(data, name="a.png", only="implicit").as_dict()
    assert peak < 4 << 20


def test_who_made_it_is_certain_before_the_verdict_is():
    data = label(picture(), LABEL, name="a.png").data
    with Gate(name="a.png", only="implicit") as gate:
        assert gate.feed(data[:40_000]) is None
        assert gate.attribution is Attribution.CONFIRMED
        gate.feed(data[40_000:])
        assert gate.close().attribution is Attribution.CONFIRMED


def test_a_weaker_label_may_be_outweighed_by_what_follows():
    weaker = ImplicitLabel(content_producer="", produce_id="", attribution=Attribution.POSSIBLE)
    data = label(picture(), weaker, name="a.png").data
    with Gate(name="a.png", only="implicit", size=len(data)) as gate:
        assert gate.feed(data[:40_000]) is None
        assert gate.attribution is None
        gate.feed(data[40_000:])
        assert gate.attribution is Attribution.POSSIBLE


def test_a_declaration_is_certain_only_with_the_verdict():
    data = picture()
    with Gate(name="a.png", only="implicit", declared=True) as gate:
        gate.feed(data[:40_000])
        assert gate.attribution is None
        gate.feed(data[40_000:])
        assert gate.close().attribution is gate.attribution is Attribution.POSSIBLE


def test_explicit_marks_are_judged_when_all_has_come():
    from aigc_label import ExplicitLabel

    text = label(b"# A poem\n" * 9, LABEL, explicit=ExplicitLabel(), name="a.md").data
    with Gate(name="a.md", size=len(text)) as gate:
        early = gate.feed(text)
        assert [found.kind for found in early.findings if found.rule == "explicit.missing"] == []
        assert "explicit.open" in {found.rule for found in early.findings}
        assert early.inspection.marks is None
        last = gate.close()
    assert last.inspection.marks
    assert last.as_dict() == check(text, name="a.md").as_dict()


def test_only_explicit_has_no_early_verdict():
    with Gate(name="a.md", only="explicit", size=3) as gate:
        assert gate.feed(b"abc") is None
        assert gate.close().as_dict() == check(b"abc", name="a.md", only="explicit").as_dict()


def test_what_is_held_can_be_passed_on():
    head, size = film(1 << 20)
    with Gate(name="a.mp4", size=size, only="implicit") as gate:
        came = 0
        for piece in itertools.chain([head], itertools.repeat(bytes(9000))):
            came += len(piece)
            if gate.feed(piece):
                break
        assert b"".join(gate.held()) == head + bytes(came - len(head))
        gate.feed(b"more")
        assert sum(map(len, gate.held())) == came


@pytest.mark.parametrize("entered", [True, False])
def test_what_is_held_is_let_go_of_in_the_end(entered):
    gate = Gate(name="a.png", budget=10)
    if entered:
        with gate:
            gate.feed(picture(8))
            gate.close()
            assert b"".join(gate.held()) == picture(8)
    else:
        gate.feed(picture(8))
        gate.close()
    with pytest.raises(ValueError, match="closed"):
        list(gate.held())


def test_nothing_came():
    with Gate(name="a.png") as gate:
        assert gate.close().as_dict() == check(b"", name="a.png").as_dict()
        assert gate.close() is gate.close()
    with Gate(name="a.png", size=0) as gate:
        assert gate.feed(b"").as_dict()["ok"] is False


@pytest.mark.parametrize(("size", "says"), [(9_000_000, "announced, "), (1000, "goes on beyond")])
def test_an_upload_of_another_length_fails(size, says):
    data = picture()
    with Gate(name="a.png", size=size, only="implicit") as gate:
        early = gate.feed(data)
        assert (early is None) is (size > len(data))
        report = gate.close()
    assert isinstance(report.inspection.problem, Malformed)
    assert says in str(report.inspection.problem)
    assert not report.ok


@pytest.mark.parametrize("announced", [None, 5000])
def test_a_limit_ends_it_at_once(announced):
    with Gate(name="a.png", limit=4000, size=announced) as gate:
        early = gate.feed(bytes(10 if announced else 4001))
        assert isinstance(early.inspection.problem, LimitExceeded)
        assert gate.feed(bytes(3000)) is early
        assert sum(map(len, gate.held())) == 0
        last = gate.close()
    assert not last.ok
    assert last.findings == early.findings
    assert last.inspection.size == gate.received


def test_the_messages_come_in_the_language_asked_for():
    with Gate(name="a.png", lang="zh", profile="metadata-only") as gate:
        gate.feed(picture(8))
        report = gate.close()
    assert report.profile == "metadata-only"
    assert "隐式标识" in report.findings[0].message


def test_a_gate_is_used_once():
    gate = Gate(name="a.png")
    gate.feed(picture(8))
    gate.close()
    with pytest.raises(UsageError, match="take a new one"):
        gate.feed(b"x")
    with Gate() as left:
        pass
    with pytest.raises(UsageError, match="before the upload was complete"):
        left.close()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"size": -1}, "not negative"),
        ({"budget": -1}, "not negative"),
        ({"limit": -1}, "not negative"),
        ({"only": "both"}, "only must be"),
        ({"lang": "fr"}, "lang must be 'en' or 'zh'"),
        ({"profile": "no-such-profile"}, "no-such-profile"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_at_once(wrong, says):
    with pytest.raises(UsageError, match=says):
        Gate(**wrong)


def test_a_reader_that_hides_what_it_missed_is_not_believed(monkeypatch):
    """Formats of other packages may catch everything; their silence proves nothing."""

    def read(asset):
        for _ in range(2):
            with contextlib.suppress(BaseException):
                asset.read(asset.size - 1, 1)
        yield FoundLabel(carrier="hasty", fields={"Label": "1"})

    hasty = Format(
        id="hasty", medium=Medium.IMAGE, extensions=(".hasty",), media_types=(), homes=("hasty",),
        source="", sniff=lambda asset: asset.head.startswith(b"HASTY"), read=read,
    )  # fmt: skip
    monkeypatch.setattr(registry, "plugin_formats", lambda: (hasty,))
    with Gate(name="a.hasty", size=50_000, only="implicit") as gate:
        assert gate.feed(b"HASTY" + bytes(40_000)) is None
        assert gate.attribution is None
        assert gate.feed(bytes(50_000 - gate.received)).attribution is Attribution.CONFIRMED


def test_a_length_that_may_grow_answers_only_what_is_certain():
    from aigc_label.arriving import AtLeast, NotYet

    class AskedError(Exception):
        pass

    def miss(_):
        raise AskedError

    size = AtLeast(10, miss)
    assert size > 9
    assert size >= 10
    assert not size < 10
    assert not size <= 9
    assert size != 9
    assert not size == 9  # noqa: SIM201 - that operator is meant
    assert size
    assert size - 3 > 6
    assert 2 + size > 11
    assert min(4, size - 3) == 4
    for unsure in (
        lambda: size > 10, lambda: size >= 11, lambda: size < 11, lambda: size <= 10,
        lambda: size == 12, lambda: size != 12, lambda: bool(size - 10), lambda: 40 - size,
        lambda: size // 2, lambda: b"abc"[:size], lambda: f"{size}", lambda: int(size),
        lambda: struct.pack(">I", size), lambda: {size}, lambda: min(20, size),
    ):  # fmt: skip
        with pytest.raises(AskedError):
            unsure()
    assert not issubclass(NotYet, Exception)
