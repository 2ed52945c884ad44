"""The tampering matrix: what is done to a signed label, and what a check says then.

Each row does one thing to a signed picture. The first verdict is that of somebody who knows nobody,
the second that of somebody whose trust store has the producer's key.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from trust_samples import STUDIO, made

from aigc_label import FoundLabel, ImplicitLabel, check, label, propagate
from aigc_label.asset import open_asset
from aigc_label.formats import jpeg
from aigc_label.trust.store import TrustStore

INTACT, VERIFIED = ("intact", ""), ("verified", "")
CHANGED, FOREIGN = ("failed", "changed"), ("failed", "foreign-key")


def fields_of(data: bytes) -> dict[str, str]:
    with open_asset(data) as asset:
        (found,) = (seen for seen in jpeg.FORMAT.read(asset) if isinstance(seen, FoundLabel))
    return dict(found.fields)


def with_fields(data: bytes, **changes: str) -> bytes:
    """The file with some fields changed, as somebody with an editor would do it."""
    told = ImplicitLabel.from_fields(fields_of(data) | changes, found=True)
    with open_asset(data) as asset:
        edited = jpeg.FORMAT.plan(asset, told).view(asset)
        return edited.read(0, edited.size)


def edit(data: bytes, change) -> bytes:
    """The file with its SecurityData changed."""
    whole = json.loads(fields_of(data)["ReservedCode1"])
    change(whole["SecurityData"])
    return with_fields(data, ReservedCode1=json.dumps(whole, separators=(",", ":")))


def entry(inner: dict, kind: str, over: str | None = None) -> dict:
    return next(
        each
        for each in inner["PubSD"]
        if each["Type"] == kind and (over is None or each["TBSData"]["Type"] == over)
    )


def verdict(data: bytes, trust: TrustStore | None = None) -> tuple[str, str]:
    worth = check(data, only="implicit", trust=trust).inspection.labels[0].security
    return worth.status, worth.detail


def of_field(name: str, value: str):
    return lambda data, _studio, _rival: with_fields(data, **{name: value})


def moved(data, _studio, _rival):
    return with_fields(made(None, seed=99), **fields_of(data))


def flipped(data, _studio, _rival):
    at = data.rindex(b"\xff\xd9") - 9
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def resigned(data, _studio, rival):
    told = ImplicitLabel.from_fields(fields_of(data) | {"ReservedCode1": ""})
    return label(made(None), replace(told), sign=rival).data


def key_swapped(data, _studio, rival):
    def change(inner):
        entry(inner, "PubKey")["KeyValue"] = rival.public.value.hex()

    return edit(data, change)


def truncated(data, _studio, _rival):
    def change(inner):
        found = entry(inner, "DS", "Md")
        found["Signature"] = found["Signature"][:-4]

    return edit(data, change)


def replayed(data, _studio, _rival):
    """The signature of this label, on one with another number."""
    return with_fields(made(None, number="2"), ReservedCode1=fields_of(data)["ReservedCode1"])


def spliced(data, studio, _rival):
    """The signed label of one picture with the signed binding of another, of the same producer."""
    other = json.loads(fields_of(made(studio, number="2", seed=99))["ReservedCode1"])

    def change(inner):
        theirs = other["SecurityData"]
        inner["Bindings"] = theirs["Bindings"]
        inner["PubSD"][1] = theirs["PubSD"][1]

    return with_fields(made(None, seed=99), **fields_of(edit(data, change)))


def binding_edited(data, _studio, _rival):
    """Moved to another picture, with that picture's hash written in."""
    theirs = fields_of(moved(data, _studio, _rival))

    def change(inner):
        inner["Bindings"][0]["Value"] = "00" * 32

    return with_fields(edit(data, change), Label=theirs["Label"])


def binding_unsigned(data, _studio, _rival):
    return edit(data, lambda inner: inner["PubSD"].remove(entry(inner, "DS", "Bnd")))


def binding_resigned(data, _studio, rival):
    """The binding signed by somebody else, whose key stands beside the producer's."""

    def change(inner):
        message = json.dumps(inner["Bindings"][0], separators=(",", ":")).encode()
        found = entry(inner, "DS", "Bnd")
        found["Signature"] = rival.sign(message).hex()
        found["KeyID"] = 7
        key = entry(inner, "PubKey")
        inner["PubSD"].append({**key, "KeyID": 7, "KeyValue": rival.public.value.hex()})

    return edit(data, change)


def unbound(data, _studio, _rival):
    def change(inner):
        del inner["Bindings"]
        inner["PubSD"].remove(entry(inner, "DS", "Bnd"))

    return edit(data, change)


def numbered(data, _studio, _rival):
    return edit(data, lambda inner: entry(inner, "DS", "Md").update(KeyID=7))


def unkeyed(data, _studio, _rival):
    return edit(data, lambda inner: inner["PubSD"].remove(entry(inner, "PubKey")))


def unknown_algorithm(data, _studio, _rival):
    return edit(data, lambda inner: entry(inner, "DS", "Md").update(AlgID="1.2.3.4"))


