"""Shared by the laws: the label that is written, results made once, and a budget for bad input."""

from __future__ import annotations

import io
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

import aigc_label
from aigc_label import ImplicitLabel, registry
from aigc_label.asset import open_asset
from aigc_label.errors import InvalidLabel
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Callable

STANDARD = ImplicitLabel(
    content_producer="001191110102MACQD9K64010000",
    produce_id="contract/01?a=1&b=<2>#灯塔",
    reserved_code1='{"SecurityData":{"Type":"TC260PG","Version":1}}',
)

# Everything that a carrier's syntax could trip over: XML, JSON, YAML, HTML comments, quoting.
_AWKWARD = st.sampled_from(
    [
        *(
            "'",
            '"',
            "\\",
            "&amp;",
            "<![CDATA[",
            "]]>",
            "<?xpacket",
            "?>",
            "-->",
            "---",
            "...",
            "{}",
        ),
        *(" ", ":", ": ", "#", " #", "%", "~", "null", "1", "é", "生成", "😀"),
        *("\u2028", "\ufeff", "\U0010ffff"),
    ]
)
_PLAIN_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40
)
_VALUES = st.one_of(_PLAIN_TEXT, st.lists(_AWKWARD, max_size=6).map("".join))


@st.composite
def implicit_labels(draw) -> ImplicitLabel:
    """Any label that the model allows."""
    state = draw(st.sampled_from(["confirmed", "possible", "suspected"]))
    filled = _VALUES.filter(bool) if state == "confirmed" else _VALUES
    try:
        return ImplicitLabel(
            content_producer=draw(filled),
            produce_id=draw(filled),
            attribution=state,
            reserved_code1=draw(_VALUES),
            content_propagator=draw(st.none() | _VALUES),
            propagate_id=draw(st.none() | _VALUES),
            reserved_code2=draw(_VALUES),
        )
    except InvalidLabel:  # what has the shape of a code must be one
        return STANDARD


@pytest.fixture(scope="session")
def any_label():
    """The strategy of all valid labels."""
    return implicit_labels()


@pytest.fixture(scope="session")
def standard() -> ImplicitLabel:
    """The label that the laws write where one will do."""
    return STANDARD


@pytest.fixture(scope="session")
def read_labels():
    """The labels of a file as its format reads them: ``read_labels(data, name, format_id)``."""

    def labels(data: bytes, name: str, format_id: str) -> list[FoundLabel]:
        with open_asset(data, name=name) as asset:
            found = registry.by_id(format_id).read(asset)
            return [seen for seen in found if isinstance(seen, FoundLabel)]

    return labels


@pytest.fixture(scope="session")
def planned():
    """Bytes that ``format.plan`` makes of a file, whatever label it bears already."""

    def edited(data: bytes, name: str, format_id: str, label: ImplicitLabel) -> bytes:
        with open_asset(data, name=name) as asset:
            out = io.BytesIO()
            registry.by_id(format_id).plan(asset, label).apply(asset, out)
            return out.getvalue()

    return edited


@pytest.fixture(scope="session")
def written(planned):
    """The fixture with the standard label, made once a session."""
    made: dict[str, bytes] = {}

    def result(file) -> bytes:
        if file.id not in made:
            made[file.id] = planned(file.data, file.path.name, file.format, STANDARD)
        return made[file.id]

    return result


@pytest.fixture(scope="session")
def bounded():
    """Run some work twice: within seconds of processor time, then within MiB of Python memory.

    Apart, because counting memory makes Python up to twenty times slower. Processor time, because
    the cores are shared.
    """

    def run(work: Callable[[], object], seconds: float, mebibytes: float, what: str) -> None:
        began = time.process_time()
        work()
        took = time.process_time() - began
        assert took <= seconds, f"{what}: {took:.1f} s of {seconds}"
        tracemalloc.start()
        try:
            work()
            peak = tracemalloc.get_traced_memory()[1] / (1 << 20)
        finally:
            tracemalloc.stop()
        assert peak <= mebibytes, f"{what}: {peak:.0f} MiB of {mebibytes}"

    return run


@pytest.fixture(scope="session")
def attempt():
    """Every verb on bytes that may be bad: a value, or an error of one clear line."""

    def verbs(data: bytes, name: str, what: str) -> None:
        report = aigc_label.check(data, name=name, only="implicit")
        assert report.findings or report.ok, what
        try:
            aigc_label.label(data, STANDARD, name=name)
        except aigc_label.AigcLabelError as error:
            problem = str(error)
            assert problem.strip(), f"{what}: an error without a word"
            assert "\n" not in problem, f"{what}: more than one line: {problem!r}"

    return verbs
