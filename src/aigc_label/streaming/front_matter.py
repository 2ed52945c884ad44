"""Front matter in a text that is still coming: where it ends, as soon as that can be told."""

from __future__ import annotations

import json
import re

from aigc_label.containers import frontmatter
from aigc_label.errors import LimitExceeded

_YAML_CUT = re.compile(r"-{1,2}|---[ \t]*\r?")
_YAML = re.compile(r"[ \t\r\n]*---[ \t]*(?:\r\n|\n|\r)")
_CLOSING = re.compile(r"(?<=[\r\n])(?:---|\.\.\.)[ \t]*[\r\n]")
_NO_MAPPING = re.compile(  # begins with what is no YAML mapping, and no line of one
    r"(?:[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?(?:\r\n|\n|\r))*+ *"
    r"(?:-[ \t]|\*[^\w-]|[^\s?!&%\"'{\[.#:\ufeff-][^:\r\n\x85\u2028\u2029]*[\r\n])"
)
_TOML_CUT = re.compile(r"\+{1,2}|\+\+\+[ \t]*")
_TOML = re.compile(r"\+\+\+[ \t]*[\r\n]")
_JSON = re.compile(r"\{[ \t\r\n]*(?:[\"}]|\Z)")
_BEHIND_JSON_CUT = re.compile(r"[ \t]*\r?")
_TOKEN = 10  # characters of the longest JSON literal or escape, which may be cut at the end


def lines_end(text: str) -> int:
    """Behind the last newline; a CR at the end may be half of one."""
    end = len(text) - text.endswith("\r")
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1


def end_of(text: str, *, final: bool) -> int | None:
    """Behind the front matter, 0 where there is none; ``None`` if that cannot be told yet.

    Args:
        text: a text, or its beginning.
        final: whether nothing that follows shall be waited for.
    """
    if final:
        try:
            return frontmatter.content_start(text)
        except LimitExceeded:
            return 0
    shown = text.lstrip(" \t\r\n")
    if not shown:
        return None
    blanks = text[: -len(shown)]
    if shown[0] == "-" and not blanks.endswith((" ", "\t")):
        return _end_of_yaml(text, shown)
    if shown[0] == "+" and not blanks:
        return _end_of_toml(text)
    if shown[0] == "{" and not blanks:
        return _end_of_json(text)
    return 0


def _end_of_yaml(text: str, shown: str) -> int | None:
    if _YAML_CUT.fullmatch(shown):
        return None
    opening = _YAML.match(text)
    if opening is None:
        return 0
    lines = text[: lines_end(text)]
    if _CLOSING.search(lines, opening.end()):
        return frontmatter.content_start(lines)
    return 0 if _NO_MAPPING.match(lines, opening.end()) else None


def _end_of_toml(text: str) -> int | None:
    if _TOML.match(text):
        found = frontmatter.find_foreign(text[: lines_end(text)])
        return found[1] if found is not None else None
    return None if _TOML_CUT.fullmatch(text) else 0


def _end_of_json(text: str) -> int | None:
    if _JSON.match(text) is None:
        return 0
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or len(text) - error.pos <= _TOKEN
        return None if cut else 0
    except (ValueError, RecursionError):
        return 0
    if value and _BEHIND_JSON_CUT.fullmatch(text, end):
        return None
    return frontmatter.content_start(text)
