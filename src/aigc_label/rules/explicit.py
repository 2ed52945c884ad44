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
_PICTURED = (Medium.IMAGE, Medium.VIDEO)

LEAST_HEIGHT = 0.05
"""5.2 and 5.4: ink height over the shortest side."""

BORDERLINE_HEIGHT = 0.04
"""The standard does not say what "text height" measures; readings differ by up to 1.3 times."""

LEAST_SECONDS = 2.0
"""5.4, at normal play speed."""

START_SECONDS = 0.5
"""Our reading of "start frames": the mark stands by then (a fade-in is not a violation)."""

LONG_TEXT = 1500
"""Bytes, about 500 Chinese characters: the length from which we call a text long."""

LEAST_CONTRAST = 3.0
"""WCAG's ratio for large letters; the standard gives none."""

_ROUNDING = 1e-6

_LABEL_IT = Words("the producer: {command}", "由生成合成服务提供者执行：{command}")


def _clause(case: Case) -> str:
    return _CLAUSES[case.medium] if case.medium else ""


def _is_prompt(mark: FoundMark, medium: Medium | None) -> bool:
    """Whether a mark has what clause 5 asks of its words; sounds have none."""
    if mark.kind == "rhythm" or (mark.kind == "voice" and not mark.text):
        return True
    if wording.is_prompt(mark.text):
        return True
    return medium is Medium.TEXT and wording.is_corner_mark(mark.text)  # 5.1 c


def _prompts(case: Case) -> list[FoundMark]:
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

    **Fails:** a text without any prompt; a text whose only mention of AI is in a sentence about
    something else.

    **Passes:** a text that begins with `AI生成` or `本内容由人工智能生成`.

    **To mend:** `aigc-label label FILE --producer CODE --in-place` adds the mark and the metadata
    label; where the producer's label stands already, `aigc-label fix FILE --producer CODE
    --in-place` adds the mark. Into some formats none can be put: show the words around the content,
    which `aigc-label snippet` prints for an interface (5.6).
    """
    seen = case.inspection
    if seen.marks != () or seen.problem is not None or is_empty(case):
        return ()
    return (Hit(words="" if case.markable() else "unmarkable", clause=_clause(case)),)


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
        "fail": _LABEL_IT,
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
    (`pip install 'aigc-label[ocr]'`), or the file could not be read.

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
        words = "lacking"
    else:
        words = "open"
    return (
        Hit(
            kind="open",
            words=words,
            clause=_clause(case),
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
    if not case.marks or _prompts(case):
        return ()
    return (Hit(clause=_clause(case), arguments={"text": case.marks[0].text}),)


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
    advice={"fail": _LABEL_IT},
    judge=_wording,
    needs="mark",
)


def _position(case: Case) -> Iterable[Hit]:
    """The mark stands where people may not meet it.

    A text's prompt stands at its start, its end or a *suitable* place in the middle (5.1); only in
    the middle of a long text it is easily passed over, so that is a warning (long: 1,500 bytes or
    more, a number of ours). In pictures and frames the words belong on an edge or corner (5.2,
    5.4); elsewhere is a warning, as the clause does not bound the edge. In a video they *shall*
    stand in the start frames (5.4): later is an error (we allow half a second to fade in).

    **Fails:** a long article whose only prompt is in its tenth paragraph; a video whose words
    appear after five seconds.

    **Passes:** the prompt in the first or last line; words in a corner from the first frame on.

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    prompts = _prompts(case)
    if not prompts:
        return
    medium = case.medium
    if all(mark.place == "middle" for mark in prompts):
        if medium is Medium.TEXT and case.inspection.size >= LONG_TEXT:
            yield Hit(clause=_clause(case))
        elif medium in _PICTURED:
            yield Hit(words="centre", clause=_clause(case))
    if medium is Medium.VIDEO:
        starts = [mark.at[0] for mark in prompts if mark.at]
        if starts and min(starts) > START_SECONDS:
            yield Hit(
                words="late",
                level="error",
                clause=_clause(case),
                arguments={"second": min(starts)},
            )


POSITION = Rule(
    id="explicit.position",
    clause="GB 45438-2025 5.1, 5.2, 5.4",
    level="warning",
    binding="shall",
    title=Words("the mark stands where people meet it", "显式标识位置适当"),
    messages={
        "fail": Words(
            "the only prompt stands in the middle of a long text",
            "长文本中只在中间位置有提示，建议放在开头或结尾",
        ),
        "centre": Words(
            "the words stand neither on an edge nor in a corner",
            "提示文字不在画面的边或角",
        ),
        "late": Words(
            "the words do not stand in the start frames: they appear after {second:.1f} s",
            "起始画面没有提示文字，第 {second:.1f} 秒才出现",
        ),
    },
    advice=dict.fromkeys(("fail", "centre", "late"), _LABEL_IT),
    judge=_position,
    needs="mark",
)


def _height(case: Case) -> Iterable[Hit]:
    """The words are too small.

    Clauses 5.2 and 5.4 ask for a text height of at least 5 % of the picture's shortest side. What
    the height measures (ink, capitals or the em) is not said; here it is the ink of a Chinese
    character. From 4 to 5 % another reading may pass, so that is a warning; below it is an error.
    The largest mark counts.

    **Fails:** words of 20 pixels on a picture of 1024 x 1024 (2 %).

    **Passes:** words of 62 pixels on it (6 %, what `aigc-label label` draws).

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    if case.medium not in _PICTURED:
        return ()
    ratios = [mark.ratio for mark in _prompts(case) if mark.ratio is not None]
    if not ratios or max(ratios) + _ROUNDING >= LEAST_HEIGHT:
        return ()
    ratio = max(ratios)
    return (
        Hit(
            clause=_clause(case),
            level="warning" if ratio + _ROUNDING >= BORDERLINE_HEIGHT else None,
            arguments={"percent": ratio * 100},
        ),
    )


HEIGHT = Rule(
    id="explicit.height",
    clause="GB 45438-2025 5.2, 5.4",
    level="error",
    binding="shall",
    title=Words("the words are at least 5 % high", "提示文字高度不低于最短边的 5%"),
    messages={
        "fail": Words(
            "the words are {percent:.1f} % of the shortest side high; at least 5 % is asked for",
            "提示文字高度为画面最短边的 {percent:.1f}%，应不低于 5%",
        )
    },
    advice={"fail": _LABEL_IT},
    judge=_height,
    needs="mark",
)


def _contrast(case: Case) -> Iterable[Hit]:
    """The words hardly stand out from what is around them.

    Clauses 5.1 and 5.4 ask for a font and a colour that are legible; how far they must stand out
    no clause says. Below 3:1, what accessibility guidelines (WCAG 2.2, 1.4.3) ask of large letters,
    many people cannot read them. The clearest mark counts. Where the contrast was not measured,
    nothing is said.

    **Fails:** light grey words on a white sky (1.6:1).

    **Passes:** white words on a dark plate (17:1).

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`, which keeps to 4.5:1.
    """
    found = [mark.contrast for mark in _prompts(case) if mark.contrast is not None]
    if not found or max(found) >= LEAST_CONTRAST:
        return ()
    return (Hit(clause=_clause(case), arguments={"contrast": max(found)}),)


CONTRAST = Rule(
    id="explicit.contrast",
    clause="GB 45438-2025 5.1, 5.4",
    level="warning",
    binding="practice",
    title=Words("the words stand out from what is around them", "提示文字清晰可辨"),
    messages={
        "fail": Words(
            "the words stand out by {contrast:.1f}:1 only; below 3:1 many people cannot read them",
            "提示文字与背景的对比度只有 {contrast:.1f}:1，低于 3:1，许多人难以看清",
        )
    },
    advice={"fail": _LABEL_IT},
    judge=_contrast,
    needs="mark",
)


def _duration(case: Case) -> Iterable[Hit]:
    """The words stand over the video's start for less than two seconds.

    Clause 5.4 asks for at least 2 s at normal play speed. The longest of the marks counts.

    **Fails:** words over the first 24 frames of a video with 24 frames a second.

    **Passes:** words that stand from 0 s to 3 s, or throughout.

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    if case.medium is not Medium.VIDEO:
        return ()
    lasts = [mark.at[1] - mark.at[0] for mark in _prompts(case) if mark.at]
    if not lasts or max(lasts) + _ROUNDING >= LEAST_SECONDS:
        return ()
    return (Hit(arguments={"seconds": max(lasts)}),)


