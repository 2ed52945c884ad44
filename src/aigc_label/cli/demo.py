"""``aigc-label demo``: label and check sample files of all four media."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import api, profile, registry
from aigc_label.cli import dispatch, options, parsing, terminal
from aigc_label.errors import UsageError
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.model import ImplicitLabel, Medium
from aigc_label.reporters import html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.model import Report, Written
    from aigc_label.reporters.summary import Summary

PRODUCER = "001191350100M000100Y4300000"
"""The sample producer code of GB 45438-2025 Annex F."""

FOLDER = "aigc-label-demo"

_EXAMPLES = """\
  aigc-label demo
  aigc-label demo /tmp/demo && open /tmp/demo/report.html"""


class Sample(NamedTuple):
    """One file, before and after."""

    source: Path
    target: Path
    before: Report
    written: Written
    after: Report


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser(
        "demo",
        "Copy a picture, a melody, a film and a text into DIR/before, label them into DIR/after,\n"
        f"check both, and write DIR/report.html. DIR is ./{FOLDER} unless given.",
        _EXAMPLES,
    )
    parser.add_argument("paths", nargs="*", metavar="[DIR]", help="an empty or a new folder")
    options.add_language(parser)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    if len(args.paths) > 1:
        raise UsageError(f"demo takes one folder, and there are {len(args.paths)}")
    folder = Path(args.paths[0] if args.paths else FOLDER)
    lang = args.lang or terminal.language()
    _refuse_foreign(folder)
    samples = [_labelled(source, folder, lang) for source in _copied(folder / "before")]
    page = folder / "report.html"
    counts = _write_page(page, samples, lang)
    header = ("file", "before", "implicit label", "explicit mark", "after")
    sys.stdout.write(terminal.table(header, [_row(sample) for sample in samples]))
    unseen = f", {counts.open} not fully looked at" if counts.open else ""
    sys.stdout.write(
        f"\n{counts.ok} of {counts.files} files pass the check{unseen}; "
        f"see {terminal.printable(str(page))}\n"
    )
    return dispatch.WRONG_FILE if counts.failed else dispatch.FINE


def _refuse_foreign(folder: Path) -> None:
    """Overwrite what an earlier demo left, and nothing else."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder; give a new or an empty one")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "report.html").is_file():
        raise UsageError(f"{folder} holds other files; give a new or an empty folder")


def _copied(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    copies = []
    for sample in resources.files("aigc_label").joinpath("demo").iterdir():
        copy = folder / sample.name
        copy.write_bytes(sample.read_bytes())
        copies.append(copy)
    return sorted(copies)


def _labelled(source: Path, folder: Path, lang: str) -> Sample:
    target = folder / "after" / source.name
    target.parent.mkdir(exist_ok=True)
    number = f"aigc-label-demo-{source.stem}"
    before = api.check(source, lang=lang)
    # A player's controls lie over the lower edge of a film in the report.
    is_film = before.inspection.medium is Medium.VIDEO
    written = api.label(
        source,
        ImplicitLabel(content_producer=PRODUCER, produce_id=number),
        explicit=ExplicitLabel(position="top-right" if is_film else "bottom-right"),
        to=target,
    )
    return Sample(source, target, before, written, api.check(target, lang=lang))


def _row(sample: Sample) -> tuple[str, ...]:
    mark = sample.written.mark
    shown = "" if mark is None else " ".join(word for word in (mark.text, mark.place) if word)
    if mark is not None and mark.kind != "text":
        shown = f"{mark.kind} {shown}"
    return (
        sample.source.name,
        _state(sample.before),
        sample.written.carrier or "-",
        shown.strip() or "-",
        _state(sample.after),
    )


def _state(report: Report) -> str:
    if report.ok:
        return "ok"
    wrong = [found.rule for found in report.findings if found.kind == "fail"]
    return f"failed: {', '.join(dict.fromkeys(wrong))}"


def _write_page(page: Path, samples: list[Sample], lang: str) -> Summary:
    previews = {sample.after.inspection.name: _preview(sample) for sample in samples}
    with page.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        return html.render(
            [sample.after for sample in samples],
            stream=stream,
            profile=profile.DEFAULT,
            lang=lang,
            previews=previews,
        )


def _preview(sample: Sample) -> html.Preview:
    medium = sample.after.inspection.medium or Medium.TEXT
    if medium is Medium.TEXT:
        before, after = (
            path.read_text(encoding="utf-8") for path in (sample.source, sample.target)
        )
    else:
        fmt = registry.by_id(sample.written.format)
        media_type = fmt.media_types[0] if fmt else ""
        before, after = (
            html.data_uri(path.read_bytes(), media_type) for path in (sample.source, sample.target)
        )
    return html.Preview(medium=medium, before=before, after=after)
