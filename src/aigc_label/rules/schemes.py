"""Rules across schemes: what C2PA, IPTC and generators say beside the label, or instead of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Signal


def _shown(signal: Signal) -> str:
    known = not signal.generator or signal.generator in signal.detail
    return signal.detail if known else f"{signal.generator}, {signal.detail}"


def _elsewhere(case: Case) -> Iterable[Hit]:
    """Another scheme says that the content is AI-made, but there is no GB 45438 label.

    A C2PA manifest, an IPTC digital source type or a generator's own field is a trace of
    generation: a platform treats the content as *suspected* (article 6). It does not replace the
    label of GB 45438; no text is known that says it would.

    `implicit.missing` asks every file for a label. A profile for files most of which no machine has
    made turns that one off and keeps this one, which strikes only where the content is said to be
    generated. What a generator left in its own field (a prompt, its name as the software) is
    weaker, and a warning; where the format has no place for a label, it is a note.

    **Fails:** a PNG with a C2PA manifest that says `trainedAlgorithmicMedia`, and no record.

    **Passes:** the same PNG with a record beside the manifest; a file that says nothing about its
    origin.

    **To mend:** the producer labels the file before the manifest is signed:
    `aigc-label label FILE --producer CODE --in-place`; a platform writes its propagation fields:
    `aigc-label propagate FILE --propagator CODE --in-place` (this sets `Label` 3).
    """
    seen = case.inspection
    if seen.labels or not seen.signals or case.only == "explicit":
        return ()
    signal = next((signal for signal in seen.signals if signal.ai), None)
    if signal is None:
        return ()
    vendor = signal.scheme == "vendor"
    return (
        Hit(
            words="vendor" if vendor else "",
            level="note" if not (seen.homes or seen.places) else "warning" if vendor else None,
            carrier=signal.carrier or None,
            arguments={"scheme": signal.scheme.upper(), "detail": _shown(signal)},
        ),
    )


_PROPAGATE = Words(
    "a platform: aigc-label propagate {file} --propagator CODE --in-place",
    "由传播平台执行：aigc-label propagate {file} --propagator CODE --in-place",
)


ELSEWHERE = Rule(
    id="implicit.missing-but-declared-elsewhere",
    clause="GB 45438-2025 6.1; Measures art. 6",
    level="error",
    binding="shall",
    title=Words("content known to be AI-made bears the label", "已知的生成内容带有国标隐式标识"),
    messages={
        "fail": Words(
            "{scheme} says that the content is AI-made ({detail}); that is no GB 45438 label",
            "{scheme} 信息表明内容由 AI 生成（{detail}），但这不能代替国标隐式标识",
        ),
        "vendor": Words(
            "a generator's own note says that the content is AI-made ({detail}); that is no "
            "GB 45438 label",
            "生成工具留下的信息表明内容由 AI 生成（{detail}），但这不能代替国标隐式标识",
        ),
    },
    advice={"fail": _PROPAGATE, "vendor": _PROPAGATE},
    judge=_elsewhere,
    needs="signal",
)


def _contradicted(case: Case) -> Iterable[Hit]:
    """The label says that the content is AI-made, and another scheme does not.

    An IPTC digital source type that names a camera or a human hand (`digitalCapture`,
    `digitalCreation`) and a label of GB 45438 cannot both be right. A label on what no machine has
    made harms who made it (article 10 of the Measures forbids improper labelling), and a source
    type left over from the photograph that a generator began with misleads readers elsewhere. No
    program can settle which one is right.

    C2PA content credentials that do not speak of AI are noted only: they may be those of an editor
    that came after the generator.

    **Fails:** a JPEG with a record, and with `digitalCapture` in its XMP packet.

    **Passes:** a JPEG with a record and `trainedAlgorithmicMedia`; one with `digitalCapture` and no
    record.

    **To mend:** ask who made the content. If it is generated, correct the source type:
    `exiftool -XMP-iptcExt:DigitalSourceType=trainedAlgorithmicMedia FILE`; if it is not, publish
    the original file, which bears no label.
    """
    if not case.labels or any(signal.ai for signal in case.inspection.signals):
        return ()
    for signal in case.inspection.signals:
        if signal.ai is False:
            arguments = {"scheme": signal.scheme.upper(), "detail": _shown(signal)}
            return (Hit(carrier=signal.carrier or None, arguments=arguments),)
    for signal in case.inspection.signals:
        if signal.scheme == "c2pa":
            arguments = {"detail": _shown(signal)}
            return (
                Hit(
                    words="silent",
                    level="note",
                    carrier=signal.carrier or None,
                    arguments=arguments,
                ),
            )
    return ()


_ASK = Words(
    "ask who made it; if it is generated: "
    "exiftool -XMP-iptcExt:DigitalSourceType=trainedAlgorithmicMedia {file}",
    "请核实来源；若确为生成内容，执行："
    "exiftool -XMP-iptcExt:DigitalSourceType=trainedAlgorithmicMedia {file}",
)

CONTRADICTED = Rule(
    id="implicit.contradicted",
    clause="Measures art. 10",
    level="warning",
    binding="shall",
    title=Words("no other scheme denies what the label says", "其他来源信息与隐式标识不矛盾"),
    messages={
        "fail": Words(
            "the label says that the content is AI-made, {scheme} that it is not ({detail})",
            "隐式标识表明内容由 AI 生成，而 {scheme} 信息表明并非如此（{detail}）",
        ),
        "silent": Words(
            "the content credentials (C2PA) do not say that the content is AI-made ({detail})",
            "内容凭证（C2PA）未说明内容由 AI 生成（{detail}）",
        ),
    },
    advice={
        "fail": _ASK,
        "silent": Words(
            "sign content credentials that name the digital source type trainedAlgorithmicMedia",
            "请重新签署内容凭证，并注明 digitalSourceType 为 trainedAlgorithmicMedia",
        ),
    },
    judge=_contradicted,
    needs="signal",
)
