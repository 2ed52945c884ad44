from __future__ import annotations

import base64
import struct

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.carriers import exif, record
from aigc_label.model import FoundLabel, ImplicitLabel, Signal

LABEL = ImplicitLabel(content_producer="某公司", produce_id="wx_1")
WRAPPED = record.dump_wrapped(LABEL)
ASCII = b"ASCII\x00\x00\x00"
NOTE = bytes(range(256))  # stands for a maker note, whose bytes must not move


def big_endian(comment: bytes = b"", **tags: bytes) -> bytes:
    """A block as piexif dumps it."""
    zeroth = {0x010F: b"Canon", **{int(key[1:], 16): value for key, value in tags.items()}}
    return piexif.dump(
        {"0th": zeroth, "Exif": {0x927C: NOTE, **({0x9286: comment} if comment else {})}}
    )


def little_endian(
    *entries: tuple[int, int, bytes], exif: tuple[tuple[int, int, bytes], ...] = ()
) -> bytes:
    """A block made here: ``(tag, type, value)`` of the first directory and of the Exif one."""
    first = 8
    second = first + 2 + 12 * (len(entries) + 1) + 4
    data_at = second + 2 + 12 * len(exif) + 4
    heap = b""

    def pack(found):
        nonlocal heap
        rows = b""
        for tag, kind, value in found:
            size = {1: 1, 2: 1, 7: 1, 4: 4, 3: 2}.get(kind, 1)
            inline = value if len(value) <= 4 else struct.pack("<L", data_at + len(heap))
            heap += value if len(value) > 4 else b""
            rows += struct.pack("<HHL", tag, kind, len(value) // size) + inline.ljust(4, b"\x00")
        return struct.pack("<H", len(found)) + rows + bytes(4)

    pointer = (0x8769, 4, struct.pack("<L", second))
    return b"II*\x00" + struct.pack("<L", first) + pack([*entries, pointer]) + pack(exif) + heap


def seen(block: bytes) -> list[FoundLabel]:
    found = exif.observe(block, carrier="jpeg.exif", home=True, offset=2)
    return [one for one in found if isinstance(one, FoundLabel)]


def signals(block: bytes) -> list[Signal]:
    found = exif.observe(block, carrier="jpeg.exif", home=True, offset=2)
    return [one for one in found if isinstance(one, Signal)]


def comment_of(block: bytes) -> bytes:
    return piexif.load(block)["Exif"][0x9286]


COMMENTS = {
    "ascii": ASCII + WRAPPED.encode(),
    "unicode-be": b"UNICODE\x00" + WRAPPED.encode("utf-16-be"),
    "unicode-le": b"UNICODE\x00" + WRAPPED.encode("utf-16-le"),
    "unicode-marked": b"UNICODE\x00" + WRAPPED.encode("utf-16"),
    "unicode-marked-be": b"UNICODE\x00\xfe\xff" + WRAPPED.encode("utf-16-be"),
    "undefined": bytes(8) + WRAPPED.encode(),
    "jis": b"JIS\x00\x00\x00\x00\x00" + WRAPPED.encode("iso2022_jp", "ignore") + b" " * 3,
    "jis-utf-8": b"JIS\x00\x00\x00\x00\x00" + WRAPPED.encode(),
    "padded": ASCII + WRAPPED.encode() + bytes(20),
}


@pytest.mark.parametrize("coding", COMMENTS)
@pytest.mark.parametrize(
    "made",
    [
        big_endian,
        lambda comment: little_endian(exif=((0x9286, 7, comment),)),
        lambda comment: big_endian(comment)[6:],
        lambda comment: b"Exif\x00\xff" + big_endian(comment)[6:],
    ],
    ids=["MM", "II", "bare", "other-prefix"],
)
def test_a_comment_is_read_in_every_coding(made, coding):
    (found,) = seen(made(COMMENTS[coding]))
    assert found.fields["ProduceID"] == "wx_1"
    assert found.fields["ContentProducer"] in ("某公司", "公司")  # JIS knows not every character
    assert found.quirks == ("wrapped",)
    assert (found.carrier, found.home, found.offset) == ("jpeg.exif", True, 2)


@pytest.mark.parametrize(
    ("comment", "quirks"),
    [
        (ASCII + record.dump(LABEL).encode(), ()),
        (WRAPPED.encode(), ("wrapped", "comment-encoding")),
        (ASCII + b'{"aigc": {"Label": 1}}', ("lower-case-key", "label-number")),
    ],
)
def test_deviations_are_said(comment, quirks):
    (found,) = seen(big_endian(comment))
    assert found.quirks == quirks


@pytest.mark.parametrize(
    ("block", "place"),
    [
        (big_endian(t10e=WRAPPED.encode()), "imagedescription"),
        (little_endian((0x010E, 2, WRAPPED.encode())), "imagedescription"),  # no closing NUL
        (little_endian((0x010E, 2, WRAPPED.encode() + b"\x00")), "imagedescription"),
        (little_endian((0x9C9C, 1, WRAPPED.encode("utf-16-le"))), "xpcomment"),
        (little_endian((0x8298, 2, WRAPPED.encode() + b"\x00")), "copyright"),
    ],
    ids=["MM", "open-end", "II", "xp", "copyright"],
)
def test_a_label_in_another_tag_is_not_at_home(block, place):
    (found,) = seen(block)
    assert found.fields == LABEL.fields
    assert found.quirks == ("wrapped",)
    assert (found.carrier, found.home) == (f"jpeg.exif.{place}", False)
    assert seen(exif.blanked(block)) == []


def test_two_labels_are_two():
    block = big_endian(ASCII + WRAPPED.encode(), t10e=WRAPPED.replace("wx_1", "wx_2").encode())
    assert {found.fields["ProduceID"] for found in seen(block)} == {"wx_1", "wx_2"}
    assert seen(exif.blanked(block)) == []


@pytest.mark.parametrize("coding", COMMENTS)
def test_blanking_keeps_every_other_byte(coding):
    comment = COMMENTS[coding]
    block = big_endian(comment)
    new = exif.blanked(block)
    at = block.index(comment)
    code = 10 if "marked" in coding else 8
    assert new[: at + code] == block[: at + code]
    assert new[at + len(comment) :] == block[at + len(comment) :]
    text = comment_of(new)[code:]
    assert set(text) <= {0x20, 0x00}
    assert exif.blanked(new) is None
    assert piexif.load(new)["Exif"][0x927C] == NOTE


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Exif\x00\x00",
        b"II*\x00",
        big_endian(),
        big_endian(ASCII + b"a picture about AIGC labels, ProduceID and all"),
        big_endian(ASCII + b'{"AIGC":{"ServiceProvider":"x"}}'),
        big_endian(ASCII + b'{"aigc_info":{"aigc_label_type":0}}'),
        big_endian(b"ab"),
    ],
)
def test_silence_where_there_is_no_label(block):
    assert seen(block) == []
    assert exif.blanked(block) is None


