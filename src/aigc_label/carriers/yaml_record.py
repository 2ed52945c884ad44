"""The label as an entry of a YAML mapping (TC260-PG-20258A 6.5), in front matter and elsewhere."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from aigc_label.carriers import record
from aigc_label.containers import frontmatter
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.frontmatter import Entry, FrontMatter
    from aigc_label.model import ImplicitLabel

KEY = "AIGC"

Edits: TypeAlias = list[tuple[int, int, str]]
"""Stretches of a text, by their first character and the one behind, and what replaces them."""

_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")  # YAML would break or drop what JSON keeps


def has_key(text: str, start: int = 0) -> bool:
    """Whether the text mentions the key at all from there: a cheap look before the costly ones."""
    return any(text.find(key, start) >= 0 for key in ("AIGC", "aigc", "Aigc"))


def entry_text(label: ImplicitLabel, *, column: int, newline: str) -> str:
    """The entry for a block mapping: seven double-quoted values, two spaces deeper than the key.

    A double-quoted YAML scalar may hold all that a JSON string holds.
    """
    lines = [f"{KEY}:"]
    for key, value in label.fields.items():
        quoted = json.dumps(value, ensure_ascii=False)
        quoted = _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
        lines.append(f"  {key}: {quoted}")
    return "".join(f"{' ' * column}{line}{newline}" for line in lines)


def labels_in(
    entries: tuple[Entry, ...], *, named: bool = True
) -> Iterator[tuple[int, int, record.Parsed]]:
    """The labels among the entries of one mapping: start, end, record.

    One editor flattens the block: ``AIGC:`` stays empty and the seven keys follow as its
    neighbours. They are then read, and replaced, together.
    """
    for index, entry in enumerate(entries):
        if entry.key.lower() != "aigc":
            continue
        value, end, exact = entry.value, entry.end, entry.exact
        flat = not value
        if flat:
            value = {}
            for neighbour in entries[index + 1 :]:
                if record.from_mapping({neighbour.key: ""}, named=True) is None:
                    break
                value.setdefault(neighbour.key, neighbour.value)
                end = neighbour.end
        if (parsed := _parsed(value, named=named)) is not None:
            quirks = list(parsed.quirks)
            quirks += ["lower-case-key"] if entry.key != KEY else []
            quirks += ["flattened"] if flat else [] if exact else ["not-yaml"]
            yield entry.start, end, record.Parsed(parsed.fields, tuple(dict.fromkeys(quirks)))


def home_edits(text: str, block: FrontMatter | None, label: ImplicitLabel, newline: str) -> Edits:
    """The edits that make the label the only one of the front matter.

    Its entry is replaced, or added as the last one; without front matter a block is put before
    everything. A second entry goes, and so do blank lines before the opening fence, behind which
    strict readers see no front matter.

    Args:
        text: the whole text, or its beginning.
        block: its front matter.
        label: what to write.
        newline: how lines end in the file.

    Returns:
        Start, end and replacement, in no order.

    Raises:
        CannotCarry: if the front matter is not YAML, so that no strict reader would find a label,
            or if it would become too long to be read back.
    """
    if (foreign := frontmatter.find_foreign(text)) is not None:
        raise CannotCarry(
            f"its front matter is {foreign[0]}; the label's place is YAML (20258A 6.5): "
            "convert it (Hugo: `hugo convert toYAML`) and label it again"
        )
    if block is None:
        entry = entry_text(label, column=0, newline=newline)
        _must_fit(len(entry))
        gap = "" if not text or text[0] in "\r\n" else newline
        return [(0, 0, f"---{newline}{entry}---{newline}{gap}")]
    newline = text[block.start : block.body].lstrip("- \t")  # files with two kinds exist
    entry = entry_text(label, column=block.column, newline=newline)
    first, *others = _occupied(block) or [(block.body_end, block.body_end)]
    edits = [(*first, entry), *((start, end, "") for start, end in others)]
    _must_be_yaml(text, block, edits)
    if block.start:
        edits.append((0, block.start, ""))
    return edits


def _occupied(block: FrontMatter) -> list[tuple[int, int]]:
    """Where labels stand in a block, and whatever else has the key, which may stand once."""
    spans = [(start, end) for start, end, _ in labels_in(block.entries)]
    taken = {start for start, _ in spans}
    spans += [(e.start, e.end) for e in block.entries if e.key == KEY and e.start not in taken]
    return sorted(spans)


def _must_be_yaml(text: str, block: FrontMatter, edits: Edits) -> None:
    body = text[block.body : block.body_end]
    for start, end, data in sorted(edits, reverse=True):
        body = body[: start - block.body] + data + body[end - block.body :]
    _must_fit(len(body))
    try:
        frontmatter.mapping(body, 0, len(body))
    except frontmatter.NotAMappingError as error:
        where = f"line {error.line + 1}: {error}" if error.line is not None else str(error)
        raise CannotCarry(
            f"its front matter is not a YAML mapping that takes another key ({where}); "
            "mend it and label it again"
        ) from None


def _must_fit(length: int) -> None:
    if length >= frontmatter.BLOCK_LIMIT - 8:  # fences and newlines
        raise CannotCarry(
            f"with this label the front matter has {length} characters; readers take "
            f"{frontmatter.BLOCK_LIMIT >> 10} KiB: shorten the reserved codes"
        )


def _parsed(value: Any, *, named: bool) -> record.Parsed | None:
    """The record in a decoded YAML value, with what YAML itself lets go wrong."""
    if isinstance(value, str):
        parsed = record.parse(value, named=named)
        return parsed and record.Parsed(parsed.fields, ("double-encoded", *parsed.quirks))
    if not isinstance(value, dict):
        return None
    quirks = [
        "label-number" if key.lower() == "label" else "number-value"
        for key, inner in value.items()
        if isinstance(inner, frontmatter.Unquoted)
    ]
    plain = {k: str(v) if isinstance(v, frontmatter.Unquoted) else v for k, v in value.items()}
    parsed = record.from_mapping(plain, named=named)
    return parsed and record.Parsed(parsed.fields, tuple(dict.fromkeys((*parsed.quirks, *quirks))))
