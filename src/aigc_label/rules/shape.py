"""Rules on the shape of a mark: where it stands, how large, how clear, how long (clause 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.model import Medium
from aigc_label.rules.explicit import BY_PRODUCER, clause, prompts_of
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import FoundMark, Level

_PICTURED = (Medium.IMAGE, Medium.VIDEO)

LEAST_HEIGHT = 0.05
"""5.2 and 5.4: ink height over the shortest side."""

BORDERLINE_HEIGHT = 0.04
"""The standard does not say what "text height" measures; readings differ by up to 1.3 times."""

LEAST_SECONDS = 2.0
"""5.4, at normal play speed."""

START_SECONDS = 0.5
"""Our reading of "start frames": the mark stands by then (a fade-in is not a violation)."""

LONG_TEXT = 500
"""Characters: the length from which we call a text long."""

LEAST_CONTRAST = 3.0
"""WCAG's ratio for large letters; the standard gives none."""

_ROUNDING = 1e-6
_SEAM = 0.1  # seconds that part two stretches of words, or words from a film's end, unseen
_BYTES = 3  # of a Chinese character, where nobody counted a text's characters
_ERROR, _WARNING = 16, 1


def _best(case: Case) -> FoundMark | None:
    """The mark by which a file is judged: one of them shall meet all that its clause asks for.

    Large words in the midst of a film do not make up for small ones over its start.
    """
    return min(prompts_of(case), key=lambda mark: _faults(case, mark), default=None)


def _faults(case: Case, mark: FoundMark) -> int:
    """How much is wrong with a mark."""
    height = _height_level(case, mark)
    brief = _seconds(case, mark) is not None and not _is_throughout(case, mark)
    return _ERROR * (_is_late(case, mark) + (height == "error") + brief) + _WARNING * (
        _is_amid(case, mark) + (height == "warning") + _is_faint(mark)
    )


def _is_amid(case: Case, mark: FoundMark) -> bool:
    """Whether a mark stands in the midst of a picture, or of a text that is long."""
    if mark.place != "middle":
        return False
    if case.medium is Medium.TEXT:
        length = case.inspection.size / _BYTES if mark.extent is None else mark.extent
        return length >= LONG_TEXT
    return case.medium in _PICTURED and mark.kind == "text"


def _is_late(case: Case, mark: FoundMark) -> bool:
    """Whether words over a film come after its start frames."""
    is_words = case.medium is Medium.VIDEO and mark.kind == "text"
    return is_words and mark.at is not None and mark.at[0] > START_SECONDS


def _position(case: Case) -> Iterable[Hit]:
    """The mark stands where people may not meet it.

    A text's prompt stands at its start, its end or a *suitable* place in the middle (5.1); only in
    the middle of a long text it is easily passed over, so that is a warning (long: 500 characters
    or more, a number of ours). In pictures and frames the words belong on an edge or corner (5.2,
    5.4); elsewhere is a warning, as the clause does not bound the edge. In a video they *shall*
    stand in the start frames (5.4): later is an error (we allow half a second to fade in).

    Of several marks the best one is judged, here and by the rules on height, contrast and
    duration: one mark shall meet them all.

    **Fails:** a long article whose only prompt is in its tenth paragraph; a video whose words
    appear after five seconds.

    **Passes:** the prompt in the first or last line; words in a corner from the first frame on.

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    mark = _best(case)
    if mark is None:
        return
    if _is_amid(case, mark):
        yield Hit(words="fail" if case.medium is Medium.TEXT else "centre", clause=clause(case))
    if _is_late(case, mark):
        second = mark.at[0] if mark.at else 0.0
        yield Hit(words="late", level="error", clause=clause(case), arguments={"second": second})


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

    **Fails:** words of 20 pixels on a picture of 1024 x 1024 (2 %).

    **Passes:** words of 62 pixels on it (6 %, what `aigc-label label` draws).

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    mark = _best(case)
    level = None if mark is None else _height_level(case, mark)
    if mark is None or mark.ratio is None or level is None:
        return ()
    return (Hit(clause=clause(case), level=level, arguments={"percent": mark.ratio * 100}),)


def _height_level(case: Case, mark: FoundMark) -> Level | None:
    """How grave the height of a mark is."""
    if case.medium not in _PICTURED or mark.ratio is None:
        return None
    ratio = mark.ratio + _ROUNDING
    return None if ratio >= LEAST_HEIGHT else "warning" if ratio >= BORDERLINE_HEIGHT else "error"


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
    many people cannot read them. Where the contrast was not measured, nothing is said.

    **Fails:** light grey words on a white sky (1.6:1).

    **Passes:** white words on a dark plate (17:1).

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`, which keeps to 4.5:1.
    """
    mark = _best(case)
    if mark is None or not _is_faint(mark):
        return ()
    return (Hit(clause=clause(case), arguments={"contrast": mark.contrast}),)


def _is_faint(mark: FoundMark) -> bool:
    return mark.contrast is not None and mark.contrast < LEAST_CONTRAST


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

    Clause 5.4 asks for at least 2 s at normal play speed. What stands without a gap counts as one,
    as of words that move.

    Of a video that is itself shorter than 2 s the clause says nothing. Its words can stand no
    longer than it lasts: from its first frame to its last they are as long as they can be, and
    that is told, and is no fault. That reading is ours; a stricter one asks for a longer video.

    **Fails:** words over the first 24 frames of a video with 24 frames a second that goes on.

    **Passes:** words that stand from 0 s to 3 s, or throughout.

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    mark = _best(case)
    seconds = None if mark is None else _seconds(case, mark)
    if mark is None or seconds is None:
        return ()
    if _is_throughout(case, mark):
        return (Hit(kind="informational", words="whole", arguments={"seconds": seconds}),)
    return (Hit(arguments={"seconds": seconds}),)


def _seconds(case: Case, mark: FoundMark) -> float | None:
    """How long words over a film stand, with what joins them without a gap, where it is too short.

    ``None`` where it is long enough, or nobody knows.
    """
    if case.medium is not Medium.VIDEO or mark.kind != "text" or mark.at is None:
        return None  # a sound has no two seconds
    first, last = mark.at
    words = [one.at for one in prompts_of(case) if one.kind == "text" and one.at is not None]
    for start, end in sorted(words):
        if first <= start <= last + _SEAM:
            last = max(last, end)
    return None if last - first + _ROUNDING >= LEAST_SECONDS else last - first


def _is_throughout(case: Case, mark: FoundMark) -> bool:
    """Whether words stand over all of a film that is shorter than they should stand."""
    seconds = _seconds(case, mark)
    if seconds is None or mark.at is None or mark.extent is None:
        return False
    return mark.at[0] <= _SEAM and 0 < mark.extent <= mark.at[0] + seconds + _SEAM


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
        ),
        "whole": Words(
            "the words stand throughout, but the video lasts {seconds:.1f} s only; 5.4 asks for "
            "2 s and says nothing of shorter videos",
            "提示文字从头到尾持续显示，但视频全长只有 {seconds:.1f} 秒；标准要求不少于 2 秒，"
            "未规定更短视频的情形",
        ),
    },
    advice={
        "fail": BY_PRODUCER,
        "whole": Words(
            "nothing need be done; a video whose last picture is held to 2 s meets any reading",
            "可不处理；将最后一帧画面延长至 2 秒以上，可满足任何解读",
        ),
    },
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
