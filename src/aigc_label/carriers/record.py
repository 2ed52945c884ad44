"""The seven-key record of GB 45438-2025 Annex E: written exactly, read tolerantly.

Reading repairs what generators are known to get wrong and says so in ``quirks``:

========================  ===================================================================
``wrapped``               the object stands in ``{"AIGC": ...}`` (Annex E's own shape; no fault)
``lower-case-key``        the wrapper's key is not written ``AIGC``
``key-spelling``          a key in another spelling or case (``ReserveCode1``, ``produceID``)
``key-unknown``           a key that Annex E does not know
``duplicate-key``         one key given twice
``label-number``          ``Label`` is a JSON number
``label-word``            ``Label`` is a word, an enum name or padded
``null-value``            a value is null
``number-value``          another value is a number or a boolean
``nested-object``         a value is an object or a list where a string belongs
``double-encoded``        the object is a JSON string inside JSON
``entity-escaped``        XML entities stand in the text
``base64``                the text is Base64
``not-json``              quoted as a programming language prints it, not as JSON
``trailing-comma``        a comma before a closing brace
``trailing-garbage``      text behind the object
``control-characters``    raw control characters inside a string, or odd ones between the fields
``truncated``             the object ends early; complete pairs were kept
========================  ===================================================================
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label import wording
from aigc_label.model import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import ImplicitLabel

LONGEST = 1 << 20
"""Characters of text looked at: no label comes near it."""

_NESTING = (
    4  # wrapper, JSON string, wrapper, object: more has not been met and will not be followed
)
_ENOUGH = 3  # keys that make an unnamed object a label
_SCAN_HITS = 64

_ALIASES = {
    "label": "Label",
    "contentproducer": "ContentProducer",
    "produceid": "ProduceID",
    "producerid": "ProduceID",
    "reservedcode1": "ReservedCode1",
    "reservecode1": "ReservedCode1",
    "contentpropagator": "ContentPropagator",
    "propagator": "ContentPropagator",
    "propagateid": "PropagateID",
    "propagatorid": "PropagateID",
    "propatorid": "PropagateID",
    "reservedcode2": "ReservedCode2",
    "reservecode2": "ReservedCode2",
}
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FIELD_SET = frozenset(FIELDS)
_LABEL_WORDS = {
    "aigc": "1",
    "ai_generated": "1",
    "aigenerated": "1",
    "ai_generated_content": "1",
    "confirmed": "1",
    "possible": "2",
    "possibly": "2",
    "maybe": "2",
    "suspected": "3",
}
# Slips that few files have: `re` compiles these at first use, and keeps them.
_PAIR = r'"([A-Za-z0-9_]{1,40})"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+|null)'
_CONTROLS = r'("(?:[^"\\]|\\[\s\S])*")|[\x00-\x1f]'  # outside strings, which stay as they are
_TRAILING_COMMA = r",(\s*[}\]])"
_HIGH = rb"[\x80-\xff]+"
_BARE_QUOTES = r'"(?=\{")|(?<=\})"(?=\s*\})'  # around an object whose own are not escaped
_BASE64 = r"[A-Za-z0-9+/_-]{16,}={0,2}"
_NAMED_OBJECT = rb"(?i:AIGC)[\"']?[\s\x00]{0,8}[:=]?\s{0,8}[\"']?(?=\{)"


class Parsed(NamedTuple):
    """A record as read: fields under their standard names, and how the writing deviates."""

    fields: dict[str, str]
    quirks: tuple[str, ...] = ()


def dump(label: ImplicitLabel) -> str:
    """The bare object, compact, in Annex E's order: for slots that are named ``AIGC``."""
    return _COMPACT.encode(label.fields)


def dump_wrapped(label: ImplicitLabel) -> str:
    """The object in Annex E's wrapper: for slots that bear no name (20259A Annex B)."""
    return '{"AIGC": ' + dump(label) + "}"


def parse(text: str | bytes, *, named: bool) -> Parsed | None:
    """Read a record from the text of one slot, or ``None`` if it holds none. Never raises.

    Args:
        text: the slot's content; bytes are read by :func:`decoded`.
        named: whether the slot itself is called AIGC. Then one of the seven keys suffices;
            otherwise the object must stand in an ``AIGC`` wrapper or have three of them.
    """
    if isinstance(text, bytes):
        text = decoded(text[:LONGEST])
    quirks: list[str] = []
    value = _load(text[:LONGEST].strip("\x00\ufeff \t\r\n"), quirks)
    return _from_value(value, quirks, named=named, depth=0)