DURATION = Rule(
    id="explicit.duration",
    clause="GB 45438-2025 5.4",
    level="error",
    binding="shall",
    title=Words("the words stand for at least 2 s", "提示文字持续时间不少于 2 秒"),
    messages={
        "fail": Words(
            "the words stand for {seconds:.1f} s; at least 2 s is asked for",
            "提示文字持续 {seconds:.1f} 秒，应不少于 2 秒",
        )
    },
    advice={"fail": _LABEL_IT},
    judge=_duration,
    needs="mark",
)


def _lower_case(case: Case) -> Iterable[Hit]:
    """The mark writes AI in small letters.

    Clause 5 prints `AI` in capitals. Small letters are understood as the same word, which is our
    leniency; a stricter reader may not accept them.

    **Fails:** `内容由 ai 生成`.

    **Passes:** `内容由 AI 生成`, `人工智能生成`.

    **To mend:** write the capitals.
    """
    prompts = [mark for mark in _prompts(case) if mark.text]
    if not prompts or not all(wording.has_lower_case_ai(mark.text) for mark in prompts):
        return ()
    return (Hit(clause=_clause(case), arguments={"text": prompts[0].text}),)


LOWER_CASE = Rule(
    id="explicit.lower-case",
    clause="GB 45438-2025 5.1 b to 5.6 b",
    level="note",
    binding="practice",
    title=Words("AI is written in capitals", "“AI”使用大写"),
    messages={
        "fail": Words(
            'the mark "{text}" writes AI in small letters', "显式标识“{text}”中的 AI 未使用大写"
        )
    },
    advice={"fail": Words("write AI in capitals", "请将 AI 改为大写")},
    judge=_lower_case,
    needs="mark",
)
