"""Words on a picture that tell people that it is AI-generated (GB 45438-2025 clause 5.2).

The whole picture is looked at in little, where its words stand is read in full: first what stands
nearest to an edge, where the clause wants the mark, and no more once a prompt is found. Where none
is, the upper and the lower edge are looked at once more, finer and without their colours, which
hide letters on a motley ground from the net.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from aigc_label import wording
from aigc_label.contract import Unseen
from aigc_label.detect import places
from aigc_label.detect.sight import ink, ocr
from aigc_label.detect.sight.ocr import Box
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from aigc_label.detect.sight.decoding import Seen

    Pixels = NDArray[np.uint8]

MOST_BOXES = 32
"""Lines read of one picture; a page of a book has more, but no more than that at its edges."""

MOST_WINDOWS = 16
"""Windows that a very long picture is looked at through: half of them from either end."""

LEAST_SIDE = 8
"""Pixels of the shortest side that words need to be read by anybody."""

MOST_MISSED = 8
"""Lines read where it is looked once more."""

_BAND = 0.25  # of the shortest side: what is looked at once more at either edge
_LONGEST_WINDOW = 2.5  # times its breadth
_RIM = 0.12  # of a line's height, so that no letter touches the edge of its crop
_UPWARD = 1.5  # times its width: the height from which a box holds words that run up or down
_LONGEST_REMARK = 24
_READ_AS_AI = r"(?<![A-Za-z])A[Il1T|!](?![A-Za-z])"
_READ_AS_A = r"(?<![A-Za-z])A(?=生成|合成)"  # both letters side by side in a column
_READ_AS_CHENG = r"(?<=[生合])[戍戌咸戚]"
_READ_AS_REN_GONG = r"[人入八][工主王土](?=智能)"

_AI = r"(?:(?<![A-Za-z])(?i:AI)(?![A-Za-z])|人工智能)"
_MADE = r"(?:生成|合成)"
# What is written of AI without saying that it made the picture: that it did not, or a topic.
_DENIED = (
    r"(?:非|不是|未|没有|不含|无|拒绝|禁止|反对|抵制|杜绝)(?:由|是|用|使用|经|经过|含|任何)*\s*"
    + _AI
)
_ASKED = r"什么是|如何|怎[么样]|^[^，。]*[？?]$"
_TOPIC = (
    rf"{_MADE}的?(?:内容|作品|文本|图片|图像|照片|视频|头像|合成|标识)*"
    r"(?:式|器|平台|工具|软件|技术|办法|指南|教程|课程|大赛|比赛|峰会|论坛|治理|监管|主播)"
    rf"|生成式\s*{_AI}"
)
_BY = rf"(?:由|用|过|助|自|为|系)[^，。]{{0,12}}{_AI}"
_REMARK = (
    rf"(?i:^\W*{_AI}\W*$|{_AI}[- ]?(?:generated|made|created|assisted|rendered|art|image|video)"
    rf"|(?:generated|made|created|drawn) (?:by|with|using) {_AI}"
    rf"|{_AI}\s*(?:辅助|参与|制作|创作|绘|作画|画|作图|作品|图|影像|配音|换脸|修)|由\s*{_AI})"
)


class _Line(NamedTuple):
    """Words that were read, and where, in pixels of what was decoded.

    Attributes:
        text: the words.
        box: where they stand.
        at: column of each character that is no blank, in the crop that was read.
        turns: quarters of a turn to the left that the crop was given to be read: 1 for a column of
            upright characters, too, as the recogniser has learned to read it.
    """

    text: str
    box: Box
    at: tuple[float, ...]
    turns: int = 0

    def crop(self, pixels: Pixels) -> Pixels:
        """The words as they are read, from left to right."""
        left, top, right, bottom = _widened(self.box, pixels)
        return np.ascontiguousarray(np.rot90(pixels[top:bottom, left:right], self.turns))

    @property
    def height(self) -> float:
        """Pixels across the line."""
        return self.box.width if self.turns else self.box.height


def marks(seen: Seen, *, twice: bool = True) -> Iterator[FoundMark]:
    """The prompts on a picture; where there is none, what names AI on its edge.

    Args:
        seen: the picture.
        twice: look once more where none is found.

    Raises:
        MissingExtra: the packages that read words are not installed.
        Unseen: nothing was found, and the picture is too long to be looked at from end to end.
    """
    if min(seen.pixels.shape[:2]) < LEAST_SIDE:
        return
    boxes = sorted(_boxes(seen.pixels), key=lambda box: _from_edge(box, seen.pixels))
    lines = _read(boxes[:MOST_BOXES], seen.pixels)
    found = _prompts(lines)
    if not found and twice:
        missed = [box for box in _edge_boxes(seen.pixels) if not _is_known(box, lines)]
        lines += _read(missed[:MOST_MISSED], seen.pixels)
        found = _prompts(lines)
    if not found:
        found = [[line] for line in lines if _is_remark(line, seen.pixels)]
    if not found and len(_windows(seen.pixels)) < _count(seen.pixels):
        raise Unseen("the picture is too long to look at from end to end; look at it")
    for group in found:
        yield _mark(group, seen)


def _read(boxes: list[Box], pixels: Pixels) -> list[_Line]:
    """What stands in boxes, as far as they must be read to find a prompt."""
    lines: list[_Line] = []
    for box in boxes:
        for turns in (1, 3) if box.height > _UPWARD * box.width else (0,):
            line = _Line("", box, (), turns)
            text, at = ocr.read(line.crop(pixels))
            lines.append(line._replace(text=_repaired(text, turns), at=at))
            if is_prompt(lines[-1].text):
                return lines
    return lines


def _prompts(lines: list[_Line]) -> list[list[_Line]]:
    return [[line] for line in lines if is_prompt(line.text)] or _joined(lines)


def is_prompt(text: str) -> bool:
    """Whether words on a picture say that AI made it, and not that it did not, nor name a topic.

    Nothing tells a caption from a picture of words but their grammar; a name before them
    (``豆包AI生成``) is the service's.
    """
    if not wording.is_prompt(text) or re.search(f"{_DENIED}|{_ASKED}", text):
        return False
    return re.search(_BY, text) is not None or not re.search(_TOPIC, text)


def _boxes(pixels: Pixels) -> Iterator[Box]:
    """Where words stand; a very long picture is looked at window by window."""
    height, width = pixels.shape[:2]
    short, is_tall = min(height, width), height > width
    window = _window(pixels)
    for start in _windows(pixels):
        part = pixels[start : start + window] if is_tall else pixels[:, start : start + window]
        scale = ocr.SIDE / short
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(part.dtype, copy=False)
        across, down = (0, start) if is_tall else (start, 0)
        for box in ocr.located(small):
            yield Box(
                box.left / scale + across,
                box.top / scale + down,
                box.right / scale + across,
                box.bottom / scale + down,
            )


def _window(pixels: Pixels) -> int:
    """Pixels of the longer side that are looked at together."""
    short, long = sorted(map(int, pixels.shape[:2]))
    return min(long, round(_LONGEST_WINDOW * short))


def _count(pixels: Pixels) -> int:
    """How many windows, each over a part of its neighbour, the whole picture has."""
    short, long = sorted(map(int, pixels.shape[:2]))
    window = _window(pixels)
    return 1 - -(long - window) // max(window - short, 1)


def _windows(pixels: Pixels) -> list[int]:
    """Where the windows begin that are looked at: at most so many, from both ends."""
    count = _count(pixels)
    rest = int(max(pixels.shape[:2])) - _window(pixels)
    half = MOST_WINDOWS // 2
    chosen = range(count) if count <= MOST_WINDOWS else [*range(half), *range(count - half, count)]
    return [round(step * rest / max(count - 1, 1)) for step in chosen]


def _edge_boxes(pixels: Pixels) -> Iterator[Box]:
    """Where words stand at the upper and lower edge, looked at finer, and in grey."""
    height, width = pixels.shape[:2]
    if width > _LONGEST_WINDOW * height:
        return
    short = min(height, width)
    band = min(round(_BAND * short), height // 2)
    scale = ocr.FINER_SIDE / short
    size = (round(width * scale), round(band * scale))
    grey = [
        cv2.cvtColor(cv2.resize(part, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        for part in (pixels[:band], pixels[height - band :])
    ]
    both = cv2.cvtColor(np.concatenate(grey), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
    for box in ocr.located(both):
        is_upper = box.top + box.bottom < 2 * size[1]
        first, last = (0, size[1]) if is_upper else (size[1], 2 * size[1])
        down = 0.0 if is_upper else height - 2 * band
        yield Box(
            box.left / scale,
            max(box.top, first) / scale + down,
            box.right / scale,
            min(box.bottom, last) / scale + down,
        )


def _is_known(box: Box, lines: list[_Line]) -> bool:
    """Whether words were read in the same place that are no misread prompt."""
    slack = 0.25 * box.height
    return any(
        line.text
        and not re.search("生成|合成", line.text)
        and all(abs(a - b) <= slack for a, b in zip(box, line.box, strict=True))
        for line in lines
    )


def _from_edge(box: Box, pixels: Pixels) -> float:
    """Pixels to the nearest edge of the picture; less for what is near two."""
    height, width = pixels.shape[:2]
    across: float = min(box.left, width - box.right)
    down: float = min(box.top, height - box.bottom)
    return min(across, down) + 0.1 * max(across, down)


def _widened(box: Box, pixels: Pixels) -> tuple[int, int, int, int]:
    rim = _RIM * min(box.height, box.width)
    height, width = pixels.shape[:2]
    return (
        max(0, int(box.left - rim)),
        max(0, int(box.top - rim)),
        min(width, int(box.right + rim) + 1),
        min(height, int(box.bottom + rim) + 1),
    )


def _repaired(text: str, turns: int = 0) -> str:
    """What was read, with the letters put right that are mistaken for others."""
    text = re.sub(_READ_AS_A, "AI", text) if turns else text
    text = re.sub(_READ_AS_REN_GONG, "人工", re.sub(_READ_AS_CHENG, "成", text))
    return re.sub(_READ_AS_AI, "AI", text) if re.search("生成|合成|(?i:generated)", text) else text


def _joined(lines: list[_Line]) -> list[list[_Line]]:
    """Neighbouring lines that are a prompt together: words too far apart, or below one another."""
    for one in lines:
        for other in lines:
            if one is other or not one.text or not other.text or 3 in (one.turns, other.turns):
                continue
            high = max(one.height, other.height)
            beside = abs(one.box.top - other.box.top) < 0.5 * high and (
                -0.5 * high < other.box.left - one.box.right < 1.5 * high
                and one.turns == other.turns == 0
            )
            below = -0.5 * high < other.box.top - one.box.bottom < 0.8 * high and (
                min(one.box.right, other.box.right) > max(one.box.left, other.box.left)
            )
            if (beside or below) and is_prompt(_repaired(one.text + other.text)):
                return [[one, other]]
    return []


def _is_remark(line: _Line, pixels: Pixels) -> bool:
    """Whether a line names AI on an edge, which is meant as a mark but is none (5.2 b)."""
    near = places.EDGE * min(pixels.shape[:2])
    is_short = 0 < len(line.text) <= _LONGEST_REMARK and not line.turns
    is_meant = re.search(_REMARK, line.text) and not wording.is_prompt(line.text)
    is_meant = is_meant and not re.search(_DENIED, line.text)
    return bool(is_short and is_meant) and _from_edge(line.box, pixels) <= near


def _placed(inked: tuple[int, int, int, int], line: _Line, pixels: Pixels) -> Box:
    """Where ink stands on the picture, of which a crop says ``x, y, width, height``."""
    left, top, right, bottom = _widened(line.box, pixels)
    x, y, wide, tall = inked
    if line.turns == 0:
        return Box(left + x, top + y, left + x + wide, top + y + tall)
    if line.turns == 1:
        return Box(right - y - tall, top + x, right - y, top + x + wide)
    return Box(left + y, bottom - x - wide, left + y + tall, bottom - x)


def _mark(group: list[_Line], seen: Seen) -> FoundMark:
    height = 0.0
    contrast = None
    boxes = []
    for line in group:
        crop = line.crop(seen.pixels)
        found = ink.measured(crop, line.text, line.at, line.height)
        if found is None:
            supposed = ink.supposed(crop, line.text, line.at, line.height)
            height = max(height, supposed)
            boxes.append(line.box)
            continue
        if found.height > height:
            height, contrast = found.height, found.contrast
        boxes.append(_placed(found.box, line, seen.pixels))
    sides = zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    x, y, right_, bottom_ = (round(outermost(side) * seen.scale) for outermost, side in sides)
    return FoundMark(
        kind="text",
        text=_repaired("".join(line.text for line in group)),
        place=places.on_edge((x, y, right_, bottom_), seen.size),
        box=(x, y, right_ - x, bottom_ - y),
        ratio=round(height * seen.scale / min(seen.size), 4),
        contrast=None if contrast is None else round(contrast, 1),
    )
