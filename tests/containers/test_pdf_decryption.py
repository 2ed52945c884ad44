"""Documents that open without a password, as qpdf's library encrypts them."""

from __future__ import annotations

import contextlib
import io

import pikepdf
import pytest

import aigc_label
from aigc_label.asset import open_asset
from aigc_label.containers.pdf import decryption, document
from aigc_label.containers.pdf.lexer import Dictionary, Name
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.pdf import FORMAT
from aigc_label.model import ImplicitLabel

JSON = '{"Label":"1","ContentProducer":"测试","ProduceID":"1"}'
LABEL = ImplicitLabel(content_producer="p", produce_id="1")
WAYS = {
    "RC4, 40 bits": {"R": 2, "aes": False, "metadata": False},
    "RC4, 128 bits": {"R": 3, "aes": False, "metadata": False},
    "RC4, filter": {"R": 4, "aes": False, "metadata": False},
    "AES": {"R": 4, "aes": True, "metadata": True},
    "AES, plain packet": {"R": 4, "aes": True, "metadata": False},
    "AES-256, old": {"R": 5, "aes": True, "metadata": True},
    "AES-256": {"R": 6, "aes": True, "metadata": True},
    "AES-256, plain packet": {"R": 6, "aes": True, "metadata": False},
}
pytestmark = pytest.mark.filterwarnings("ignore:Encryption R=5")
WORDS = b"BT /F 12 Tf 20 20 Td (AI) Tj ET"


def encrypted(*, user: str = "", packed: bool = False, **way) -> bytes:
    made = pikepdf.new()
    made.add_blank_page(page_size=(200, 100))
    made.pages[0].Contents = made.make_stream(WORDS)
    made.docinfo["/AIGC"] = JSON
    with made.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
        packet["{http://purl.org/dc/elements/1.1/}title"] = "a title"
    out = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    sealed = pikepdf.Encryption(owner="owner", user=user, **way)
    made.save(out, encryption=sealed, object_stream_mode=mode)
    return out.getvalue()


def told(data: bytes) -> list:
    with open_asset(data) as asset:
        opened = document.opened(asset)
        catalog = opened.catalog()
        packet = opened.content(opened.object(catalog[b"Metadata"]))
        page = opened.dictionary(opened.array(opened.dictionary(catalog[b"Pages"])[b"Kids"])[0])
        return [
            opened.locked,
            b"a title" in packet,
            opened.content(opened.object(page[b"Contents"])),
        ]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object streams"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_opens_without_a_password_is_read(way, packed):
    data = encrypted(packed=packed, **way)
    inspection = aigc_label.read(data)
    assert inspection.problem is None
    (found,) = inspection.labels
    assert (found.carrier, found.home, found.fields["ContentProducer"]) == (
        "pdf.info",
        True,
        "测试",
    )
    assert told(data) == [False, True, WORDS]
    with open_asset(data) as asset, pytest.raises(CannotCarry, match="nothing can be written"):
        FORMAT.plan(asset, LABEL)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_takes_a_password_stays_closed(way):
    with pytest.raises(CannotCarry, match="takes a password"):
        aigc_label.read(encrypted(user="user", **way))


def dictionary(**entries) -> Dictionary:
    made = Dictionary()
    made.update({key.encode(): value for key, value in entries.items()})
    return made


STANDARD = {"Filter": Name(b"Standard"), "O": bytes(48), "U": bytes(48), "UE": bytes(32), "P": -4}


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"Filter": Name(b"Other"), "V": 4},
        {"V": 3, "R": 3},
        {"V": 2, "R": 3, "Length": 64},
        {"V": 2, "R": 3, "Length": 128},
        {"V": 1, "R": 2},
        {"V": 5, "R": 5},
        {"V": 5, "R": 6},
    ],
)
def test_other_handlers_and_passwords(entries):
    assert decryption.opened(dictionary(**STANDARD | entries), b"id") is None


@pytest.mark.parametrize("entries", [{"O": b"", "V": 2}, {"U": 3, "V": 1}, {"U": b"", "V": 5}])
def test_dictionaries_that_lack_something(entries):
    with pytest.raises(Malformed, match="lacks its"):
        decryption.opened(dictionary(**STANDARD | entries), b"id")


def test_pieces_of_a_stream_are_opened_as_far_as_they_go():
    key = decryption.Decipher(bytes(16), "AES", "AES", metadata=True)
    cut = [key.stream(bytes(length), Dictionary(), 1, 0) for length in (0, 15, 16, 31, 33)]
    assert [len(piece) for piece in cut] == [0, 0, 0, 0, 16]
    plain = decryption.Decipher(bytes(16), "", "", metadata=True)
    assert plain.opened([b"a", Name(b"b"), 1], 1, 0) == [b"a", b"b", 1]


def test_a_damaged_dictionary_leaves_it_closed():
    data = encrypted(**WAYS["AES"]).replace(b"/StdCF", b"/OtherF", 1)
    found = []
    with open_asset(data) as asset, contextlib.suppress(CannotCarry, Malformed):
        found.extend(FORMAT.read(asset))
    assert found == []
