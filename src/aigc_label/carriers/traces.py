"""Other traces of generation: what IPTC, C2PA and single vendors write beside a GB label.

They are signals, never labels. Each function looks at one value that a format has at hand and
costs little; the facts are those of the vendors' own files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.model import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

STORE_READ = 4 << 20
"""Bytes of a C2PA store worth reading for a statement: thumbnails stand in front of it, one for
each ingredient. Validating the store is another matter."""

_AI_SOURCES = {
    "trainedalgorithmicmedia": "trainedAlgorithmicMedia",
    "compositewithtrainedalgorithmicmedia": "compositeWithTrainedAlgorithmicMedia",
    "compositesynthetic": "compositeSynthetic",
    "composite including synthetic elements": "composite including synthetic elements",
}
_OTHER_SOURCES = {
    term.lower(): term
    for term in (
        "digitalCapture",
        "computationalCapture",
        "negativeFilm",
        "positiveFilm",
        "print",
        "humanEdits",
        "minorHumanEdits",
        "digitalCreation",
        "digitalArt",
        "compositeCapture",
    )
}
"""IPTC's terms for what a camera or a human hand has made."""

_C2PA_SOURCES = (b"compositeWithTrainedAlgorithmicMedia", b"trainedAlgorithmicMedia")
_CREATED = b"c2pa.created"
_ACTION = b"\x66action"  # the key, as CBOR; "actions", the list around it, is one byte longer
_MANIFEST = rb"jumdc2(?:ma|um)\x00\x11"  # the type that begins a manifest, or an update of one

_CREDITS = (
    ("made with google ai", "Google AI"),
    ("edited with google ai", "Google AI"),
    ("ai-generated with google", "Google Photos"),
    ("apple image playground", "Apple Image Playground"),
)
_GENERATED = r"\bai[ -]generated\b"
_TOOLS = (
    ("novelai", "NovelAI"),
    ("midjourney", "Midjourney"),
    ("adobe firefly", "Adobe Firefly"),
    ("adobe_firefly", "Adobe Firefly"),
    ("ideogram", "Ideogram"),
    ("stable diffusion", "Stable Diffusion"),
    ("invokeai", "InvokeAI"),
    ("comfyui", "ComfyUI"),
    ("fooocus", "Fooocus"),
    ("image playground", "Apple Image Playground"),
)
_PNG_KEYWORDS: dict[str, tuple[str, str]] = {
    # keyword: what its text must hold, who writes it
    "parameters": ("Steps: ", "Stable Diffusion WebUI"),
    "prompt": ('"class_type"', "ComfyUI"),
    "workflow": ('"nodes"', "ComfyUI"),
    "fooocus_scheme": ("", "Fooocus"),
    "dream": ("", "InvokeAI"),
    "sd-metadata": ("", "InvokeAI"),
    "invokeai_metadata": ("", "InvokeAI"),
    "hf-job-id": ("", "Higgsfield"),
}
_JOB = r"Job ID: [0-9a-f]{8}-[0-9a-f]{4}-"
_NODES = r"(?i:prompt|workflow):\s*\{"  # ComfyUI's JSON, where a tag has no name of its own
_GROK = r"Signature: [A-Za-z0-9+/=]{40}"
_KLING = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e")  # SEI message of the Kling service
_NOVELAI = r'"Software"\s*:\s*"NovelAI"'
_SAMPLER = r"Steps: \d+, Sampler: "
_SERVICE = r'"ServiceProvider"\s*:\s*"([^"]{1,80})"'


SYSTEM_VERSION = "AISystemVersionUsed"
"""What the detail of a signal about a system's version begins with."""


def digital_source(value: str, *, carrier: str) -> Signal | None:
    """IPTC ``DigitalSourceType``, as ``http`` or ``https`` URI, bare term or Google's words.

    Or a member of schema.org's enumeration of the same terms.

    The terms that speak of trained models say AI, those that name a camera or a human hand say
    that it is none; others say nothing: ``algorithmicMedia`` is procedural.
    """
    term = value.strip().rstrip("/").rpartition("/")[2].lower().removesuffix("digitalsource")
    if known := _AI_SOURCES.get(term):
        return Signal(scheme="iptc", ai=True, detail=known, carrier=carrier)
    if known := _OTHER_SOURCES.get(term):
        return Signal(scheme="iptc", ai=False, detail=known, carrier=carrier)
    return None


def credit(value: str, *, carrier: str) -> Signal | None:
    """A credit line that names a generator, such as ``Made with Google AI``."""
    lowered = value[:400].lower()
    for words, generator in _CREDITS:
        if words in lowered:
            return _vendor(value, generator, carrier)
    return _vendor(value, None, carrier) if re.search(_GENERATED, lowered) else None


def iim(data: bytes, *, carrier: str) -> Signal | None:
    """The credit line (2:110) of an IPTC-IIM block, which may stand in a Photoshop resource."""
    at = data.find(b"\x1c\x02\x6e")
    if at < 0:
        return None
    length = int.from_bytes(data[at + 3 : at + 5], "big")
    return credit(data[at + 5 : at + 5 + length].decode("utf-8", "replace"), carrier=carrier)


def system_used(value: str, *, carrier: str) -> Signal:
    """IPTC 2025.1 ``AISystemUsed``: the system that made or changed the content."""
    name = value.strip()[:80]
    return Signal(
        scheme="iptc", ai=True, detail="AISystemUsed", generator=name or None, carrier=carrier
    )


