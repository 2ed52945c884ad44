"""Cut the package's font out of Noto Sans CJK SC.

Usage, with the ``tools`` extra installed::

    python tools/subset_font.py NotoSansCJK-Medium.ttc src/aigc_label/fonts/AIGCLabelSans.otf

The same collection and the same fontTools give the same bytes. What is in the font and why, and
the facts on its licence, stand in ``docs/explanation/decisions/font.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont, newTable

FAMILY = "AIGC Label Sans"
FACE = "Noto Sans CJK SC"

VOCABULARY = (
    "人工智能生成合成由内容本图片像视频音频文字可能疑似标识仅供参考请注意甄别辨虚拟场景"  # SC
    "內圖視頻標識僅參擬產聲製譯虛關於請辨別場語畫說這個為無經過與實際並創"  # the same, traditional
    "인공지능생성합성콘텐츠이미지영상음악가의심된본은는을를에서으로"  # what stands beside 生成
)
"""Words of labels; most of it lies in GB 2312 level 1 as well."""


def wanted() -> set[int]:
    """The code points to keep, as far as the face has them."""
    points = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180))  # ASCII, Latin-1, Extended-A
    points |= {ord(c) for c in "€™‐‑–—―‘’‚“”„†•…‰′″‹›←↑→↓№★☆✓"}
    points |= set(range(0x3000, 0x3020))  # CJK punctuation and brackets
    points |= set(range(0xFF01, 0xFF5F)) | {0xFFE5, 0xFFE0, 0xFFE1}  # full-width forms
    points |= {ord(c) for c in VOCABULARY}
    points |= _gb2312(range(4, 6))  # kana: 生成 and AI are Japanese words, too
    points |= _gb2312(range(16, 56))  # level 1, the 3,755 commonest hanzi
    return points


def _gb2312(rows: range) -> set[int]:
    """The code points of some rows of GB 2312; empty cells are left out."""
    cells = (bytes((row + 0xA0, cell + 0xA0)) for row in rows for cell in range(1, 95))
    return {ord(c) for cell in cells for c in cell.decode("gb2312", "ignore")}


def cut(collection: Path) -> TTFont:
    """The subset, without hints, layout features and vertical metrics.

    Raises:
        SystemExit: if the collection has no Simplified Chinese face.
    """
    faces = TTCollection(collection, lazy=True).fonts
    font = next((f for f in faces if f["name"].getBestFamilyName() == FACE), None)
    if font is None:
        raise SystemExit(f"{collection} has no face {FACE!r}")
    options = subset.Options()
    options.hinting = False
    options.desubroutinize = True  # 5 KB smaller: most shared strokes went with the other glyphs
    options.layout_features = []
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    font.recalcTimestamp = False  # the same input gives the same bytes
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted())
    cutter.subset(font)
    return font


def renamed(font: TTFont, weight: str) -> TTFont:
    """The font under a name of our own, with its makers and licence named."""
    original = font["name"]
    kept = {number: original.getDebugName(number) for number in (0, 5, 8, 9, 10, 12, 13, 14)}
    post_script = f"{FAMILY.replace(' ', '')}-{weight}"
    names = newTable("name")
    names.names = []
    for number, text in sorted(
        {
            **kept,
            1: FAMILY if weight == "Regular" else f"{FAMILY} {weight}",
            2: "Regular",
            3: f"{kept[5].split(';')[0]};aigc-label;{post_script}",
            4: f"{FAMILY} {weight}",
            6: post_script,
            16: FAMILY,
            17: weight,
        }.items()
    ):
        if text:
            names.setName(text, number, 3, 1, 0x409)
    font["name"] = names
    cff = font["CFF "].cff
    cff.fontNames = [post_script]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName, top.Weight = f"{FAMILY} {weight}", FAMILY, weight
    for number, part in enumerate(getattr(top, "FDArray", ())):
        part.FontName = f"{post_script}-{number}"
    return font


def main(collection: str, target: str) -> None:
    """Write the subset and say what it is."""
    source = Path(collection)
    font = renamed(cut(source), source.stem.rpartition("-")[2])
    font.save(target, reorderTables=True)
    written = TTFont(target)
    print(
        f"{target}: {Path(target).stat().st_size:,} bytes, {written['maxp'].numGlyphs:,} glyphs, "
        f"{len(written.getBestCmap()):,} characters"
    )
    missing = sorted(point for point in wanted() if point not in written.getBestCmap())
    if missing:
        print(f"the face lacks {len(missing)} of the wanted characters, mostly Latin Extended-A")


if __name__ == "__main__":
    main(*sys.argv[1:])
