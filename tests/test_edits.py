"""A write as data: splices, plans and the view through a plan."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import Asset, open_asset
from aigc_label.edits import EditPlan, Span, Splice, replacements


def applied(data: bytes, plan: EditPlan) -> bytes:
    out = io.BytesIO()
    plan.apply(open_asset(data), out)
    return out.getvalue()


@st.composite
def edits(draw) -> tuple[bytes, list[Splice]]:
    data = draw(st.binary(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    splices = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        if not splices or start >= splices[-1].span.end:
            splices.append(Splice(Span(start, end), draw(st.binary(max_size=10))))
    return data, splices


def by_hand(data: bytes, splices: list[Splice]) -> bytes:
    for splice in reversed(splices):
        data = data[: splice.span.start] + splice.data + data[splice.span.end :]
    return data


@given(edits(), st.randoms())
def test_a_plan_is_its_splices_in_any_order(made, dice):
    data, splices = made
    distinct = [s for s in splices if [t.span.start for t in splices].count(s.span.start) == 1]
    shuffled = list(distinct)
    dice.shuffle(shuffled)
    plan = EditPlan(shuffled)
    assert applied(data, plan) == by_hand(data, distinct)
    assert plan.growth() == len(by_hand(data, distinct)) - len(data)


@given(edits(), st.data())
def test_the_view_is_the_result(made, dice):
    data, splices = made
    expected = by_hand(data, splices)
    with open_asset(data, name="x") as asset:
        view = EditPlan(splices).view(asset)
        assert (view.size, view.name) == (len(expected), "x")
        assert view.read(0, view.size) == expected
        start = dice.draw(st.integers(0, len(expected)))
        length = dice.draw(st.integers(0, len(expected) - start))
        assert view.read(start, length) == expected[start : start + length]
        out = io.BytesIO()
        view.copy_to(out, start, start + length)
        assert out.getvalue() == expected[start : start + length]


@given(edits(), edits())
def test_a_plan_on_a_view(made, again):
    data, splices = made
    once = by_hand(data, splices)
    _, more = again
    more = [s for s in more if s.span.end <= len(once)]
    with open_asset(data) as asset:
        view = EditPlan(splices).view(asset)
        both = EditPlan(more).view(view)
        assert both.read(0, both.size) == by_hand(once, more)


def test_insertions_at_one_point_keep_their_order():
    plan = EditPlan([Splice(Span(1, 1), b"X"), Splice(Span(1, 1), b"Y"), Splice(Span(1, 2), b"Z")])
    assert applied(b"abc", plan) == b"aXYZc"


def test_what_changes_nothing_is_no_edit():
    plan = EditPlan([Splice(Span(2, 2), b"")])
    assert not plan
    assert plan.splices == ()
    asset = open_asset(b"abc")
    assert plan.view(asset) is asset
    assert applied(b"abc", plan) == b"abc"


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (3, 2), (-2, -1)])
def test_spans_must_make_sense(start, end):
    with pytest.raises(ValueError, match="no such span"):
        Span(start, end)


@pytest.mark.parametrize(
    "spans", [((0, 3), (2, 4)), ((0, 3), (0, 3)), ((0, 9), (4, 4))], ids=["cross", "same", "inside"]
)
def test_overlapping_splices_are_refused(spans):
    with pytest.raises(ValueError, match="overlap"):
        EditPlan([Splice(Span(*span), b"x") for span in spans])


def test_large_unchanged_parts_are_copied_and_not_read(tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(bytes(range(256)) * 4096 * 3)
    with open_asset(source) as asset, target.open("wb") as out:
        before = asset.bytes_read
        EditPlan([Splice(Span(10, 20), b"new")]).apply(asset, out)
        copied_by_the_kernel = asset.bytes_read == before
    assert target.read_bytes() == source.read_bytes()[:10] + b"new" + source.read_bytes()[20:]
    assert copied_by_the_kernel


def test_a_view_closes_nothing(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b"x" * 40_000)
    with open_asset(path) as asset:
        view = EditPlan([Splice(Span(0, 0), b"y")]).view(asset)
        assert isinstance(view, Asset)
        view.close()
        assert asset.read(30_000, 2) == b"xx"
        assert view.read(0, 3) == b"yxx"


@given(edits())
def test_replacements_are_the_plan_without_moves(made):
    data, splices = made
    with open_asset(data) as asset:
        view = EditPlan(splices).view(asset)
        found = replacements(view, asset, 10_000) if view is not asset else ()
    assert found is not None
    *stay, last = found or (None,)
    assert all(len(s.data) == s.span.end - s.span.start for s in stay)
    assert (
        last is None
        or len(last.data) == last.span.end - last.span.start
        or (last.span.end == len(data))
    )
    assert by_hand(data, list(found)) == by_hand(data, splices)


def test_what_is_made_up_for_at_once_does_not_reach_to_the_next_change():
    pair = [Splice(Span(10, 10), b"new"), Splice(Span(20, 23), b"")]
    far = Splice(Span(5000, 5001), b"x")
    with open_asset(bytes(9000)) as asset:
        found = replacements(EditPlan([*pair, far]).view(asset), asset, 100)
        assert found == (Splice(Span(10, 23), b"new" + bytes(10)), far)
        open_ended = EditPlan([pair[0], far]).view(asset)
        assert replacements(open_ended, asset, 9100) == (
            Splice(Span(10, 9000), b"new" + bytes(4990) + b"x" + bytes(3999)),
        )
        assert replacements(open_ended, asset, 8000) is None
        assert replacements(asset, asset, 8000) is None