def system_version(value: str, *, carrier: str) -> Signal:
    """IPTC 2025.1 ``AISystemVersionUsed``, which says nothing of who or whether by itself."""
    detail = f"{SYSTEM_VERSION} {value.strip()[:80]}"
    return Signal(scheme="iptc", ai=None, detail=detail, carrier=carrier)


def tool(value: str, *, carrier: str) -> Signal | None:
    """The name of a generator in a field for software or device names."""
    lowered = value[:400].lower()
    for words, generator in _TOOLS:
        if words in lowered:
            return _vendor(value, generator, carrier)
    return None


def keyword(name: str, value: str, *, carrier: str) -> Signal | None:
    """A text under a keyword: a generator's settings, or an IPTC property of that name."""
    if name.lower() == "digitalsourcetype":
        return digital_source(value, carrier=carrier)
    if name.lower() == "aisystemused" and value.strip():
        return system_used(value, carrier=carrier)
    if name.lower() == "aisystemversionused" and value.strip():
        return system_version(value, carrier=carrier)
    known = _PNG_KEYWORDS.get(name.lower())
    if known is not None:
        if known[0] in value:
            return _vendor(f"{name}: settings of a generation", known[1], carrier)
        if name == "parameters" and value.lstrip().startswith("{"):
            return _vendor("parameters: settings of a generation", "Fooocus", carrier)
        return None
    if name in ("Software", "Source", "Title", "Make"):
        return tool(value, carrier=carrier)
    return description(value, carrier=carrier)


def description(value: str, *, carrier: str) -> Signal | None:
    """Free text (a description or a comment) in one vendor's typical shape."""
    if re.search(_SAMPLER, value):
        return _vendor("settings of a generation", "Stable Diffusion WebUI", carrier)
    if re.match(_NODES, value) and ('"class_type"' in value or '"nodes"' in value):
        return _vendor("settings of a generation", "ComfyUI", carrier)
    if re.search(_NOVELAI, value):
        return _vendor("settings of a generation", "NovelAI", carrier)
    if re.search(_JOB, value):
        return _vendor("Job ID in the description", "Midjourney", carrier)
    if re.match(_GROK, value):
        return _vendor("Signature in the description", "xAI Grok", carrier)
    if '"aigc_info"' in value:
        # ByteDance's code here is not the Label of Annex E; 0 stands on generated pictures.
        made = True if '"exportType":"generation"' in value.replace(" ", "") else None
        return Signal(
            scheme="vendor",
            ai=made,
            detail="aigc_info object",
            generator="Jimeng (Dreamina)" if "dreamina" in value else None,
            carrier=carrier,
        )
    if '"ServiceProvider"' in value and '"AIGC"' in value:
        found = re.search(_SERVICE, value)
        return _vendor("ServiceProvider object", found[1] if found else None, carrier)
    return credit(value, carrier=carrier) if value.startswith(("Made with", "AI")) else None


def c2pa(store: bytes, *, carrier: str) -> Signal | None:
    """What the beginning of a C2PA manifest store says about AI, without validating it.

    Ingredients' manifests stand first and the file's own last; the tool and the action named are
    those of the last one that created AI content, else of the last one to speak of AI: platforms
    that sign what they pass on repeat the source, but made nothing.

    Args:
        store: JUMBF bytes, at most :data:`STORE_READ` of them.
        carrier: the place.
    """
    if b"jumb" not in store[:64] or b"c2pa" not in store:
        return None
    source = next((term for term in _C2PA_SOURCES if term in store), None)
    manifests = re.split(_MANIFEST, store)
    spoken = [one for one in manifests if any(term in one for term in _C2PA_SOURCES)]
    creators = [one for one in spoken if _CREATED in one]
    speaker = (creators or spoken or manifests)[-1]
    return Signal(
        scheme="c2pa",
        ai=True if source else None,
        detail=source.decode() if source else "manifest present",
        generator=next(_claim_generators(speaker), None),
        carrier=carrier,
        action=_first_action(speaker),
    )


def sei(data: bytes, *, carrier: str) -> Signal | None:
    """The H.264 SEI message that Kling puts into the first frame; copying streams keeps it.

    Args:
        data: the beginning of the first frames.
        carrier: the place.
    """
    return _vendor("kling-ai", "Kling", carrier) if _KLING in data else None


def _claim_generators(store: bytes) -> Iterator[str]:
    """Names behind ``claim_generator_info`` (CBOR: a map, or a list of maps) or the older key."""
    for key in (b"claim_generator_info", b"claim_generator"):
        at = store.find(key)
        if at < 0:
            continue
        at += len(key)
        if key.endswith(b"_info"):
            at = store.find(b"\x64name", at, at + 256)
            if at < 0:
                continue
            at += 5
        if name := _cbor_text(store, at):
            yield name


def _first_action(store: bytes) -> str | None:
    """What the first action of a manifest is called, without its prefix: ``created``."""
    at = store.find(_ACTION)
    name = _cbor_text(store, at + len(_ACTION)) if at >= 0 else ""
    return name.removeprefix("c2pa.") or None


def _cbor_text(data: bytes, at: int) -> str:
    """The CBOR text string (RFC 8949 major type 3) at ``at``, ``""`` if there is none."""
    head = data[at] if at < len(data) else 0
    if 0x60 <= head <= 0x77:
        text = data[at + 1 : at + 1 + (head & 0x1F)]
    elif head == 0x78 and at + 1 < len(data):
        text = data[at + 2 : at + 2 + data[at + 1]]
    else:
        return ""
    return text.decode("utf-8", "replace")


def _vendor(detail: str, generator: str | None, carrier: str) -> Signal:
    return Signal(
        scheme="vendor", ai=True, detail=detail[:200], generator=generator, carrier=carrier
    )
