"""Every format that can bear a label bears a signed one, bound to its content."""

from __future__ import annotations

from trust_samples import STUDIO

from aigc_label import ImplicitLabel, check, label, propagate, registry
from aigc_label.asset import open_asset


def worth(data: bytes, name: str, store):
    (found,) = check(data, name=name, only="implicit", trust=store).inspection.labels
    return found.security.status, found.security.binding


def test_a_signed_label_is_verified_and_bound(writable_plain_file, signers, sm2_store):
    name = writable_plain_file.path.name
    told = ImplicitLabel(content_producer=STUDIO, produce_id="42")
    key = signers[STUDIO, "sm2"]
    written = label(writable_plain_file.path, told, sign=key)
    told_apart = registry.identify(open_asset(writable_plain_file.path)).essence is not None
    expected = ("verified", "matches" if told_apart else "absent")
    more = set(written.notes) - set(label(writable_plain_file.path, told).notes)
    assert ("not bound to its content" in "".join(more)) is not told_apart
    assert worth(written.data, name, sm2_store) == expected
    assert not label(written.data, told, sign=key, name=name).changed
    spread = propagate(written.data, "Platform", "77", name=name)
    assert worth(spread.data, name, sm2_store) == expected