def decoded(raw: bytes) -> str:
    """Text whose encoding nobody states. Never raises.

    UTF-8 as the guides have it, UTF-16 by its mark, else GB 18030, in which older programs of
    China write; what is none of them is taken for Latin-1.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if sum(not char.isascii() for char in text) > 2 * wrong:
        return text  # damaged here and there
    if all(len(run) % 2 == 0 for run in re.findall(_HIGH, raw)):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode("gb18030")
    return raw.decode("latin-1")


def is_key(name: str) -> bool:
    """Whether a name is one of the seven keys, in any case or known misspelling."""
    return name.lower() in _ALIASES


def from_mapping(mapping: Mapping[Any, Any], *, named: bool) -> Parsed | None:
    """Read a record from an already decoded mapping (YAML, split XMP properties)."""
    return _from_value(mapping, [], named=named, depth=0)


def scan(data: bytes) -> Iterator[tuple[int, Parsed]]:
    """Yield the records that stand as ``AIGC{...}`` or ``"AIGC": {...}`` in raw bytes.

    NULs may end the name, as they end that of a JPEG application segment.

    Yields:
        The offset of the opening brace, and the record.
    """
    named_object = re.compile(_NAMED_OBJECT)
    at = hits = 0
    while hits < _SCAN_HITS and (found := named_object.search(data, at)) is not None:
        start = found.end()
        end = closing_brace(data, start)
        if (parsed := parse(data[start:end], named=True)) is not None:
            odd = () if b"AIGC" in found.group() else ("lower-case-key",)
            yield start, Parsed(parsed.fields, parsed.quirks + odd)
            at = end
        else:
            at = start + 1
        hits += 1


def closing_brace(data: bytes, start: int) -> int:
    """The offset behind the brace that closes the one at ``start``, or a bounded end."""
    depth = 0
    for found in re.compile(rb"[{}]").finditer(data, start, start + (1 << 16)):
        depth += 1 if found.group() == b"{" else -1
        if depth == 0:
            return found.end()
    return min(len(data), start + (1 << 16))


def _from_value(value: object, quirks: list[str], *, named: bool, depth: int) -> Parsed | None:
    if depth > _NESTING:
        return None
    if isinstance(value, str):
        inner = _load(value.strip("\x00\ufeff \t\r\n"), quirks)
        if inner is None or isinstance(inner, str):
            return None
        quirks.append("double-encoded")
        return _from_value(inner, quirks, named=named, depth=depth + 1)
    if not isinstance(value, Mapping):
        return None
    for key, inner in value.items():
        if isinstance(key, str) and key.lower() == "aigc":
            quirks.append("wrapped" if key == "AIGC" else "lower-case-key")
            return _from_value(inner, quirks, named=True, depth=depth + 1)
    return _from_fields(value, quirks, named=named)


def _from_fields(
    mapping: Mapping[object, object], quirks: list[str], *, named: bool
) -> Parsed | None:
    fields: dict[str, str] = {}
    unknown = False
    for key, value in mapping.items():
        if key in _FIELD_SET:
            name = str(key)
        else:
            alias = _ALIASES.get(re.sub(r"[\s_-]", "", str(key)[:64]).lower())
            if alias is None:
                unknown = True
                continue
            name = alias
            quirks.append("key-spelling")
        if name in fields:
            quirks.append("duplicate-key")
            continue
        fields[name] = value if type(value) is str else _as_text(name, value, quirks)
    if len(fields) < (1 if named else _ENOUGH) or fields.get("Label", "")[:1] in ("{", "["):
        return None  # the second: a schema of labels describes what Label is
    if unknown:
        quirks.append("key-unknown")
    label = fields.get("Label")
    if label is not None and label not in ("1", "2", "3"):
        fields["Label"] = _repaired_label(label, quirks)
    return Parsed(fields, tuple(dict.fromkeys(quirks)))


def _as_text(name: str, value: object, quirks: list[str]) -> str:
    if value is None:
        quirks.append("null-value")
        return ""
    if isinstance(value, (int, float)):
        quirks.append("label-number" if name == "Label" else "number-value")
        whole = isinstance(value, float) and value.is_integer()
        try:
            return str(int(value)) if whole else str(value)
        except ValueError:  # Python prints no integer of more than 4,300 digits
            return ""
    quirks.append("nested-object")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (ValueError, TypeError, RecursionError):
        return ""


def _repaired_label(label: str, quirks: list[str]) -> str:
    """``1``, ``2`` or ``3`` for the words that are known to stand for them; others as they are."""
    word = label.strip().rpartition(".")[2]
    code = word if word in ("1", "2", "3") else _LABEL_WORDS.get(re.sub(r"[ -]", "_", word.lower()))
    code = code or _stated(label)
    if code is None:
        return label
    quirks.append("label-word")
    return code


def _stated(words: str) -> str | None:
    """What a phrase says, by the words of Annex E; ``None`` if it says nothing or denies it."""
    if re.search(r"[非不未无否]|(?i:\bno[tn]?\b)", words):
        return None
    for word, code in (("疑似", "3"), ("可能", "2"), ("属于", "1")):
        if word in words:
            return code
    return "1" if wording.is_prompt(words) else None


def _pairs(quirks: list[str]) -> Any:
    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        built = dict(pairs)
        if len(built) != len(pairs):
            quirks.append("duplicate-key")
            built = dict(reversed(pairs))  # the first one counts
        return built

    return build


def _load(text: str, quirks: list[str]) -> object:
    """The JSON value in ``text``, repaired where a known slip asks for it; ``None`` if none."""
    if not text:
        return None
    if text[0] not in '{"':
        return _load_unusual(text, quirks)
    try:
        return json.loads(text, object_pairs_hook=_pairs(quirks))
    except (ValueError, RecursionError):
        pass
    for quirk, repaired in _repairs(text):
        try:
            decoder = json.JSONDecoder(object_pairs_hook=_pairs(quirks), strict=False)
            value, end = decoder.raw_decode(repaired)
        except (ValueError, RecursionError):
            continue
        quirks.extend(quirk)
        if repaired[end:].strip("\x00 \t\r\n"):
            quirks.append("trailing-garbage")
        return value
    return _load_literal(text, quirks) or _load_truncated(text, quirks)


def _repairs(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Candidate texts with the quirks that each would prove."""
    if re.search(r"[\x00-\x1f]", text):
        yield ("control-characters",), text
        yield ("control-characters",), re.sub(_CONTROLS, lambda found: found[1] or " ", text)
    yield (), text
    if "&" in text:
        once = _unescape(text)
        yield ("entity-escaped",), once
        if "&" in once:
            yield ("entity-escaped",), _unescape(once)
    if re.search(_TRAILING_COMMA, text):
        yield ("trailing-comma",), re.sub(_TRAILING_COMMA, r"\1", text)
    if re.search(_BARE_QUOTES, text):
        yield ("double-encoded",), re.sub(_BARE_QUOTES, "", text)
    if '\\"' in text[:16]:
        yield ("double-encoded",), text.replace('\\"', '"').replace("\\\\", "\\")


