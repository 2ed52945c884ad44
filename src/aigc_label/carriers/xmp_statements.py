"""What an XMP packet states of its content's origin beside a label: IPTC's terms, and vendors'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import generators, traces
from aigc_label.carriers.xmp_slots import Slot, property_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.containers.xmlspans import Element
    from aigc_label.model import Signal

# A packet with none of these, where no generator is named as a tool, is not worth a parser.
_WORDS = (
    b"igitalSource",
    b"igitalsource",
    b"AI",
    b"redit",
    b"Job ID: ",
    b"Steps: ",
    b"{",
    b"ade with ",
    b"reated with ",
    b"enerated ",
)
_TOOL_NAMES = (b"CreatorTool", b"oftwareAgent")
_TOOL_LENGTH = 64  # bytes behind a property's name in which that of its tool stands
_MOST_TOOLS = 64  # looked at: a packet may have a long history


def may_speak(text: bytes) -> bool:
    """A cheap look first: whether a packet in UTF-8 may state anything."""
    return any(word in text for word in _WORDS) or _names_generator(text)


def _names_generator(text: bytes) -> bool:
    """Whether a generator stands where a packet names the tools that have made or changed it."""
    tools = set()
    for name in _TOOL_NAMES:
        at = text.find(name)
        for _ in range(_MOST_TOOLS):
            if at < 0:
                break
            at += len(name)
            tools.add(text[at : at + _TOOL_LENGTH])
            at = text.find(name, at)
    return any(generators.named(said.decode("latin-1")) for said in tools)


def _prompted(name: str) -> Callable[..., Signal]:
    return lambda _value, *, carrier: traces.prompted(name, carrier=carrier)


_STATEMENTS: dict[str, Callable[..., Signal | None]] = {
    "digitalsourcetype": traces.digital_source,
    "digitalsourcefiletype": traces.digital_source,
    "credit": traces.credit,
    "aisystemused": traces.system_used,
    "aisystemversionused": traces.system_version,
    "creatortool": traces.tool,
    "softwareagent": traces.tool,
    "description": traces.description,
    "usercomment": traces.description,
    **{name: _prompted(said) for name, said in traces.PROMPTS.items()},
}


def signals(root: Element, carrier: str) -> Iterator[Signal]:
    """IPTC's and the vendors' statements; each distinct one once."""
    seen = set()
    for element in root.walk():
        for name, value in _stated(element):
            signal = _STATEMENTS[name](value, carrier=carrier)
            if signal is not None and signal not in seen:
                seen.add(signal)
                yield signal


def _stated(element: Element) -> Iterator[tuple[str, str]]:
    """The properties that may speak of an origin, by their names in lower case; with values."""
    if (name := _property(element, element.local)) in _STATEMENTS:
        linked = (value for _, local, value in element.attributes if local == "resource")
        if value := element.text.strip() or next(linked, ""):
            yield name, value
    for _, local, value in element.attributes:
        if value and (name := _property(element, local)) in _STATEMENTS:
            yield name, value


def _property(element: Element, local: str) -> str:
    """What a name in an element stands for: the property around it, if it is of a list."""
    if local in ("li", "value"):
        return property_of(Slot(None, element, named=False))
    return local.lower()
