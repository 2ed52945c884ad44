"""Rules on a file that was made of another one: what the other bore must not be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHO = ("Label", "ContentProducer", "ProduceID")


def _lost(case: Case) -> Iterable[Hit]:
    """A file bears the label of the file that it was made of.

    Transcoding, resizing and converting drop metadata, mostly without a word: of 124 rewrites by
    common tools, not one kept content credentials, and less than half kept XMP. Article 10 of the
    Measures forbids to remove a label, whoever does it. The rule is asked where `check` is told
    what a file was made of (`--derived-from`).

    **Fails:** the original bears a label, and the file bears none, or one about another content:

    ```console title="fails"
    $ ffmpeg -i labelled.mp4 small.mp4 && aigc-label check small.mp4 --derived-from labelled.mp4
    ```

    **Open:** the original could not be read.

    **Passes:** the same label stands in both; or the original bears none.

    **To mend:** `aigc-label carry labelled.mp4 small.mp4` puts the label over, its fields
    unchanged.
    """
    parent = case.derived_from
    if parent is None or case.only == "explicit":
        return
    arguments = {"original": parent.name}
    if parent.problem is not None:
        yield Hit(kind="open", arguments={**arguments, "reason": str(parent.problem)})
        return
    if not parent.labels or case.inspection.problem is not None:
        return
    if not case.labels:
        yield Hit(arguments=arguments)
        return
    theirs = parent.labels[0].fields
    for found in case.labels:
        changed = [key for key in _WHO if found.fields.get(key, "") != theirs.get(key, "")]
        if changed:
            keys = ", ".join(changed)
            yield Hit(words="changed", label=found, arguments={**arguments, "keys": keys})


LOST = Rule(
    id="implicit.lost",
    clause="Measures art. 10; GB 45438-2025 6.1",
    level="error",
    binding="shall",
    title=Words("the label of the original is kept", "保留原文件的标识"),
    messages={
        "fail": Words(
            "{original} bears an implicit label, and this file, made of it, has lost it",
            "{original} 带有隐式标识，由其生成的本文件已丢失该标识",
        ),
        "changed": Words(
            "the label is not that of {original}: {keys} differ",
            "标识与 {original} 的不一致：{keys}",
        ),
        "open": Words(
            "{original}, which it was made of, could not be read: {reason}",
            "无法读取其来源文件 {original}：{reason}",
        ),
    },
    advice={
        "fail": Words(
            "carry it over: aigc-label carry {original} {file}",
            "将其带入：aigc-label carry {original} {file}",
        ),
        "changed": Words(
            "find out which of the two files it was made of; a label may not be overwritten",
            "请查明其来源文件；不得覆盖他人的标识",
        ),
    },
    judge=_lost,
    needs="original",
)


def _origin_lost(case: Case) -> Iterable[Hit]:
    """A file states the origin that the file it was made of states.

    Platforms read IPTC's digital source type and C2PA content credentials, too, and article 50 of
    the EU AI Act asks for marks that survive. Credentials cannot: they are about the bytes of the
    original. A conversion loses them, and who holds a certificate signs anew.

    **Fails:** the original calls itself generated in IPTC's terms or by content credentials, and
    the file does not in the same way.

    ```console title="fails"
    $ magick labelled.jpg -strip small.jpg && aigc-label check small.jpg --derived-from labelled.jpg
    ```

    **Passes:** the file states its origin in the same way, whatever else changed.

    **To mend:** `aigc-label carry labelled.jpg small.jpg`, with `--c2pa` to sign anew.
    """
    parent = case.derived_from
    if parent is None or case.only == "explicit" or case.inspection.problem is not None:
        return
    stated = {
        signal.scheme
        for signal in case.inspection.signals
        if signal.ai or (signal.ai is None and signal.scheme != "iptc")
    }
    for scheme in dict.fromkeys(s.scheme for s in parent.signals if s.ai and s.scheme != "vendor"):
        if scheme not in stated:
            name = {"iptc": "IPTC", "c2pa": "C2PA"}[scheme]
            yield Hit(arguments={"original": parent.name, "scheme": name})


ORIGIN_LOST = Rule(
    id="implicit.origin-lost",
    clause="practice: IPTC, C2PA; Regulation (EU) 2024/1689 art. 50(2)",
    level="warning",
    binding="practice",
    title=Words("the origin that the original states is kept", "保留原文件的来源声明"),
    messages={
        "fail": Words(
            "{original} states its origin by {scheme}, and this file, made of it, does not",
            "{original} 以 {scheme} 声明来源，由其生成的本文件没有",
        ),
    },
    advice={
        "fail": Words(
            "carry it over: aigc-label carry {original} {file} (--c2pa signs credentials anew)",
            "将其带入：aigc-label carry {original} {file}（--c2pa 可重新签署内容凭证）",
        ),
    },
    judge=_origin_lost,
    needs="original",
)


def _mark_lost(case: Case) -> Iterable[Hit]:
    """A file bears a mark where the file that it was made of does.

    A crop, a cut or an overlay can take the words out of a picture, a film or a sound. Article 10
    of the Measures forbids it.

    **Fails:** a mark was perceived in the original, and none in the file.

    ```console title="fails"
    $ ffmpeg -ss 10 -i marked.mp4 cut.mp4 && aigc-label check cut.mp4 --derived-from marked.mp4
    ```

    **Passes:** a mark is perceived in both, or nobody looked.

    **To mend:** draw the mark again: `aigc-label fix cut.mp4`.
    """
    parent = case.derived_from
    if parent is not None and parent.marks and case.inspection.marks == ():
        yield Hit(arguments={"original": parent.name})


MARK_LOST = Rule(
    id="explicit.lost",
    clause="Measures art. 10",
    level="error",
    binding="shall",
    title=Words("the mark of the original is kept", "保留原文件的显式标识"),
    messages={
        "fail": Words(
            "{original} bears an explicit mark, and in this file, made of it, none was found",
            "{original} 带有显式标识，由其生成的本文件中未发现",
        ),
    },
    advice={"fail": Words("draw it again: {command}", "重新添加：{command}")},
    judge=_mark_lost,
    needs="original",
)
