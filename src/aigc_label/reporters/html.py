"""One page that stands alone: nothing is loaded, only its own script runs, everything escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from aigc_label import __version__
from aigc_label.reporters.page import frame
from aigc_label.reporters.page.cards import card
from aigc_label.reporters.page.glimpses import Album, data_uri
from aigc_label.reporters.page.previews import Preview
from aigc_label.reporters.page.words import page_words
from aigc_label.reporters.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aigc_label.model import Report

__all__ = ["Preview", "data_uri", "render"]

_FEW = 3  # up to here every card is open


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,
    lang: str = "en",
    color: bool | None = None,  # noqa: ARG001 - the page follows the reader's light or dark setting
    previews: Mapping[str, Preview] | None = None,
) -> Summary:
    """Collect the reports, then write the page: the counts, the filters, a card for each file.

    Pictures are made of files that stand on the disk, the failed ones first, within bounds on
    their number, their bytes and the time they take (:mod:`aigc_label.reporters.page.glimpses`).

    Args:
        reports: consumed once; the failed ones are shown first.
        stream: where to; its encoding should be UTF-8, which the page declares.
        profile: the profile's id.
        lang: ``"en"`` or ``"zh"``.
        color: not used.
        previews: what else to show of a file, by its name in the report.
    """
    say = page_words(lang)
    summary, counts, collected = Summary(), frame.Counts(), []
    for report in reports:
        summary.add(report)
        counts.add(report)
        collected.append(report)
    collected.sort(key=lambda report: report.ok)
    stream.write(frame.head(lang))
    stream.writelines(frame.overview(summary, counts, profile, lang))
    stream.write(frame.tools(summary, counts, lang))
    album = Album()
    stream.write('<div id="files">\n')
    for report in collected:
        preview = (previews or {}).get(report.inspection.name)
        glimpse = album.of(report.inspection)
        if preview is not None and glimpse is not None:
            glimpse = glimpse._replace(picture="", context=())  # the preview shows them
        opened = preview is not None or len(collected) <= _FEW
        stream.writelines(card(report, lang, glimpse, preview, opened=opened))
    stream.write("</div>\n")
    if album.left_out:
        stream.write(f'<p class="quiet">{say["left out"].format(count=album.left_out)}</p>\n')
    if not collected:
        stream.write(f"<p>{say['empty']}</p>\n")
    else:
        stream.write(f'<p id="nothing" role="status" hidden>{say["nothing"]}</p>\n')
    named = (found for report in collected for found in report.findings)
    stream.writelines(frame.rules_asked(named, lang))
    stream.write(f"</main>\n<footer>aigc-label {__version__}</footer>\n")
    stream.write(frame.script() + "</body>\n</html>\n")
    return summary
