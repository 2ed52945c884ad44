"""An explicit label as words in a text (GB 45438-2025 5.1): which lines are one.

The wording rule alone (an AI element and a generation element) would take every article *about*
AI生成 for a labelled one. A prompt is told from prose by its grammar: a clause of it says of the
text, or of nothing in particular, that AI made it: ``AI生成``, ``由AI生成``, ``内容为AI合成``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from aigc_label import wording
from aigc_label.containers import frontmatter, markdown_lines
from aigc_label.containers.markdown_lines import Line
from aigc_label.containers.text_bytes import TextPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aigc_label.containers.markdown_lines import Kind, Lines

LONGEST = 200
"""Characters of a prompt; nobody reads more as one."""

RAISED = "\u1d2c\u1d35"
"""A raised AI as characters: modifier letters, which are raised by themselves."""

UNSEEN = ("blank", "code", "comment", "rule", "definition")
"""Kinds of lines in which nobody sees a prompt."""

_SHORT = 80  # characters of a line that may be one prompt; vendors' longest has 49
_EDGE = 160  # characters looked at where a line is a whole paragraph
_NEAR = 64  # characters shown between a prompt and the edge that it marks
_MOST = 16  # prompts reported from the middle of one text

_CORE = (
    r"(?:人工智能|(?<![A-Za-z])AI(?:GC)?(?![A-Za-z]))\s*(?:技术|大?模型|工具|助手|智能体|服务|算法)?\s*"
    r"(?:辅助|自动|智能|深度|参与|协助)?\s*(?:创作|编写|撰写|翻译)?\s*[并和及与、]?\s*"
    r"(?:生成|合成)(?:\s*[/／、和与及或&]?\s*(?:生成|合成))?"
)
_THING = (
    r"(?:内容|作品|文本|文章|文案|文字|图片|图像|插图|配图"
    r"|视频|音频|语音|声音|信息|资料|摘要|译文|素材|画面|影像|照片|场景|人物|形象|配音|音乐|歌曲)"
)
_NOTICE = r"(?:标识|标注|标记|提示|声明|说明)"
_ABOUT = (  # what is said to be made: this text, or nothing in particular
    r"(?:(?:本|该|此|以上|以下|上述|文中|部分|全部|所有|相关)[\w\s]{0,12}?|[\w\s]{0,6}?"
    r"(?:内容|文章|文本|文案|文书|文档|文稿|报告|图片|图像|插图|配图|封面|图文|视频|音频|语音|配音|声音"
    r"|作品|答案|回答|回复|信息|结果|全文|正文|译文|摘要|总结|资料|课件|稿件|素材|页面|文字"
    r"|画面|影像|照片|场景|人物|形象|评论|结论))?"
)
_HEDGE = r"\s*(?:可能|疑似|均|全部|部分|主要|完全|皆|已|都|100\s*[%％])*\s*"
_TAG = re.compile(
    rf"{_HEDGE}(?:由|为|是|系|含有?|包含|纯|全)?\s*{_CORE}\s*的?(?:{_THING}?{_NOTICE}?)"
)
_STATED = re.compile(
    rf"{_ABOUT}{_HEDGE}(?:(?:由|是由|为|是|系|含有?|包含)[^，。]{{0,24}}?{_CORE}\s*的?{_THING}?"
    rf"|(?:可能|疑似)\s*{_CORE}\s*的?{_THING}?"
    rf"|(?:使用|通过|借助|利用|经由?|来自|源自|基于)[^，。]{{0,24}}?{_CORE}(?:的{_THING})?)"
    r"(?:而成|完成|产生|得到|输出)?(?:[并后且再仅][^，。]{0,14})?"
)
_CLAUSE = re.compile(r"[^，。；：！？,;:!?｜|·•…()（）\[\]【】〔〕\n\t]+|[：:？?]")
_ENGLISH = re.compile(  # what stands beside the Chinese words in a bilingual prompt
    r"[/／|]?\s*(?:AI[- ]generated(?: content)?|generated (?:by|with|using) AI)\b\s*[/／|]?",
    re.IGNORECASE,
)
_APART = re.compile(  # a blank or stroke where a comma could stand
    r"(?<=[生合]成)(?:\s+(?=[非不未勿仅请切禁如])|\s*[/／]\s*(?=[A-Za-z]))"
)
_SENTENCE = re.compile(
    r"[（(【\[〔][^（(【\[〔）)】\]〕]*[）)】\]〕]|[^。！？!?（(【\[〔）)】\]〕]+[。！？!?]*"
)
_BRACKETED = re.compile(r"[（(【\[〔][^（(【\[〔）)】\]〕？?]{1,200}[）)】\]〕]")
_AFFIX = re.compile(r"^[\W_]+|[\W_]+$")
_SUPERSCRIPT = re.compile(
    r"<(su[pb])\b[^<>]{0,200}>\s*(?P<tag>[A-Za-z]{2})\s*</\1>|\^(?P<caret>[A-Za-z]{2})\^"
    r"|(?P<letters>[\u1D2C\u1D43][\u1D35\u2071])",
    re.IGNORECASE,
)


def may_stand_in(text: str, *, markup: bool) -> bool:
    """A cheap look first: most texts bear no prompt.

    Args:
        text: any text.
        markup: as for :func:`corner_mark_in`.
    """
    if "生成" in text or "合成" in text:
        return True
    return corner_mark_in(text, markup=markup) is not None


def prompt_in(line: str, *, title: bool = False) -> str | None:
    """The prompt that a line is, or ``None``.

    Args:
        line: a line as a person sees it, without markup.
        title: whether it is a heading; then words that could name a topic do not count.
    """
    line = line.strip()
    if len(line) > LONGEST or not wording.is_prompt(line):
        return None
    if _BRACKETED.fullmatch(line):
        return line
    if len(line) > _SHORT:
        return None
    clauses = _CLAUSE.findall(_APART.sub("，", _ENGLISH.sub("，", wording.plain(line))))
    for clause, following in zip(clauses, [*clauses[1:], ""], strict=True):
        if following in ("?", "？") or not wording.is_prompt(clause):
            continue
        bare = _AFFIX.sub("", clause)
        if _STATED.fullmatch(bare):
            return line
        if (tag := _TAG.fullmatch(bare)) is None or (title and re.search(_THING, bare)):
            continue
        # "AI生成：..." defines or lists a thing, unless it announces itself as a notice
        if following not in (":", "：") or re.search(rf"{_NOTICE}\Z", tag.group()):
            return line
    return None


def prompt_at_start(line: str, *, title: bool = False) -> str | None:
    """The prompt that a line is or begins with."""
    if len(line) <= _SHORT:
        return prompt_in(line, title=title)
    return next(filter(None, map(prompt_in, _SENTENCE.findall(line[:_EDGE])[:2])), None)


def prompt_at_end(line: str) -> str | None:
    """The prompt that a line is or ends with."""
    if len(line) <= _SHORT:
        return prompt_in(line)
    return next(filter(None, map(prompt_in, _SENTENCE.findall(line[-_EDGE:])[:-3:-1])), None)


def corner_mark_in(raw: str, *, markup: bool) -> str | None:
    """``AI`` as a superscript or subscript, the corner-mark form of 5.1 c.

    Args:
        raw: a line, or more, with its markup.
        markup: whether markup is rendered, as in Markdown; else only raised letters count.
    """
    for found in _SUPERSCRIPT.finditer(raw):
        letters = unicodedata.normalize("NFKC", found["letters"] or "")
        words = letters or (markup and (found["tag"] or found["caret"])) or ""
        if wording.is_corner_mark(words):
            return words.upper()
    return None


def standing_alone(words: str) -> str:
    """The words as a line that :func:`prompt_in` will know again: bracketed where they need it.

    Words of other regimes than China's stay as they are: no rule tells them from prose.
    """
    return (
        words
        if prompt_in(words) or not wording.is_prompt(words)
        else f"【{words.translate(_NO_BRACKETS)}】"
    )


_NO_BRACKETS = str.maketrans("（(【[〔）)】]〕？?", "〈〈〈〈〈〉〉〉〉〉。。")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in a text: its words as a person sees them, and where it stands."""

    words: str
    place: Literal["start", "middle", "end"]


