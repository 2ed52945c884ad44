"""The reporters' own words, in English and in Chinese."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_EN = {
    "error": "error",
    "warning": "warning",
    "note": "note",
    "review": "review",
    "informational": "info",
    "ok": "ok",
    "failed": "failed",
    "confirmed": "confirmed",
    "possible": "possible",
    "suspected": "suspected",
    "producer": "producer",
    "propagator": "propagator",
    "id": "id",
    "explicit": "explicit",
    "implicit": "implicit",
    "security": "security",
    "signature verified": "signature=verified",
    "signature intact": "signature=intact",
    "signature failed": "signature=failed",
    "clause": " ({clause})",
    "binding": "; {binding}",
    "shall": "binding",
    "guide": "a guide's",
    "practice": "good practice",
    "evidence": "{state} by {step}: {detail}",
    "by metadata": "the implicit label",
    "by declaration": "declaration",
    "by explicit": "the explicit label",
    "by traces": "traces",
    "open": "open",
    "byte": "; byte {offset}",
    "count": "{files} files: {ok} ok, {failed} failed",
    "count one": "1 file: {ok} ok, {failed} failed",
    "count open": ", {open} not fully looked at",
    "of files": " ({count} of {files} files)",
    "notApplicable": "n/a",
    "title": "AI-generation label report",
    "profile": "profile",
    "files": "files",
    "not looked at": "not fully looked at",
    "findings": "Findings",
    "labels": "Implicit labels",
    "marks": "Explicit labels",
    "signals": "Other statements of origin",
    "none": "none",
    "not perceived": "not looked at",
    "right place": "in its place",
    "wrong place": "not in its place",
    "before": "before",
    "after": "after",
    "bytes": "{size} bytes",
    "no findings": "Nothing to object to.",
    "empty": "No file was checked.",
    "ai yes": "says AI",
    "ai no": "does not say AI",
    "generator": "tool",
}

_ZH = {
    "error": "错误",
    "warning": "警告",
    "note": "提示",
    "review": "待复核",
    "informational": "信息",
    "ok": "通过",
    "failed": "不通过",
    "confirmed": "属于",
    "possible": "可能",
    "suspected": "疑似",
    "producer": "提供者",
    "propagator": "传播者",
    "id": "编号",
    "explicit": "显式标识",
    "implicit": "隐式标识",
    "security": "安全防护信息",
    "signature verified": "签名=已验证",
    "signature intact": "签名=未被改动",
    "signature failed": "签名=无效",
    "clause": "（{clause}）",
    "binding": "，{binding}",
    "shall": "强制",
    "guide": "指南",
    "practice": "良好实践",
    "evidence": "{state}，依据{step}：{detail}",
    "by metadata": "隐式标识",
    "by declaration": "用户声明",
    "by explicit": "显式标识",
    "by traces": "生成痕迹",
    "open": "未定",
    "byte": "；第 {offset} 字节",
    "count": "共 {files} 个文件：{ok} 个通过，{failed} 个不通过",
    "count one": "共 1 个文件：{ok} 个通过，{failed} 个不通过",
    "count open": "，{open} 个未完全检查",
    "of files": "（{files} 个文件中有 {count} 个）",
    "notApplicable": "不适用",
    "title": "AI 生成合成内容标识检查报告",
    "profile": "检查方案",
    "files": "文件",
    "not looked at": "未完全检查",
    "findings": "检查结果",
    "labels": "隐式标识",
    "marks": "显式标识",
    "signals": "其他来源信息",
    "none": "无",
    "not perceived": "未检查",
    "right place": "位置符合指南",
    "wrong place": "位置不符合指南",
    "before": "标识前",
    "after": "标识后",
    "bytes": "{size} 字节",
    "no findings": "未发现问题。",
    "empty": "没有检查任何文件。",
    "ai yes": "表明由 AI 生成",
    "ai no": "未表明由 AI 生成",
    "generator": "工具",
}


_CLAUSES_ZH = (
    *(
        (rf"Measures art\. {number}\b", f"《标识办法》第{chinese}条")
        for number, chinese in enumerate("一二三四五六七八九十", 1)
    ),
    (r"Annex ([A-Z])", r"附录 \1"),
    (r"Regulation \(EU\) (\S+) art\. (\d+)\((\d+)\)", r"欧盟第 \1 号条例第 \2 条第 \3 款"),
    ("practice: ", "业界惯例："),
    (r"CAC notice of (\S+)", r"网信办 \1 通报"),
    ("TC260 carrier guides", "TC260 实践指南"),
    (" to ", "—"),
    ("; ", "；"),
    (", ", "、"),
)


@cache
def clause(text: str, lang: str) -> str:
    """A rule's clause in the words of a language; in reports as data it stays as it is."""
    if lang == "zh":
        for pattern, chinese in _CLAUSES_ZH:
            text = re.sub(pattern, chinese, text)
    return text


def words(lang: str) -> Mapping[str, str]:
    """The words of a language; English for any but Chinese."""
    return _ZH if lang == "zh" else _EN
