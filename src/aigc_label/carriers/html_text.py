"""What the markup of an HTML page says: characters behind references, in the page's encoding.

What is written is ASCII, with character references for the rest, so that it says the same whatever
encoding a page has or claims.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.containers.text_bytes import TextPart

_DECLARED = r"""(?i)(?:charset|encoding)[ \t]*=[ \t]*["']?"""
_CODECS = (
    r"(utf-?8|gbk?\d*|big5(?:-hkscs)?|shift_jis|euc-\w{2}|windows-\d{3,4}|iso-8859-\d{1,2}|koi8-\w)"
)
_REFERENCE = (  # in an attribute, a name without a semicolon is none before "=" or a letter
    r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,32}(?:;|(?![A-Za-z0-9=])))"
)
# What character references cannot stand for: those of 0x80 to 0x9F mean other characters, and
# XML has none for these at the end of a plane.
_NO_REFERENCE = "[\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0010fffe\U0010ffff]"


def plain(part: TextPart, raw: str) -> str:
    """The characters of an attribute's value."""
    text = decoded(part, raw)[0]
    return re.sub(_REFERENCE, _character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    from html import unescape  # noqa: PLC0415 - its table of entities takes long to load
    from html.entities import html5  # noqa: PLC0415 - as above

    reference = found.group()
    return unescape(reference) if reference[1] == "#" else html5.get(reference[1:], reference)


def decoded(part: TextPart, raw: str) -> tuple[str, str]:
    """What a stretch says, and the encoding that gives its bytes back."""
    if part.encoding != "latin-1" or raw.isascii():
        return raw, part.encoding
    data = raw.encode("latin-1")
    declared = re.search(_DECLARED + _CODECS, part.text[:1024])
    for codec in ("utf-8", declared[1] if declared else "gb18030", "gb18030"):
        try:
            return data.decode(codec), codec
        except (UnicodeDecodeError, LookupError):
            continue
    return raw, "latin-1"


def escaped(text: str) -> str:
    """A text as the value of a double-quoted attribute, in ASCII; JSON stays the same JSON."""
    text = re.sub(_NO_REFERENCE, lambda found: json.dumps(found.group())[1:-1], text)
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, reference)
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
