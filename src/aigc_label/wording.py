"""The wording rule of GB 45438-2025 clause 5: an AI element and a generation element."""

from __future__ import annotations

import re

_AI = r"(?i:人工智能|(?<![A-Za-z])AI(?![A-Za-z]))"


def is_prompt(text: str) -> bool:
    """Whether ``text`` bears both elements: 人工智能 or AI, and 生成 or 合成 (5.1 b to 5.6 b)."""
    return ("生成" in text or "合成" in text) and names_ai(text)


def names_ai(text: str) -> bool:
    """Whether ``text`` bears the AI element alone: 人工智能, or AI as a word."""
    return re.search(_AI, text) is not None


def is_corner_mark(text: str) -> bool:
    """Whether ``text`` is the corner-mark form of clause 5.1 c, which needs only ``AI``."""
    return text.strip().upper() == "AI"


def has_lower_case_ai(text: str) -> bool:
    """Whether the only AI element is not written in capitals, which clause 5 prints."""
    return "人工智能" not in text and "AI" not in text and re.search(_AI, text) is not None
