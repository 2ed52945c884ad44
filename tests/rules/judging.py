"""Builds inspections and judges them, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from aigc_label import profile, rules
from aigc_label.model import (
    Finding,
    FoundLabel,
    FoundMark,
    ImplicitLabel,
    Inspection,
    Medium,
    Signal,
)

FIELDS = ImplicitLabel(
    content_producer="001191110102MACQD9K64010000",
    produce_id="0b52a6ad-9b19-4c2c-8d8d-1f1f7d1b4a9f",
).fields

FORMATS: dict[Medium, dict[str, Any]] = {
    Medium.IMAGE: {"format": "png", "homes": ("png.xmp", "png.text")},
    Medium.TEXT: {"format": "markdown", "homes": ("markdown.frontmatter",)},
    Medium.AUDIO: {"format": "mp3", "homes": ("mp3.id3",)},
    Medium.VIDEO: {"format": "mp4", "homes": ("mp4.keys",)},
}


def found(*, drop: tuple[str, ...] = (), **changes: Any) -> FoundLabel:
    """A good label at home, with some fields changed (by their Annex E names) or dropped."""
    fields = {**FIELDS, **{key: changes.pop(key) for key in FIELDS if key in changes}}
    kept = {key: value for key, value in fields.items() if key not in drop}
    return FoundLabel(**{"carrier": "png.xmp", "fields": kept, "home": True, **changes})


def mark(text: str = "AI生成", **changes: Any) -> FoundMark:
    return FoundMark(**{"kind": "text", "text": text, "place": "start", **changes})


def seen(medium: Medium | None = Medium.IMAGE, **changes: Any) -> Inspection:
    """A file of 12,345 bytes with one good label and one good mark, unless changed."""
    known = FORMATS[medium] if medium else {}
    return Inspection(
        **{
            "name": "a.png",
            "size": 12_345,
            "medium": medium,
            "labels": (found(),),
            "marks": (mark(),),
            **known,
            **changes,
        }
    )


def bare(**changes: Any) -> Inspection:
    """A picture without any label, mark or signal."""
    return seen(**{"labels": (), "marks": (), **changes})


def judge(
    inspection: Inspection, *, lang: str = "en", using: profile.Profile | None = None, **asked: Any
) -> tuple[Finding, ...]:
    case = rules.Case(inspection=inspection, **asked)
    return rules.judge(case, using or profile.load(), lang)


def struck(inspection: Inspection, **asked: Any) -> dict[str, tuple[str, str]]:
    """Kind and level of the first finding of each rule that struck."""
    result: dict[str, tuple[str, str]] = {}
    for finding in judge(inspection, **asked):
        result.setdefault(finding.rule, (finding.kind, finding.level))
    return result


def c2pa(*, ai: bool | None = True, **changes: Any) -> Signal:
    detail = "trainedAlgorithmicMedia"
    return Signal(**{"scheme": "c2pa", "ai": ai, "detail": detail, **changes})
