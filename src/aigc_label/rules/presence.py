"""Rules on whether an implicit label is there, where, and how often (GB 45438-2025 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.model import FIELDS, Medium
from aigc_label.rules.file import is_empty
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aigc_label.model import FoundLabel

_MADE = ("Label", "ContentProducer", "ProduceID", "ReservedCode1")
_GUIDES = {
    Medium.VIDEO: "TC260-PG-20257A",
    Medium.TEXT: "TC260-PG-20258A",
    Medium.IMAGE: "TC260-PG-20259A",
    Medium.AUDIO: "TC260-PG-202510A",
}


def _missing(case: Case) -> Iterable[Hit]:
    """The metadata holds no GB 45438 label.

    Clause 6.1 of GB 45438-2025 and article 5 of the Measures ask that the file data of generated
    content carries a label: that it is generated, who made it, and under which number. It is due
    even where a user asked for content without a visible label (article 9).

    Every place where labels are known to stand is searched, also wrong ones and sloppy writings.
    Statements of other schemes (C2PA, IPTC) do not count. The finding is *open* when reading
    stopped early, and *not applicable* for plain text and others that have no place for metadata.

    **Fails:** a PNG straight from a model, or after a screenshot, a crop or a re-encoding that
    dropped the metadata.

    **Passes:** the same PNG with the record in its XMP packet.

    **To mend:** the producer runs `aigc-label label FILE --producer CODE --in-place` (with
    `--no-explicit` where the format takes no mark, or bears one); a platform
    whose user declares the content runs
    `aigc-label propagate FILE --propagator CODE --declared --in-place`.
    """
    seen = case.inspection
    if case.only == "explicit":
        return (Hit(kind="open", words="unasked"),)
    if seen.labels or is_empty(case):
        return ()
    if seen.problem is not None or seen.format is None:
        return (Hit(kind="open"),)
    slots = seen.homes or seen.places
    if not slots:
        return (Hit(kind="notApplicable", arguments={"format": seen.format}),)
    words = "declared" if case.declared else ""
    return (Hit(words=words, arguments={"homes": ", ".join(slots)}),)


_NO_LABEL = Words(
    "no implicit label in the metadata (its place: {homes})",
    "元数据中没有隐式标识（应在：{homes}）",
)
_DECLARE = Words(
    "aigc-label propagate {file} --propagator CODE --declared --in-place",
    "aigc-label propagate {file} --propagator CODE --declared --in-place",
)

MISSING = Rule(
    id="implicit.missing",
    clause="GB 45438-2025 6.1",
    level="error",
    binding="shall",
    title=Words("the metadata holds an implicit label", "元数据含有隐式标识"),
    messages={
        "fail": _NO_LABEL,
        "declared": _NO_LABEL,
        "open": Words(
            "whether there is an implicit label is open: the file was not read to its end",
            "文件未能读完，无法确定是否含有隐式标识",
        ),
        "unasked": Words(
            "the implicit label was not judged: only the explicit one was asked about",
            "按要求只检查显式标识，未检查隐式标识",
        ),
        "notApplicable": Words(
            "{format} has no place for metadata: its only label is the explicit one",
            "{format} 格式无处写入元数据，只能使用显式标识",
        ),
    },
    advice={
        "fail": Words("the producer: {command}", "由生成合成服务提供者执行：{command}"),
        "declared": _DECLARE,
    },
    judge=_missing,
)


def _misplaced(case: Case) -> Iterable[Hit]:
    """A label is there, but not where the guide for this format puts it.

    The TC260 practice guides of August 2025 name one place for each format (and a second one for
    JPEG and PNG); platforms look there. The CAC notice of 2025-11-25 counted a label in a
    non-standard position among the violations. `aigc-label formats` lists the places.

    Where no guide speaks about a format, a label in it is only noted; a profile that has decided
    for our place in such a format says so: `[homes]`, `"epub" = true`.

    **Fails:** a JPEG with the record in EXIF `ImageDescription`; an MP4 with it in `©cmt`.

    **Passes:** a JPEG with it in XMP or in EXIF `UserComment`; an MP4 with the key `AIGC` in
    `moov.udta.meta`.

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`: the label is
    written to its place as it is, and taken from the others.
    """
    labels = case.labels
    if not labels or any(label.home for label in labels):
        return ()
    seen = case.inspection
    if not seen.homes:
        ours = [label for label in labels if label.carrier in seen.places]
        if case.ours_are_homes and ours:
            return ()
        return [
            Hit(
                words=words,
                level="note",
                clause=MISSING.clause,  # which asks for a label, and no guide for this place
                label=label,
                arguments={"format": seen.format},
            )
            for label in labels
            for words in ("ours" if label in ours else "homeless",)
        ]
    guide = f"{_GUIDES[seen.medium]}; " if seen.medium else ""
    return [
        Hit(
            words="inside" if label.carrier in seen.homes else "",
            label=label,
            clause=f"{guide}CAC notice of 2025-11-25",
            arguments={"homes": ", ".join(seen.homes)},
        )
        for label in labels
    ]


MISPLACED = Rule(
    id="implicit.misplaced",
    clause="TC260 carrier guides; CAC notice of 2025-11-25",
    level="error",
    binding="guide",
    title=Words("the label stands in the guide's place", "隐式标识位于指南规定的位置"),
    messages={
        "fail": Words(
            "the label stands in {carrier}; its place in this format is {homes}",
            "隐式标识写在 {carrier}，该格式规定的位置是 {homes}",
        ),
        "inside": Words(
            "the label stands in {carrier}, but not at the spot or in the form that guides name",
            "隐式标识写在 {carrier} 中，但具体位置或形式不符合指南规定",
        ),
        "ours": Words(
            "the label stands in {carrier}: our place, as no guide names one for {format}",
            "隐式标识写在 {carrier}：现行指南没有规定 {format} 格式的位置，这是本工具自定的位置",
        ),
        "homeless": Words(
            "the label stands in {carrier}; no guide names a place for {format}",
            "隐式标识写在 {carrier}，现行指南没有规定 {format} 格式的位置",
        ),
    },
    advice=dict.fromkeys(
        ("fail", "inside"), Words("the producer: {command}", "由生成合成服务提供者执行：{command}")
    ),
    judge=_misplaced,
    needs="label",
)


def _multiple(case: Case) -> Iterable[Hit]:
    """The file bears more than one label.

    Clause 6.1 c allows only one metadata label in a file: whoever updates it replaces it. The
    standard does not say whether two *equal* copies in two places (XMP and EXIF, say) are "more
    than one". Checkers that we know of say yes, and so does this rule; a profile that takes the
    other reading sets `"implicit.multiple" = "note"` and keeps `implicit.disagree`.

    **Fails:** a Markdown file with a second front matter stacked on the first; a PNG whose label
    an editor has copied from `eXIf` to XMP.

    **Passes:** one label.

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`: where the
    copies agree, one is left.
    """
    labels = case.labels
    if len(labels) < 2:
        return ()
    places = ", ".join(dict.fromkeys(label.carrier for label in labels))
    agreed = all(len({label.fields.get(key, "") for label in labels} - {""}) < 2 for key in _MADE)
    words = "" if agreed and not _has_owners(labels) else "differing"
    return (Hit(words=words, label=labels[1], arguments={"count": len(labels), "places": places}),)


def _has_owners(labels: Sequence[FoundLabel]) -> bool:
    """Whether they are not all of one service: of several producers, or of a platform besides."""
    named = {label.fields.get("ContentProducer", "") for label in labels}
    unnamed = any(
        not label.fields.get("ContentProducer") and label.fields.get("ContentPropagator")
        for label in labels
    )
    return len(named - {""}) + unnamed > 1


MULTIPLE = Rule(
    id="implicit.multiple",
    clause="GB 45438-2025 6.1 c",
    level="error",
    binding="shall",
    title=Words("there is only one label", "隐式标识只有一个"),
    messages=dict.fromkeys(
        ("fail", "differing"),
        Words(
            "{count} labels in one file ({places}); only one is allowed",
            "一个文件中有 {count} 个隐式标识（{places}），标准只允许一个",
        ),
    ),
    advice={
        "fail": Words("the producer: {command}", "由生成合成服务提供者执行：{command}"),
        "differing": Words(
            "first settle which one is right (implicit.disagree)",
            "请先确定哪一个正确（见 implicit.disagree）",
        ),
    },
    judge=_multiple,
    needs="label",
)


def _disagree(case: Case) -> Iterable[Hit]:
    """Two labels in the file say different things.

    Beyond being more than one (6.1 c), they leave open who made the content or whether it is
    generated at all. The state of article 6 is taken from the strongest of them, but no program
    can settle which one is right.

    **Fails:** XMP names one producer and `tEXt` another; one front matter says `Label` 1 and the
    next one 2.

    **Passes:** one label, or copies that agree in every field that both have.

    **To mend:** ask the producer which one is right; the producer runs
    `aigc-label fix FILE --producer CODE --produce-id ID --in-place` where it is the number, else
    `aigc-label label FILE --producer CODE --produce-id ID --no-explicit --in-place`. Where two
    services have labelled a file, neither may touch the other's label (article 10): fetch it again
    from whoever made it.
    """
    labels = case.labels
    if len(labels) < 2:
        return
    first = labels[0]
    for other in labels[1:]:
        differing = [
            key
            for key in FIELDS
            if key in first.fields
            and key in other.fields
            and first.fields[key] != other.fields[key]
        ]
        if differing:
            yield Hit(
                words="owners" if _has_owners(labels) else "",
                label=other,
                arguments={"first": first.carrier, "keys": ", ".join(differing)},
            )


DISAGREE = Rule(
    id="implicit.disagree",
    clause="GB 45438-2025 6.1 c",
    level="error",
    binding="shall",
    title=Words("all labels in the file agree", "文件内的隐式标识一致"),
    messages=dict.fromkeys(
        ("fail", "owners"),
        Words(
            "the labels in {first} and {carrier} disagree about {keys}",
            "{first} 与 {carrier} 中的隐式标识不一致：{keys}",
        ),
    ),
    advice={
        "fail": Words(
            "ask which one is right; the producer: aigc-label label {file} --producer {producer} "
            "--produce-id ID --no-explicit --in-place",
            "请先核实哪一个正确，再由生成合成服务提供者执行：aigc-label label {file} "
            "--producer {producer} --produce-id ID --no-explicit --in-place",
        ),
        "owners": Words(
            "two services have labelled it, and neither may touch the other's label: fetch the "
            "file again from whoever made it",
            "该文件有两家服务写入的标识，任何一方都不得改动对方的标识：请向制作方重新获取文件",
        ),
    },
    judge=_disagree,
    needs="label",
)
