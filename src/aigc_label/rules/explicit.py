"""Rules on the mark that people perceive (GB 45438-2025 clause 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.model import Medium
from aigc_label.rules.file import is_empty
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import FoundMark

_CLAUSES = {
    Medium.TEXT: "GB 45438-2025 5.1",
    Medium.IMAGE: "GB 45438-2025 5.2",
    Medium.AUDIO: "GB 45438-2025 5.3",
    Medium.VIDEO: "GB 45438-2025 5.4",
}
BY_PRODUCER = Words("the producer: {command}", "由生成合成服务提供者执行：{command}")


def clause(case: Case) -> str:
    """The part of clause 5 on the file's medium."""
    return _CLAUSES[case.medium] if case.medium else ""


def _is_prompt(mark: FoundMark, medium: Medium | None) -> bool:
    """Whether a mark has what clause 5 asks of its words; sounds have none."""
    if mark.kind == "rhythm" or (mark.kind == "voice" and not mark.text):
        return True
    if wording.is_prompt(mark.text):
        return True
    return medium is Medium.TEXT and wording.is_corner_mark(mark.text)  # 5.1 c


def prompts_of(case: Case) -> list[FoundMark]:
    """The marks whose words are sufficient, and the sounds."""
    return [mark for mark in case.marks if _is_prompt(mark, case.medium)]


def _missing(case: Case) -> Iterable[Hit]:
    """Nothing tells people that the content is AI-generated.

    Article 4 of the Measures and clause 5 of GB 45438-2025 ask for a mark that people perceive:
    words in a text (5.1), on an edge or corner of a picture (5.2), a voice or the rhythm
    short-long-short-short in a sound (5.3), words over the start frames of a video (5.4). It must
    be in the file when the file is downloaded or exported. Article 9 lets a provider hand out
    content without it at a user's request, with the user's responsibility agreed and logs kept for
    six months; that agreement is not in the file, so such a file fails here: judge it with
    `--only implicit`.

    Words that deny it, ask about it or name a topic are no mark, nor are words that nobody sees:
    hidden or struck out, as good as without size, in the colour of what is behind them, painted
    over, beyond the border, in a cue of a few hundredths of a second, in an alternative text, a
    comment, the metadata or the name of the file.

    **Fails:** a text without any prompt; a text whose only mention of AI is in a sentence about
    something else; `本图非AI生成`, `AI生成？`; white letters on a white page.

    **Passes:** a text that begins with `AI生成` or `本内容由人工智能生成`.

    **To mend:** `aigc-label label FILE --producer CODE --in-place` adds the mark and the metadata
    label; where the producer's label stands already, `aigc-label fix FILE --producer CODE
    --in-place` adds the mark. Into some formats none can be put: show the words around the content,
    which `aigc-label snippet` prints for an interface (5.6).
    """
    seen = case.inspection
    if seen.marks != () or seen.problem is not None or is_empty(case):
        return ()
    return (Hit(words="" if case.markable() else "unmarkable", clause=clause(case)),)


MISSING = Rule(
    id="explicit.missing",
    clause="GB 45438-2025 5; Measures art. 4",
    level="error",
    binding="shall",
    title=Words("people are told that the content is AI-generated", "含有显式标识"),
    messages={
        "fail": Words(
            "no explicit label: nothing tells people that the content is AI-generated",
            "没有显式标识，用户无法感知内容由 AI 生成",
        ),
        "unmarkable": Words(
            "no explicit label: nothing tells people that the content is AI-generated",
            "没有显式标识，用户无法感知内容由 AI 生成",
        ),
    },
    advice={
        "fail": BY_PRODUCER,
        "unmarkable": Words(
            "no mark can be put into this format: show the words around it (aigc-label snippet)",
            "该格式无法添加显式标识，请在内容周边显示提示文字（aigc-label snippet）",
        ),
    },
    judge=_missing,
)