HUGE = struct.pack("<HHLL", 0x0100, 4, 0xFFFFFFFF, 8)
DAMAGE = {
    "huge-count": b"II*\x00\x08\x00\x00\x00\x01\x00" + HUGE + bytes(4),
    "unknown-type": b"II*\x00\x08\x00\x00\x00\x01\x00" + HUGE.replace(b"\x04", b"\x63") + bytes(4),
    "cut": b"II*\x00\x08\x00\x00\x00\x09\x00" + HUGE,
    "no-directory": b"MM\x00*\x00\x00\x10\x00",
    "no-tiff": b"hello, ",
    "odd-pointer": b"II*\x00\x08\x00\x00\x00\x01\x00"
    + struct.pack("<HHLL", 0x8769, 3, 2, 8)
    + bytes(4),
    "loop": b"II*\x00\x08\x00\x00\x00\x09\x00"
    + struct.pack("<HHLL", 0x8769, 4, 1, 8) * 9
    + bytes(4),
    "endless-chain": b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00",
    "bad-rational": b"II*\x00\x08\x00\x00\x00\x01\x00"
    + struct.pack("<HHLL", 0x011A, 5, 1, 0xFFFF)
    + bytes(4),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_block_still_shows_its_label(damage):
    block = DAMAGE[damage] + WRAPPED.encode() + b" and more"
    if damage == "endless-chain":  # sound, if pointless: nothing in it is a text value
        assert seen(block) == []
        return
    found = seen(block)
    if damage == "bad-rational":  # sound to the eye; the label is in no text value
        assert found == []
        return
    assert [one.fields for one in found] == [LABEL.fields]
    assert found[0].quirks[-1] == "malformed-exif"
    assert not found[0].home
    new = exif.blanked(block)
    assert len(new) == len(block)
    assert seen(new) == []


def test_a_block_that_piexif_does_not_take_is_scanned():
    entries = ((0x011A, 5, b""), (0x010E, 2, WRAPPED.encode() + b"\x00"))
    block = little_endian(*entries)
    block = block.replace(
        struct.pack("<HHLL", 0x011A, 5, 0, 0), struct.pack("<HHLL", 0x011A, 5, 1, 0xFFFF)
    )
    (found,) = seen(block)
    assert (found.fields, found.quirks) == (LABEL.fields, ("malformed-exif",))
    assert seen(exif.blanked(block)) == []


CAMEL = record.dump(LABEL).replace('"C', '"c').replace('"P', '"p').replace('"L', '"l')


@pytest.mark.parametrize(
    ("comment", "quirk"),
    [
        (ASCII + CAMEL.encode(), "key-spelling"),
        (b"UNICODE\x00" + CAMEL.encode("utf-16-le"), "key-spelling"),
        (ASCII + base64.b64encode(WRAPPED.encode()), "base64"),
        (ASCII + base64.b64encode(record.dump(LABEL).encode()), "base64"),
    ],
)
def test_a_label_that_never_says_aigc(comment, quirk):
    (found,) = seen(big_endian(comment))
    assert quirk in found.quirks
    assert found.fields == LABEL.fields


@pytest.mark.parametrize(
    "code", [b"UNICODE\x00", b"Unicode\x00", b"ASCII   ", b"ascii\x00\x00\x00"]
)
def test_a_comment_whose_code_is_not_its_encoding(code):
    block = big_endian(code + WRAPPED.encode())
    (found,) = seen(block)
    assert (found.fields, found.quirks) == (LABEL.fields, ("wrapped", "comment-encoding"))
    assert comment_of(exif.blanked(block)).strip() == code.strip()


def test_a_comment_in_the_first_directory():
    block = little_endian((0x9286, 7, ASCII + WRAPPED.encode()))
    (found,) = seen(block)
    assert found.fields == LABEL.fields
    assert seen(exif.blanked(block)) == []


def test_a_label_that_prose_quotes_is_none():
    block = big_endian(ASCII + b'write AIGC{"Label":"1","ProduceID":"7"} here')
    assert seen(block) == []
    assert exif.blanked(block) is None


@pytest.mark.parametrize(
    ("block", "generator", "ai"),
    [
        (big_endian(t10e=b"Signature: " + b"A1b2" * 20, t13b=b"0ef2-uuid"), "xAI Grok", True),
        (
            big_endian(b"UNICODE\x00" + "a cat\nSteps: 20, Sampler: Euler".encode("utf-16-be")),
            "Stable Diffusion WebUI",
            True,
        ),
        (
            big_endian(
                ASCII
                + b'{"aigc_info":{"aigc_label_type":0,"source_info":"dreamina"},'
                + b'"data":{"exportType":"generation"},"x":"AIGC"}'
            ),
            "Jimeng (Dreamina)",
            True,
        ),
        (
            big_endian(t10e='{"AIGC":{"ServiceProvider":"腾讯云","Time":"x"}}'.encode()),
            "腾讯云",
            True,
        ),
        (big_endian(t131=b"NovelAI"), "NovelAI", True),
        (big_endian(ASCII + b'{"Comment": "{}", "Software": "NovelAI"}'), "NovelAI", True),
        (big_endian(t131=b"Fooocus v2.3.1"), "Fooocus", True),
        (big_endian(t10e=b"a cat --v 6.1 Job ID: 3f2504e0-4f89-11d3"), "Midjourney", True),
        (big_endian(t10f=b'workflow:{"nodes": []}'), "ComfyUI", True),
        (big_endian(t110=b'Prompt:{"3": {"class_type": "KSampler"}}'), "ComfyUI", True),
        (little_endian((0x010F, 2, b"Ideogram AI\x00")), "Ideogram", True),
    ],
)
def test_traces_of_generators(block, generator, ai):
    (signal,) = signals(block)
    assert (signal.scheme, signal.generator, signal.ai) == ("vendor", generator, ai)
    assert signal.carrier == "jpeg.exif"
    assert seen(block) == []


def test_words_that_are_no_trace():
    assert signals(big_endian(t10e=b"Steps: a staircase", t131=b"Firefly-like look")) == []
    assert signals(big_endian(t10e=b'the "nodes" of NovelAI', t10f=b"Job ID: 12")) == []


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda at, junk, coding: (
            (block := big_endian(COMMENTS[coding]))[: at % len(block)]
            + junk
            + block[at % len(block) + len(junk) :]
        ),
        st.integers(0, 5000),
        st.binary(max_size=6),
        st.sampled_from(sorted(COMMENTS)),
    )
)
def test_no_bytes_make_a_reader_raise(block):
    found = seen(block)
    new = exif.blanked(block)
    assert (new is None) == (not found)
    if new is not None:
        assert len(new) == len(block)
        assert seen(new) == []
