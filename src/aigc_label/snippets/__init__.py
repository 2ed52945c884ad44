"""What an application shows around content: clause 5.6 of GB 45438-2025, articles 6 and 8.

The texts are data beside this module; nothing in them loads or runs anything.
"""

from __future__ import annotations

import os
from html import escape
from string import Template
from typing import Literal, TypeAlias, get_args

from aigc_label import wording
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.model import Attribution, printable

Kind: TypeAlias = Literal["badge", "inline", "text", "terms", "state"]
Language: TypeAlias = Literal["zh", "en", "both"]

KINDS: dict[str, str] = {
    "badge": "HTML and CSS: a bar that stays in sight while the content scrolls",
    "inline": "HTML and CSS: a block at the top or the bottom of generated content",
    "text": "plain words, for consoles and chats",
    "terms": "a section for the user agreement (article 8): a draft for lawyers",
    "state": "plain words of a platform: which state of article 6 it has found",
}
"""What each kind gives."""

LANGUAGES: tuple[str, ...] = get_args(Language)

_OWN = {"zh": "内容由AI生成", "en": "AI-generated content"}
_OF_STATE = {
    Attribution.CONFIRMED: {
        "zh": "本内容为AI生成合成内容",
        "en": "This content is AI-generated",
    },
    Attribution.POSSIBLE: {
        "zh": "本内容可能为AI生成合成内容",
        "en": "This content may be AI-generated",
    },
    Attribution.SUSPECTED: {
        "zh": "本内容疑似为AI生成合成内容",
        "en": "This content is suspected to be AI-generated",
    },
}
_NAMES = {"zh": "AI生成合成内容提示", "en": "Notice of AI-generated content"}
_TAGS = {"zh": "zh-CN", "en": "en"}
_FOLDER = os.path.dirname(__file__)
_LONGEST = 60
"""Characters of a notice: one that fills a screen is no notice."""


def snippet(
    kind: Kind,
    *,
    lang: Language = "zh",
    text: str | None = None,
    state: Attribution | Literal["confirmed", "possible", "suspected"] | None = None,
) -> str:
    """What an application shows: the label of its interface, or words about labels.

    Args:
        kind: ``"badge"`` and ``"inline"`` are HTML with their CSS, which load and run nothing;
            ``"text"`` and ``"state"`` are plain words; ``"terms"`` is a section for a user
            agreement (article 8 of the Measures), a draft and no legal advice.
        lang: English alone does not bear the Chinese words that clause 5.6 b asks for.
        text: the Chinese words instead of ours: 人工智能 or AI, and 生成 or 合成 (5.1 b to 5.6 b).
            They are escaped; for ``"terms"`` they are the words that the agreement quotes.
        state: says what a platform found (article 6) instead of what the application makes. Of
            kind ``"state"`` without a state, one line for each.

    Returns:
        Text that ends with a line break; UTF-8 wherever it is written.

    Raises:
        InvalidLabel: ``text`` lacks one of the two elements, or is no single short line.
        UsageError: an unknown word, or two that exclude one another.
    """
    _refuse_unknown("kind", kind, tuple(KINDS))
    _refuse_unknown("lang", lang, LANGUAGES)
    if state is not None:
        _refuse_unknown("state", state, tuple(Attribution))
    _refuse_conflict(kind, lang, text, state)
    langs = ("zh", "en") if lang == "both" else (lang,)
    if kind == "state" and state is None:
        return "".join(_line(words, langs) for words in _OF_STATE.values())
    words = dict(_OWN if state is None else _OF_STATE[Attribution(state)])
    if text is not None:
        words["zh"] = _checked(text)
    if kind == "terms":
        quoted = words["zh"]  # the words that are shown, whatever the agreement's language
        return "\n".join(_template(f"terms.{each}.txt").substitute(words=quoted) for each in langs)
    if kind in ("text", "state"):
        return _line(words, langs)
    return _html(kind, words, langs, sure=state in (None, Attribution.CONFIRMED))


def _refuse_unknown(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(f"no {option} {printable(str(given))!r}; one of {', '.join(known)}")


def _refuse_conflict(kind: str, lang: str, text: str | None, state: str | None) -> None:
    if state is not None and kind == "terms":
        raise UsageError("an agreement speaks of no single state; leave state out of kind terms")
    if text is None:
        return
    if state is not None or kind == "state":
        raise UsageError("a state has its words from article 6; give text or state, not both")
    if lang == "en" and kind != "terms":
        raise UsageError("text replaces the Chinese words, and en has none; use lang zh or both")


def _checked(text: str) -> str:
    words = text.strip()
    if not wording.is_prompt(words):
        raise InvalidLabel(
            f"{printable(text)!r} must hold 人工智能 or AI, and 生成 or 合成 (clause 5.6 b)",
            field="text",
        )
    if not words.isprintable() or len(words) > _LONGEST:
        raise InvalidLabel(
            f"the words must be one line of at most {_LONGEST} characters that can be seen",
            field="text",
        )
    return words


def _line(words: dict[str, str], langs: tuple[str, ...]) -> str:
    return " / ".join(words[each] for each in langs) + "\n"


def _html(kind: str, words: dict[str, str], langs: tuple[str, ...], *, sure: bool) -> str:
    first, *others = langs
    spans = [f'<span class="aigc-label-first">{escape(words[first])}</span>']
    spans += [
        f'<span class="aigc-label-second" lang="{_TAGS[each]}">{escape(words[each])}</span>'
        for each in others
    ]
    return _template(f"{kind}.html").substitute(
        name=_NAMES[first],
        lang=_TAGS[first],
        tile="aigc-label-tile" if sure else "aigc-label-tile aigc-label-open",
        words="\n".join(spans),
    )


def _template(name: str) -> Template:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as stream:
        return Template(stream.read())
