"""Words of files as HTML in which nothing of them acts."""

from __future__ import annotations

import re
from html import escape

from aigc_label.model import printable

_CODE = re.compile(r"`([^`\n]+)`")
_STRONG = re.compile(r"\*\*([^*\n]+)\*\*")


def safe(text: str) -> str:
    """On one line, without control or bidi characters, for content and for attributes."""
    return escape(printable(text))


def lines(text: str) -> str:
    """As :func:`safe`, line by line."""
    return "\n".join(safe(line) for line in text.splitlines())


def prose(markdown: str) -> str:
    """Our own Markdown of rules' pages: paragraphs, code and strong words; no more than that."""
    paragraphs = []
    for block in markdown.split("\n\n"):
        text = escape(" ".join(block.split()))
        text = _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", text))
        paragraphs.append(f"<p>{text}</p>")
    return "\n".join(paragraphs)
