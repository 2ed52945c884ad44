"""Recognising words in pixels: the ``rapidocr`` package with the models that its wheel ships.

Nothing is fetched from a network. The models are loaded once a process, and run in one thread: on
pictures as small as these a second one spends a processor waiting, and gains next to nothing.
"""

# ruff: noqa: PLC0415 - an extra, loaded only where words are looked for

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label.errors import MissingExtra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

REMEDY = "to look for words in pictures: pip install 'aigc-label[ocr]'"

SIDE = 384
"""Pixels of the shortest side at which words are located: 4 % of it are 15 pixels."""

FINER_SIDE = 512
"""The same where it is looked once more, for what hardly stands out."""

SURE = 0.6
"""Confidence from which a reading counts."""

_LARGEST = 4096  # pixels


class Box(NamedTuple):
    """A place with words, in pixels of the picture that was looked at."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left


def located(picture: Pixels) -> list[Box]:
    """Where words stand, upright or nearly so.

    Args:
        picture: height x width x 3, RGB, in the size in which it is to be looked at: letters
            of 15 pixels are found, if they stand out.

    Raises:
        MissingExtra: the packages are not installed.
    """
    found = _engine()(picture, use_det=True, use_cls=False, use_rec=False)
    if found.boxes is None:
        return []
    boxes = []
    for quad in found.boxes:
        xs, ys = [float(x) for x, _ in quad], [float(y) for _, y in quad]
        boxes.append(Box(min(xs), min(ys), max(xs), max(ys)))
    return boxes


class Words(NamedTuple):
    """What was read on a crop.

    Attributes:
        text: ``""`` if nothing was read with confidence.
        at: the column near the middle of each character that is no blank, in pixels of the crop,
            give or take a third of its width; empty if the recogniser does not say.
    """

    text: str
    at: tuple[float, ...]


def read(crop: Pixels) -> Words:
    """The words on a crop, and where each character stands.

    Args:
        crop: height x width x 3, RGB, one line of words.
    """
    said = _engine()(crop, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
    if not said.txts or said.scores[0] < SURE:
        return Words("", ())
    (line,) = said.word_results
    steps = [step for word in line.word_cols for step in word]
    across = crop.shape[1] / line.line_txt_len
    return Words(said.txts[0], tuple((step + 0.5) * across for step in steps))


def require() -> None:
    """Refuse to begin without the packages that read words.

    Raises:
        MissingExtra: saying how to install them.
    """
    from importlib.util import find_spec

    for package in ("rapidocr", "onnxruntime", "cv2", "numpy"):
        if find_spec(package) is None:
            raise MissingExtra(f"{REMEDY} (there is no {package})")


@cache
def _engine() -> Any:
    require()
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Memory is kept from one picture to the next, not asked for anew.
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
            "Det.limit_side_len": _LARGEST,  # pictures come in the size to look at them in
            "Det.limit_type": "max",
        }
    )
