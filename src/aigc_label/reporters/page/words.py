"""What only the page says, in English and in Chinese."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from aigc_label.reporters.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

_EN = {
    "by format": "By format",
    "by rule": "By rule",
    "format": "format",
    "rule": "rule",
    "level": "level",
    "size": "size",
    "name": "name",
    "show": "Show files",
    "search": "Search names, messages, fields",
    "verdict": "verdict",
    "all": "all",
    "any": "any",
    "sort": "sort by",
    "failed first": "failed first",
    "unknown": "unknown",
    "shown": "{shown} of {all} files shown",
    "reset": "reset",
    "open all": "open",
    "close all": "close",
    "nothing": "No file matches these filters.",
    "copy": "copy",
    "copied": "copied",
    "rules": "Rules in this report",
    "binding": "binding",
    "shall": "required by the standard or the Measures",
    "guide": "asked for by a TC260 guide",
    "practice": "good practice",
    "left out": "To keep this page small, {count} files are listed without a picture.",
    "picture of": "Picture of {name}",
    "frame of": "Frame of {name} at {at}",
    "label here": "explicit label: {text}",
    "timeline": "Timeline of {seconds}",
    "no marks on it": "no explicit label in time",
    "2 s": "2 s",
    "length": "length",
    "words": "The words where they stand",
    "beginning": "How the text begins",
    "of short side": "{ratio} of the shortest side",
    "contrast": "contrast {contrast}:1",
    "seconds": "{seconds} s",
    "explicit one": "Explicit labels",
    "rules text": "files",
    "start": "start",
    "middle": "middle",
    "end": "end",
    "text": "text",
    "rhythm": "rhythm",
    "voice": "voice",
}

_ZH = {
    "by format": "按格式",
    "by rule": "按规则",
    "format": "格式",
    "rule": "规则",
    "level": "级别",
    "size": "大小",
    "name": "文件名",
    "show": "筛选文件",
    "search": "搜索文件名、结果、字段",
    "verdict": "结论",
    "all": "全部",
    "any": "不限",
    "sort": "排序",
    "failed first": "不通过在前",
    "unknown": "未知",
    "shown": "显示 {all} 个文件中的 {shown} 个",
    "reset": "重置",
    "open all": "展开",
    "close all": "收起",
    "nothing": "没有符合条件的文件。",
    "copy": "复制",
    "copied": "已复制",
    "rules": "本报告涉及的规则",
    "binding": "约束力",
    "shall": "强制性标准或《标识办法》要求",
    "guide": "TC260 实践指南要求",
    "practice": "良好实践",
    "left out": "为控制页面大小，{count} 个文件未附图片。",
    "picture of": "{name} 的缩略图",
    "frame of": "{name} 在 {at} 处的画面",
    "label here": "显式标识：{text}",
    "timeline": "时间轴，全长 {seconds}",
    "no marks on it": "时间轴上无显式标识",
    "2 s": "2 秒",
    "length": "全长",
    "words": "标识文字及其上下文",
    "beginning": "文本开头",
    "of short side": "最短边的 {ratio}",
    "contrast": "对比度 {contrast}:1",
    "seconds": "{seconds} 秒",
    "explicit one": "显式标识",
    "rules text": "文件",
    "start": "开头",
    "middle": "中间",
    "end": "末尾",
    "text": "文字",
    "rhythm": "节奏",
    "voice": "语音",
}


@cache
def page_words(lang: str) -> Mapping[str, str]:
    """The words of the page and those that all reporters share; English for any but Chinese."""
    return MappingProxyType({**words(lang), **(_ZH if lang == "zh" else _EN)})
