"""Prompts in documents of text, slides and sheets (GB 45438-2025 clause 5.1).

A document that cannot be read to its end, because it is encrypted, damaged or larger than any, was
not looked at, nor was one of pictures: that is said, and its label is judged all the same.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from aigc_label.contract import Detector, Unseen
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark


_WITHOUT_PICTURES = ("sheets", "mindmap")  # in which they illustrate


def _look(asset: Asset, *, reader: str) -> Iterator[FoundMark]:
    from aigc_label.detect.reading import pictured  # noqa: PLC0415 - as below

    reading = import_module(f"aigc_label.detect.reading.{reader}")  # large, as are what it needs
    seen = 0
    try:
        for mark in reading.marks(asset):
            yield mark
            seen += 1
        if not seen and reader not in _WITHOUT_PICTURES and pictured.is_of_pictures(asset):
            raise Unseen(
                "it shows pictures and hardly any text, and its pictures are not read; look at it"
            )
    except AssetError as error:
        if not seen:
            raise Unseen(error.reason) from None


def _detector(name: str, *formats: str) -> Detector:
    return Detector(id=name, formats=formats, look=partial(_look, reader=name))


WORDPROCESSING = _detector("wordprocessing", "docx")
SLIDES = _detector("slides", "pptx")
SHEETS = _detector("sheets", "xlsx")
OPENDOCUMENT = _detector("opendocument", "odt", "ods", "odp")
PUBLICATION = _detector("publication", "epub")
MINDMAP = _detector("mindmap", "xmind")