def _unescape(text: str) -> str:
    import html  # noqa: PLC0415 - its table of entities takes longer to load than most files

    return html.unescape(text)


def _load_unusual(text: str, quirks: list[str]) -> object:
    """Text that does not begin as JSON does: entities, a name in front, or Base64."""
    if text.startswith(("&quot;", "&#")):
        plain = _unescape(text)
        if plain[:1] not in ("{", '"'):  # entities of entities: nobody writes them that deep
            return None
        quirks.append("entity-escaped")
        return _load(plain, quirks)
    prefix, brace, rest = text.partition("{")
    name = prefix.strip(" \t\r\n:=\"'").upper().removeprefix("TC260:")
    if brace and name in ("AIGC", ""):  # or only the quotes that a shell was meant to take away
        value = _load(brace + rest, quirks)
        return {name: value} if name else value
    if re.fullmatch(_BASE64, text):
        import base64  # noqa: PLC0415 - a slip that few files have

        try:
            padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
            raw = base64.b64decode(padded, altchars=b"-_" if set(text) & {"-", "_"} else None)
            decoded = raw.decode("utf-8").strip()
        except ValueError:
            return None
        if decoded.startswith(("{", "AIGC")):
            quirks.append("base64")
            return _load(decoded, quirks)
    return None


def _load_literal(text: str, quirks: list[str]) -> object:
    """A dictionary as Python prints it (``{'Label': '1'}``), which one package writes."""
    if "'" not in text or len(text) > 1 << 16:
        return None
    import ast  # noqa: PLC0415 - a slip that few files have

    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    if isinstance(value, dict):
        quirks.append("not-json")
        return value
    return None


def _load_truncated(text: str, quirks: list[str]) -> object:
    """The complete ``"key": value`` pairs of an object that breaks off."""
    pairs: dict[str, object] = {}
    for key, raw in re.findall(_PAIR, text[: 1 << 16]):
        try:
            pairs.setdefault(key, json.loads(raw, strict=False))
        except ValueError:
            continue
    if not any(_ALIASES.get(key.lower()) for key in pairs):
        return None
    quirks.append("truncated")
    return {"AIGC": pairs} if re.match(r'\{\s*"AIGC"', text) else pairs
