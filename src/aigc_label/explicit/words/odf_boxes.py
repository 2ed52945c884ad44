"""A text box in an OpenDocument, the same on slides and sheets, and the styles it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.xmlspans import escaped
from aigc_label.explicit.words import document_looks
from aigc_label.explicit.words.odf_package import length

if TYPE_CHECKING:
    from aigc_label.explicit.words.document_looks import Box, Colours

NAME = "AIGC label"
"""What the frame is called in lists of objects."""

NAMES = "office text style fo draw svg"
"""Prefixes that :func:`frame` and :func:`styles` need."""

_SMALLER = 1 / 0.66


class Look(NamedTuple):
    """How a box looks; ``style`` is the name of its styles."""

    style: str
    colours: Colours
    bold: bool = False
    raised: bool = False
    rim: str = ""


def frame(names: dict[str, str], words: str, box: Box, look: Look, *, extra: str = "") -> str:
    """The text box; ``extra`` are further attributes, each with a blank before it."""
    d, t, v = names["draw"], names["text"], names["svg"]
    declared = names["xmlns_draw"] + names["xmlns_text"] + names["xmlns_svg"]
    sides = f'{v}x="{length(box.left)}" {v}y="{length(box.top)}"'
    sides += f' {v}width="{length(box.width)}" {v}height="{length(box.height)}"'
    return (
        f'<{d}frame{declared} {d}style-name="{look.style}" {d}text-style-name="{look.style}" '
        f'{d}name="{NAME}"{extra} {sides}>'
        f'<{d}text-box {d}corner-radius="{length(box.size / 4)}">'
        f'<{t}p {t}style-name="{look.style}">'
        f'<{t}span {t}style-name="{look.style}">{escaped(words)}</{t}span></{t}p>'
        f"</{d}text-box></{d}frame>"
    )


def styles(names: dict[str, str], box: Box, look: Look) -> str:
    """The styles of the frame, its paragraph and its letters, all of one name."""
    s, f, d = names["style"], names["fo"], names["draw"]
    own = f"<{s}style{names['xmlns_style']}{names['xmlns_fo']}{names['xmlns_draw']}"
    own += f"{names['xmlns_svg']} "
    own += f'{s}name="{look.style}" {s}family='
    side, above = document_looks.padding(box.size)
    stroke = f'{d}stroke="none"'
    if look.rim:
        v = names["svg"]
        stroke = f'{d}stroke="solid" {v}stroke-color="#{look.rim}" {v}stroke-width="0.02cm"'
    wrap = "no-wrap" if box.height < 2 * box.size else "wrap"
    size = box.size * (_SMALLER if look.raised else 1)
    weight = "bold" if look.bold else "normal"
    raised = f' {s}text-position="super 66%"' if look.raised else ""
    return (
        f'{own}"graphic"><{s}graphic-properties {stroke} {d}fill="solid" '
        f'{d}fill-color="#{look.colours.ground}" {d}opacity="{look.colours.opacity:.0%}" '
        f'{d}textarea-horizontal-align="center" {d}textarea-vertical-align="middle" '
        f'{d}auto-grow-height="false" {d}auto-grow-width="false" {f}wrap-option="{wrap}" '
        f'{f}padding-left="{length(side)}" {f}padding-right="{length(side)}" '
        f'{f}padding-top="{length(above)}" {f}padding-bottom="{length(above)}"/></{s}style>'
        f'{own}"paragraph"><{s}paragraph-properties {f}text-align="center" {f}margin-left="0cm" '
        f'{f}margin-right="0cm" {f}margin-top="0cm" {f}margin-bottom="0cm" {f}text-indent="0cm"/>'
        f"</{s}style>"
        f'{own}"text"><{s}text-properties {f}color="#{look.colours.ink}" '
        f'{f}font-size="{size:.1f}pt" {s}font-size-asian="{size:.1f}pt" '
        f'{f}font-weight="{weight}" {s}font-weight-asian="{weight}" {f}font-style="normal" '
        f'{s}font-family-asian="\'{document_looks.FONT}\'" {f}language="en" {f}country="US" '
        f'{s}language-asian="zh" {s}country-asian="CN"{raised}/></{s}style>'
    )
