"""Make the pictures in docs/images with the package itself.

Usage: python tools/make_doc_images.py
"""

from __future__ import annotations

from pathlib import Path

from aigc_label import ExplicitLabel, ImplicitLabel, label

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "src" / "aigc_label" / "demo" / "picture.jpg"
IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Copy the demo's picture and label the copy."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    (IMAGES / "before.jpg").write_bytes(SAMPLE.read_bytes())
    label(
        SAMPLE,
        ImplicitLabel(content_producer="001191350100M000100Y4300000", produce_id="readme"),
        explicit=ExplicitLabel(),
        to=IMAGES / "after.jpg",
    )


if __name__ == "__main__":
    main()