def _open(case: Case) -> Iterable[Hit]:
    """Whether people are told that the content is AI-generated was not looked at.

    What was not looked at is not passed: the finding is *open* and says why. Either the check was
    asked to read metadata only (`--no-explicit`, `--only implicit`), or nothing here can perceive
    marks in this format yet, or the packages that read words in pictures are not installed
    (`pip install 'aigc-label[ocr]'`), or the file could not be read. Of documents the text is read:
    one of pictures with hardly any text is open, too; of a PDF the first and the last page are
    looked at as pictures are where their text bears no mark and they have outlines or pictures
    that may be one.

    **Open:** a check of a folder of videos with `--no-explicit`.

    **Passes:** a check of a text, whose words are always looked at.

    **To mend:** check without `--no-explicit`; where the format's marks cannot be perceived, look
    at (or listen to) the file.
    """
    seen = case.inspection
    if is_empty(case) or (seen.marks is not None and seen.problem is None):
        return ()
    if seen.problem is not None or seen.format is None:
        words = "unread"
    elif case.only == "implicit":
        words = "unasked"
    elif seen.unseen:
        words = "unheard" if seen.unseen.startswith("no rhythm is heard") else "lacking"
    else:
        words = "open"
    return (
        Hit(
            kind="open",
            words=words,
            clause=clause(case),
            arguments={"format": seen.format or "?", "reason": seen.unseen},
        ),
    )


OPEN = Rule(
    id="explicit.open",
    clause="GB 45438-2025 5",
    level="note",
    binding="practice",
    title=Words("the explicit label was looked at", "已检查显式标识"),
    messages={
        "open": Words(
            "the explicit label was not looked at: there is no detector for {format} yet",
            "未检查显式标识：暂不支持检测 {format} 文件中的显式标识",
        ),
        "lacking": Words(
            "the explicit label was not looked at: {reason}",
            "未检查显式标识：{reason}",
        ),
        "unheard": Words(
            "the explicit label was not looked at: no rhythm is heard; whether a voice says it, "
            "a person must listen",
            "未检查显式标识：没有听到节奏提示；是否有语音提示，须由人听辨",
        ),
        "unasked": Words(
            "the explicit label was not looked at: only metadata was asked about",
            "未检查显式标识：本次只检查元数据",
        ),
        "unread": Words(
            "the explicit label was not looked at: the file was not read to its end",
            "未检查显式标识：文件未能读完",
        ),
    },
    advice={},
    judge=_open,
)


def _wording(case: Case) -> Iterable[Hit]:
    """The mark lacks one of the two elements that its words must have.

    Items b of clauses 5.1 to 5.6 ask for both: an AI element (`人工智能` or `AI`) and a generation
    element (`生成` or `合成`), in any order. Only the corner mark of a text may be `AI` alone
    (5.1 c). One sufficient mark is enough; further words beside it are free.

    **Fails:** `AI`, `AI辅助`, `虚拟主播` or `AI-generated` alone on a picture.

    **Passes:** `AI生成`, `人工智能合成`, `内容由 AI 生成`.

    **To mend:** `aigc-label fix FILE --producer CODE --in-place` adds a mark; its words are
    `AI生成` unless `--text` gives others.
    """
    if not case.marks or prompts_of(case):
        return ()
    return (Hit(clause=clause(case), arguments={"text": case.marks[0].text}),)


WORDING = Rule(
    id="explicit.wording",
    clause="GB 45438-2025 5.1 b to 5.6 b",
    level="error",
    binding="shall",
    title=Words("the words have both elements", "显式标识文字包含两个要素"),
    messages={
        "fail": Words(
            'the mark "{text}" lacks an element: it needs 人工智能 or AI, and 生成 or 合成',
            "显式标识“{text}”缺少要素：应同时含有“人工智能”或“AI”，以及“生成”或“合成”",
        )
    },
    advice={"fail": BY_PRODUCER},
    judge=_wording,
    needs="mark",
)