def unknown_message(data, _studio, _rival):
    return edit(data, lambda inner: entry(inner, "DS", "Md").update(TBSData={"Type": "Content"}))


def second_unknown(data, _studio, _rival):
    more = {"Type": "DS", "AlgID": "1.2.3.4", "TBSData": {"Type": "Md"}, "Signature": "00"}
    return edit(data, lambda inner: inner["PubSD"].append(more))


def second_bad(data, _studio, _rival):
    def change(inner):
        good = entry(inner, "DS", "Md")
        inner["PubSD"].append({**good, "Signature": entry(inner, "DS", "Bnd")["Signature"]})

    return edit(data, change)


def spread(data, _studio, _rival):
    return propagate(data, "Platform", "77", reserved_code="of-the-platform").data


MATRIX = {
    "nothing": (lambda data, _studio, _rival: data, INTACT, VERIFIED),
    "Label": (of_field("Label", "2"), CHANGED, CHANGED),
    "ContentProducer": (of_field("ContentProducer", "Somebody"), CHANGED, CHANGED),
    "ProduceID": (of_field("ProduceID", "2"), CHANGED, CHANGED),
    "ReservedCode1 emptied": (of_field("ReservedCode1", ""), None, None),
    "ReservedCode1 opaque": (of_field("ReservedCode1", "5e8b"), *[("unsupported", "opaque")] * 2),
    # the platform's own fields, which it shall write: not under the producer's signature
    "ContentPropagator": (of_field("ContentPropagator", "Platform"), INTACT, VERIFIED),
    "PropagateID": (of_field("PropagateID", "77"), INTACT, VERIFIED),
    "ReservedCode2": (of_field("ReservedCode2", "x"), INTACT, VERIFIED),
    "propagated": (spread, INTACT, VERIFIED),
    "moved to another file": (moved, *[("failed", "moved")] * 2),
    "one byte of the picture": (flipped, *[("failed", "moved")] * 2),
    "signed anew by another": (resigned, INTACT, FOREIGN),
    "key swapped": (key_swapped, CHANGED, VERIFIED),  # the store's own key still fits
    "signature truncated": (truncated, CHANGED, CHANGED),
    "replayed under another number": (replayed, CHANGED, CHANGED),
    "another's binding spliced in": (spliced, *[("failed", "replayed")] * 2),
    "binding edited": (binding_edited, *[("failed", "binding-changed")] * 2),
    "binding's signature cut out": (binding_unsigned, *[("failed", "binding-changed")] * 2),
    "binding signed by another": (binding_resigned, *[("failed", "binding-changed")] * 2),
    "binding cut out": (unbound, INTACT, VERIFIED),  # see the test of `binds`
    "KeyID edited": (numbered, INTACT, VERIFIED),
    "key cut out": (unkeyed, ("unsupported", "no-key"), VERIFIED),
    "unknown algorithm": (unknown_algorithm, *[("unsupported", "unknown-algorithm")] * 2),
    "unknown message": (unknown_message, *[("unsupported", "unknown-message")] * 2),
    "a second signature, unknown": (second_unknown, INTACT, VERIFIED),
    "a second signature, bad": (second_bad, CHANGED, CHANGED),
}


@pytest.mark.parametrize("row", MATRIX)
def test_the_verdict(row, studio, rival, store):
    change, unknown, known = MATRIX[row]
    data = change(made(studio), studio, rival)
    if unknown is None:
        assert check(data, only="implicit").as_dict()["labels"][0]["security"] == {
            "status": "absent"
        }
        return
    assert verdict(data) == unknown
    assert verdict(data, store) == known


def test_a_failed_signature_fails_the_file(studio, store):
    report = check(with_fields(made(studio), ProduceID="2"), only="implicit", trust=store)
    (finding,) = (each for each in report.findings if each.rule == "implicit.security")
    assert (finding.kind, finding.level) == ("fail", "error")
    assert not report.ok


def strict(store: TrustStore, **demands: bool) -> TrustStore:
    return TrustStore(tuple(replace(each, **demands) for each in store.producers))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data, *_: data, VERIFIED),
        (of_field("ReservedCode1", ""), ("failed", "unsigned")),
        (of_field("ReservedCode1", "5e8b"), ("failed", "unsigned")),
        (unknown_algorithm, ("failed", "unsigned")),
        (unbound, ("failed", "unbound")),
    ],
)
def test_what_a_producer_always_does_cannot_be_left_out(change, expected, studio, rival, store):
    demanding = strict(store, signs=True, binds=True)
    assert verdict(change(made(studio), studio, rival), demanding) == expected


def test_other_producers_are_none_of_the_stores_business(rival, store):
    assert verdict(made(rival, producer="Somebody"), strict(store, signs=True)) == INTACT
    assert check(made(None), only="implicit", trust=store).inspection.labels[0].security.status == (
        "absent"
    )
    assert STUDIO in {each.code for each in store.producers}
