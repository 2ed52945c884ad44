"""The wording rule of GB 45438-2025 clause 5: an AI element and a generation element."""

from __future__ import annotations

import re

_AI = r"(?i:人工智能|(?<![A-Za-z])AI(?:GC)?(?![A-Za-z]))"
_MADE = r"(?:生成|合成)"
_PLAIN = {
    **{wide: wide - 0xFEE0 for wide in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))},
    **dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD)),
}
_CLAUSE = re.compile(r"[^，。；！,;!？?\n｜|]+[？?]?")
_BOTH = re.compile(rf"{_AI}.*?{_MADE}|{_MADE}.*?{_AI}", re.DOTALL)

# What may stand between a denial and what it denies; with anything else it denies that.
_BETWEEN = (
    r"(?:由|是|为|系|属于?|使?用|采用|利用|借助|通过|经过?|含有?|包含|有|任何|接受|参与|涉及|曾"
    r"|完全|绝对?|真的|本|所谓|的|内容|一切|各类|此类|[\s“”\"'「」])*"
)
_NOT = (
    r"(?:非|不(?!仅|但|止|只|断)|未(?!来)|没有?|无(?!损|法|论)|毫无|零|(?<![\d.])0\s*[%％]|勿|莫"
    r"|(?<![特级类区个分告识鉴])别|除(?=.{0,12}外)|是否|有无|能否|可否|拒绝|谢绝|禁[止用]|严禁|反对|抵制|杜绝"
    r"|防止|谨防|严防|警惕|当心|小心|识别|辨别|鉴别|分辨|检测|举报|打击|(?<!过)去[除掉]?|删除?|移除)"
)
_WITHIN = r"(?:未(?!来)|没有?|不(?!仅|但|止|只|断|间断)|无(?!损|缝|限)|以外|之外)"
_DENIED = re.compile(
    rf"{_NOT}{_BETWEEN}{_AI}|{_AI}[^，。]{{0,6}}?{_WITHIN}[^，。]{{0,8}}?{_MADE}"
    rf"|{_AI}.{{0,4}}?{_MADE}.{{0,6}}?(?:除外|以外|之外|一律|不收|退稿|勿扰)"
    r"|(?i:\b(?:not?(?!\.)|non|never|without)\b[^，。;,]{0,16}?\bAI\b)"
)
_ASKED = re.compile(
    rf"什么是|是什么|如何|怎[么样]|是不是|[吗呢么]\W*\Z|[?？]|谁说|{_MADE}\S{{0,4}}归谁"
)
_ON = re.compile(rf"\A\W*(?:浅?[论谈]|漫谈|试论|再论|聊聊|讨论|关于)\s*{_AI}")
_BY = re.compile(rf"(?:由|用|过|助|自|为|系)[^，。]{{0,12}}{_AI}")
_TOPIC = re.compile(
    rf"{_AI}[^，。]{{0,4}}?{_MADE}(?:与(?!合成|生成)|和(?!合成|生成)|(?i:\s*vs)|之|时代|未来|[：:]\s*(?!仅|请)\S{{2,}}与"
    r"|的?(?:内容|作品|文本|图片|图像|照片|视频|音频|头像|标识|合成|生成)*的?"
    r"(?:检测|鉴别|识别|辨别|谣言|诈骗|骗局|乱象|侵权|版权|著作权|问题|风险|挑战|机遇|未来|前景|趋势|时代|边界|伦理"
    r"|规范|标准|办法|法规|新规|条例|治理|监管|指南|教程|课程|大赛|比赛|峰会|论坛|工具|器|平台|软件|应用商店|原理))"
)


def is_prompt(text: str) -> bool:
    """Whether ``text`` says with both elements that AI made something (5.1 b to 5.6 b).

    The elements are 人工智能 or AI, and 生成 or 合成. A text that denies it, asks about it or names
    it as a topic has the words and says something else.
    """
    text = plain(text)
    if ("生成" not in text and "合成" not in text) or not names_ai(text):
        return False
    clauses = [one for one in _CLAUSE.findall(text) if _BOTH.search(one)] or [text]
    return any(_says_so(clause) for clause in clauses)


def plain(text: str) -> str:
    """The text with Latin letters of full width as others, and without characters of no width."""
    return text.translate(_PLAIN)


def denies(text: str) -> bool:
    """Whether words say that AI did *not* make something: ``非AI生成``, ``not AI-generated``."""
    return _DENIED.search(plain(text)) is not None


def _says_so(clause: str) -> bool:
    if _DENIED.search(clause) or _ASKED.search(clause) or _ON.search(clause):
        return False
    return _BY.search(clause) is not None or _TOPIC.search(clause) is None


def names_ai(text: str) -> bool:
    """Whether ``text`` bears the AI element alone: 人工智能, or AI (also AIGC) as a word."""
    return re.search(_AI, plain(text)) is not None


def is_corner_mark(text: str) -> bool:
    """Whether ``text`` is the corner-mark form of clause 5.1 c, which needs only ``AI``."""
    return text.strip().upper() == "AI"


def has_lower_case_ai(text: str) -> bool:
    """Whether the only AI element is not written in capitals, which clause 5 prints."""
    return "人工智能" not in text and "AI" not in text and re.search(_AI, text) is not None