def lines_of(part: TextPart, *, markdown: bool) -> Lines:
    """The lines of a part of a file, those of its front matter left out."""
    if not markdown:
        return markdown_lines.plain(part.text)
    start = frontmatter.content_start(part.text, whole=part.at_end) if part.at_start else 0
    return markdown_lines.markdown(part.text, start)


def prompts(part: TextPart, lines: tuple[Line, ...], own: str = "") -> list[Prompt]:
    """The prompts that a person would see, in order.

    At the start and the end count the first and the last line that is shown, and what follows or
    precedes within 64 characters; in between, lines that stand alone.

    Args:
        part: the text.
        lines: its lines, those of the front matter left out.
        own: words that are a prompt, whatever they say, where a line is nothing else.
    """
    text = part.text
    seen = [index for index, line in enumerate(lines) if line.kind not in UNSEEN]
    first = _nearest(text, lines, seen, prompt_at_start, own) if part.at_start else None
    last = _nearest(text, lines, seen[::-1], prompt_at_end, own) if part.at_end else None
    if first is not None and last is not None and first.line == last.line:
        # one prompt in a short text is near both edges: it belongs to the nearer one
        first, last = (first, None) if first.before <= last.before else (None, last)
    taken = {edge.line for edge in (first, last) if edge is not None}
    between = (standing(text, lines, index, own) for index in seen if index not in taken)
    return [
        *([Prompt(first.words, "start")] if first else []),
        *[Prompt(words, "middle") for words in islice(filter(None, between), _MOST)],
        *([Prompt(last.words, "end")] if last else []),
    ]


