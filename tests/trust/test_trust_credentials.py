"""A signed label and content credentials in one file: both hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from trust_samples import STUDIO

from aigc_label import ImplicitLabel, Trust, check, label
from credential_samples import credentials, identity

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
TOLD = ImplicitLabel(content_producer=STUDIO, produce_id="42")


@pytest.mark.parametrize(
    ("fixture", "binding"),
    [
        ("jpeg", "matches"),
        ("png", "matches"),
        ("webp", "matches"),
        ("tiff", "matches"),
        ("avif", "matches"),
        ("mp4", "matches"),
        ("mp3", "matches"),
        ("wav", "matches"),
        ("docx", "matches"),  # bound to its parts as they are packed anew
        ("pdf", "absent"),
    ],
)
def test_both_hold(fixture, binding, signers, sm2_store):
    folder = FIXTURES / fixture / "plain"
    path = min(each for each in folder.iterdir() if each.suffix != ".json")
    signer = credentials(repack=True)
    written = label(path, TOLD, sign=signers[STUDIO, "sm2"], credentials=signer)
    trusted = Trust(anchors=identity().root)
    seen = check(
        written.data, name=path.name, only="implicit", c2pa=trusted, trust=sm2_store
    ).inspection
    security = seen.labels[0].security
    assert (security.status, security.binding) == ("verified", binding)
    assert "trusted" in {each.state for each in seen.signals if each.scheme == "c2pa"}
