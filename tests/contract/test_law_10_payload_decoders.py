"""L10: payload decoders are total: any text, bytes or tree gives a record or nothing."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aigc_label.carriers import exif, record, xmp
from aigc_label.errors import CannotCarry
from aigc_label.model import FIELDS, FoundLabel, Signal

KEYS = st.sampled_from([*FIELDS, "AIGC", "aigc", "label", "ReserveCode1", "Propagator", "other"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["1", "2", "3", "AIGC", "", '{"Label":"1"}', "eyJMYWJlbCI6IjEifQ=="])
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=7),
    max_leaves=24,
)
YAML_TREES = st.recursive(
    SCALARS | st.binary(max_size=8) | st.dates() | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.integers() | st.none() | st.dates(), inner, max_size=7)
    ),
    max_leaves=16,
)
_PIECES = (
    *("{", "}", "[", "]", ",", ":", '"', '"1"', "null", "1e999", "-", "\\", '\\"', "'"),
    *('{"AIGC":', '{"Label":', "AIGC{", "AIGC", "&quot;", "&amp;", "&#38;", "&#", ";", "="),
    *("<TC260:AIGC>", "</TC260:AIGC>", "TC260:AIGC", "<rdf:Description", "<![CDATA[", ">", "/>"),
    *("http://www.tc260.org.cn/ns/AIGC/1.0/", "xmlns:TC260=", "<?xpacket", "?>", "<!--"),
    *(" ", "\n", "\x00"),
)
FRAGMENTS = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)


def is_record(parsed) -> bool:
    return parsed is None or (
        bool(parsed.fields)
        and set(parsed.fields) <= set(FIELDS)
        and all(type(value) is str for value in parsed.fields.values())
        and all(type(quirk) is str for quirk in parsed.quirks)
        and len(set(parsed.quirks)) == len(parsed.quirks)
    )


@given(tree=TREES, named=st.booleans())
def test_any_json(tree, named):
    assert is_record(record.parse(json.dumps(tree), named=named))


@given(tree=TREES, named=st.booleans())
def test_any_json_as_a_string_in_json(tree, named):
    assert is_record(record.parse(json.dumps(json.dumps(json.dumps(tree))), named=named))


@given(tree=YAML_TREES, named=st.booleans())
def test_any_mapping(tree, named):
    assert is_record(record.from_mapping({"AIGC": tree, "Label": tree}, named=named))
    if isinstance(tree, dict):
        assert is_record(record.from_mapping(tree, named=named))


@given(text=st.text() | FRAGMENTS, named=st.booleans())
def test_any_text(text, named):
    assert is_record(record.parse(text, named=named))


@given(data=st.binary() | FRAGMENTS.map(str.encode), named=st.booleans())
def test_any_bytes(data, named):
    assert is_record(record.parse(data, named=named))
    for at, parsed in record.scan(data):
        assert 0 <= at < len(data)
        assert is_record(parsed)


# Anything quadratic or exponential in these sizes would take minutes.
HOSTILE = {
    "deep-objects": '{"AIGC":' * 100_000,
    "deep-lists": '{"AIGC":' + "[" * 100_000,
    "deep-strings": json.dumps(
        json.dumps(json.dumps(json.dumps(json.dumps(json.dumps({"Label": "1"})))))
    ),
    "entities-of-entities": "&#38;" + "#38;" * 50_000 + "#34;",
    "entities": "&quot;" * 100_000,
    "long-number": '{"Label":' + "9" * 20_000 + "}",
    "infinity": '{"Label": 1e999, "ProduceID": NaN, "ContentProducer": -Infinity}',
    "many-names": "AIGC{" * 100_000,
    "many-wrappers": 'AIGC:"' * 50_000 + "{",
    "backslashes": '{"Label":"' + "\\" * 200_001,
    "spaces": '{"Label"' + " " * 500_000 + ":",
    "commas": '{"Label":"1"' + "," * 300_000 + "}",
    "commas-and-spaces": '{"Label":"1"' + ", " * 300_000 + "x",
    "single-quotes": "{'Label':" + "(" * 5_000 + "'1'",
    "single-quoted-minus": "{'Label':" + "-" * 50_000 + "1}",
    "pairs": '{"AIGC":{' + '"Label":"1",' * 60_000,
    "base64-of-base64": "QUlHQ3s=" * 20_000,
    "surrogates": '{"Label":"\\ud800","ProduceID":"\\udfff\\ud800"}',
    "nul": "\0" * 500_000 + "{",
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("named", [True, False])
def test_hostile_text_in_bounded_time(what, named, bounded):
    text = HOSTILE[what]
    data = text.encode("utf-8", "replace")

    def work():
        assert is_record(record.parse(text, named=named))
        assert is_record(record.parse(data, named=named))
        assert all(is_record(parsed) for _, parsed in record.scan(data))

    bounded(work, 3, 64, what)


def test_numbers_that_python_will_not_print():
    assert is_record(
        record.from_mapping({"Label": 10**6000, "ProduceID": float("inf")}, named=True)
    )


def are_observations(found) -> bool:
    return all(
        isinstance(seen, Signal) or (isinstance(seen, FoundLabel) and is_record(seen))
        for seen in found
    )


def observed_xmp(data: bytes) -> bool:
    """Every decoder of XMP on these bytes; the assertions are inside."""
    assert xmp.holds_label(data) in {True, False}
    with contextlib.suppress(CannotCarry):  # what is not well-formed cannot be edited losslessly
        left = xmp.without_label(data)
        assert left is None or not xmp.holds_label(left)
    assert are_observations(xmp.observe(data, carrier="x", home=True, offset=3))
    return True


@given(data=st.binary() | FRAGMENTS.map(str.encode))
def test_any_bytes_as_xmp(data):
    assert observed_xmp(data)


@given(inner=FRAGMENTS)
@example(inner="<TC260:AIGC><TC260:AIGC>" * 50)
def test_any_text_inside_a_packet(inner):
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">{inner}</rdf:Description></rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()
    assert observed_xmp(packet)


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_as_xmp_in_bounded_time(what, bounded):
    packet = (
        f'<TC260:AIGC xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">{HOSTILE[what]}'.encode()
    )
    bounded(lambda: observed_xmp(packet), 3, 64, what)


@pytest.mark.parametrize(
    "piece", ["<a>", "<TC260:AIGC ", "<!--", "xmlns:TC260='", "<a b='c' ", "<![CDATA["]
)
def test_repetitive_xmp_in_bounded_time(piece, bounded):
    packet = ("TC260:AIGC http://www.tc260.org.cn/ns/AIGC/1.0/" + piece * 60_000).encode()
    bounded(lambda: observed_xmp(packet), 3, 64, piece)


@given(inner=FRAGMENTS)
def test_a_label_set_in_any_packet_is_read_back_or_refused(inner, standard):
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{inner}</x:xmpmeta>'.encode()
    try:
        made = xmp.updated(packet, standard)
    except CannotCarry:
        return
    found = xmp.observe(made, carrier="x", home=True, offset=None)
    labels = [dict(seen.fields) for seen in found if isinstance(seen, FoundLabel)]
    assert labels == [standard.fields]


def observed_exif(data: bytes) -> bool:
    quiet = exif.blanked(data)
    if quiet is not None:
        assert len(quiet) == len(data)
        after = exif.observe(quiet, carrier="x", home=True, offset=None)
        assert not [seen for seen in after if isinstance(seen, FoundLabel)]
    return are_observations(exif.observe(data, carrier="x", home=True, offset=None))


@given(
    data=st.binary(max_size=400),
    head=st.sampled_from([b"", b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0"]),
)
def test_any_bytes_as_exif(data, head):
    assert observed_exif(head + data)
    assert observed_exif(b"Exif\0\0" + head + data)


@given(data=st.data())
def test_damaged_exif(data, corpus):
    """Real blocks with some bytes changed."""
    blocks = _exif_blocks(corpus)
    block = bytearray(data.draw(st.sampled_from(blocks)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(block), 300) - 1))
        block[at] = data.draw(st.sampled_from([0, 1, 2, 7, 8, 0x7F, 0xFF]))
    assert observed_exif(bytes(block))


def _exif_blocks(corpus) -> list[bytes]:
    out = []
    for file in corpus:
        if file.format == "jpeg" and file.kind in ("plain", "variants", "labelled"):
            data = file.data
            at = data.find(b"Exif\0\0")
            if at > 0:
                size = int.from_bytes(data[at - 2 : at], "big") - 2
                out.append(data[at : at + size])
    assert len(out) >= 8
    return out
