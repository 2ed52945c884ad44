"""Reasons in Chinese: why a file cannot be read, or was not looked at, where a report is Chinese.

Reasons are written once, in English, where something goes wrong. ``chinese.toml`` has them as they
stand in the code, a ``{}`` for each part that is put in, and what they are in Chinese.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.model import FoundMark

_FILE = "chinese.toml"
_ORIGINAL = "原文：{}"
_SENTENCE = r"[A-Za-z]+(?: [a-z]+){2}"
KINDS = {"text": "文字", "rhythm": "节奏", "voice": "语音"}
"""What marks are."""

PLACES = {
    "start": "开头", "middle": "中间", "end": "结尾", "header": "页眉", "footer": "页脚",
    "each page": "每页", "top": "上边", "bottom": "下边", "left": "左边", "right": "右边",
    "top-left": "左上角", "top-right": "右上角", "bottom-left": "左下角", "bottom-right": "右下角",
}  # fmt: skip
_DEEPEST = 3  # reasons within one another
_LONGEST = 2000


def reason(text: str) -> str:
    """A reason in Chinese; one that is not known, such as another program's, as a quotation.

    Args:
        text: the reason as errors have it.
    """
    if not text or not re.search("[A-Za-z]{2}", text):
        return text
    return _known(text, 0) or _ORIGINAL.format(text)


def known(text: str) -> str:
    """A text in Chinese if it is one of the package's own; else as it is, as what a file says."""
    return _known(text, 0) or text


def mark(found: FoundMark) -> tuple[str, str]:
    """What a mark is, and where it stands, in Chinese."""
    return KINDS.get(found.kind, found.kind), PLACES.get(found.place, found.place)


def _known(text: str, depth: int) -> str | None:
    table = _table()
    if (whole := table.get(text)) is not None:
        return whole
    if depth >= _DEEPEST or len(text) > _LONGEST:
        return None
    for fragment, template in _templates():
        if fragment in text and (found := _pattern(template).fullmatch(text)) is not None:
            parts = (_known(part, depth + 1) or _foreign(part) for part in found.groups())
            return table[template].format(*parts)
    return None


def _foreign(part: str) -> str:
    """What is put into a reason: a name as it is, another program's sentence as a quotation."""
    return f"（{_ORIGINAL.format(part)}）" if re.search(_SENTENCE, part) else part


@cache
def _table() -> dict[str, str]:
    import tomllib  # noqa: PLC0415 - only for Chinese reports that have a reason to tell
    from importlib import resources  # noqa: PLC0415 - as above

    text = resources.files("aigc_label").joinpath(_FILE).read_text("utf-8")
    return {
        english: chinese
        for part in tomllib.loads(text).values()
        for english, chinese in part.items()
    }


@cache
def _templates() -> tuple[tuple[str, str], ...]:
    """Reasons with something put in, those that say most first, each with its longest piece."""
    found = [one for one in _table() if "{}" in one]
    found.sort(key=lambda one: -len(one.replace("{}", "")))
    return tuple((max(one.split("{}"), key=len), one) for one in found)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, template.split("{}"))), re.DOTALL)