def of_paragraphs(paragraphs: Iterable[tuple[str, Kind]], own: str = "") -> list[Prompt]:
    """The prompts in paragraphs that stand by themselves, in order.

    Args:
        paragraphs: as they are shown, each with what it is as a line: ``"plain"``, ``"heading"``
            or ``"table"``; raised letters stand for a corner mark.
        own: as for :func:`prompts`.
    """
    given = list(paragraphs)
    texts = [text for text, _ in given]
    if own not in texts and not may_stand_in("\n".join(texts), markup=False):
        return []
    lines, at = [], 0
    for text, kind in given:
        end = at + len(text)
        lines += [Line(at, end, end + 1, kind), Line(end + 1, end + 1, end + 2, "blank")]
        at = end + 2
    part = TextPart("\n\n".join(texts), "utf-8", 0, "\n", at_start=True, at_end=True)
    return prompts(part, tuple(lines), own)


class _Edge(NamedTuple):
    """A prompt near an edge: its line, the characters shown before it, its words."""

    line: int
    before: int
    words: str


def _nearest(
    text: str,
    lines: tuple[Line, ...],
    seen: list[int],
    prompt: Callable[[str], str | None],
    own: str,
) -> _Edge | None:
    """The first prompt among the lines that are shown within :data:`_NEAR` characters.

    Titles do not use them up, and the first other line counts whatever its length; a corner mark
    also where it stands at the other end of that line's paragraph.
    """
    before, body, last = 0, False, -1
    for index in seen:
        line = lines[index]
        far = before > _NEAR and body
        if far and not (abs(index - last) == 1 and line.kind == lines[last].kind == "text"):
            break
        last = index
        raw = _ends(text[line.start : line.end])
        mark = corner_mark_in(raw, markup=line.kind != "plain")
        if far and mark is None:
            continue
        words = markdown_lines.shown(raw, line.kind)
        title = line.kind == "heading"
        if mark is None and words == own:
            mark = own or None
        listed = line.kind == "item" and any(
            other.kind == "item" for other in lines[max(index - 1, 0) : index + 2] if other != line
        )
        if mark is None and line.kind != "table" and not listed:  # an item among others is no mark
            mark = prompt_in(words, title=True) if title else prompt(words)
        if mark is not None:
            return _Edge(index, before, mark)
        before += len(words)
        body = body or (bool(words) and not title)
    return None


def standing(text: str, lines: Sequence[Line], index: int, own: str = "") -> str | None:
    """The prompt that a line is, or the corner mark that it bears, if it stands alone.

    Args:
        text: a text.
        lines: its lines.
        index: which of them.
        own: as for :func:`prompts`.
    """
    line = lines[index]
    raw = _ends(text[line.start : line.end])
    mark = corner_mark_in(raw, markup=line.kind != "plain")
    mine = bool(own) and own in html.unescape(raw).replace("\\", "")
    if mark is not None or ("生成" not in raw and "合成" not in raw and not mine):
        return mark
    if len(raw) > 2 * LONGEST or line.kind not in ("text", "plain", "quote"):
        return None
    beside = lines[max(index - 1, 0) : index + 2]
    if line.kind != "quote" and sum(neighbour.kind == line.kind for neighbour in beside) > 1:
        return None
    words = markdown_lines.shown(raw, line.kind)
    return own if mine and words == own else prompt_in(words)


def _ends(raw: str) -> str:
    """A long line's beginning and end, so that a file of one line costs no more than others."""
    return raw if len(raw) <= 8 * _EDGE else f"{raw[: 4 * _EDGE]} {raw[-4 * _EDGE :]}"
