"""Rules on the shape of a mark: where it stands, how large, how clear, how long (clause 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.model import Medium
from aigc_label.rules.explicit import BY_PRODUCER, clause, prompts_of
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    prompts = prompts_of(case)
    if not prompts:
        return
    medium = case.medium
    if all(mark.place == "middle" for mark in prompts):
        if medium is Medium.TEXT and case.inspection.size >= LONG_TEXT:
            yield Hit(clause=clause(case))
        elif medium in _PICTURED and prompts[0].kind == "text":
            yield Hit(words="centre", clause=clause(case))
    if medium is Medium.VIDEO:
        starts = [mark.at[0] for mark in prompts if mark.at and mark.kind == "text"]
        if starts and min(starts) > START_SECONDS:
            yield Hit(
                words="late",
                level="error",
                clause=clause(case),
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
    advice=dict.fromkeys(("fail", "centre", "late"), BY_PRODUCER),
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
    ratios = [mark.ratio for mark in prompts_of(case) if mark.ratio is not None]
    if not ratios or max(ratios) + _ROUNDING >= LEAST_HEIGHT:
        return ()
    ratio = max(ratios)
    return (
        Hit(
            clause=clause(case),
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
    advice={"fail": BY_PRODUCER},
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
    found = [mark.contrast for mark in prompts_of(case) if mark.contrast is not None]
    if not found or max(found) >= LEAST_CONTRAST:
        return ()
    return (Hit(clause=clause(case), arguments={"contrast": max(found)}),)


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
    advice={"fail": BY_PRODUCER},
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
    words = [mark for mark in prompts_of(case) if mark.kind == "text"]  # a sound has no 2 seconds
    lasts = [mark.at[1] - mark.at[0] for mark in words if mark.at]
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
    advice={"fail": BY_PRODUCER},
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
    prompts = [mark for mark in prompts_of(case) if mark.text]
    if not prompts or not all(wording.has_lower_case_ai(mark.text) for mark in prompts):
        return ()
    return (Hit(clause=clause(case), arguments={"text": prompts[0].text}),)


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
