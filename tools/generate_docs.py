"""Write the pages of docs/reference that follow from the code, or check that they still do.

Usage: python tools/generate_docs.py [--check]

``--check`` writes nothing and ends with 1 if a page differs from what the code says now. The help
texts are those of Python 3.11, whose argparse decides on line breaks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import python_page
import traces_page

from aigc_label import profile, registry, rules
from aigc_label.cli import batch
from aigc_label.cli.dispatch import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
FORMATS_NOTE = """\
Where the implicit label stands, and which explicit mark is made. The first place is the one that
is written; all are read, and so are the wrong places that generators are known to use. A format is
told by its bytes, text formats by their name.

*Ours* are places in formats for which no guide names one; a report notes that, and a profile can
take them for the label's home. JSON's key is `AIGC`; the environment variable
`AIGC_LABEL_JSON_KEY`, or `json-key` in the settings file, names another one that contains it.
"""
MATRIX_NOTE = """\
Files of each kind that every change is tested on. *Plain* bear no label and much other metadata;
*elsewhere* is a label in a place that is neither the guide's nor ours, which is brought home.
Whatever is written is looked at by the foreign readers named, none of which shares a line with this
package; the last column walks the structure and may not complain about more than before.
"""
NOTE = "<!-- Made by tools/generate_docs.py; edit the code, not this page. -->\n\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated page and its text."""
    yield REFERENCE / "cli.md", _cli()
    yield REFERENCE / "names.md", python_page.page()
    yield REFERENCE / "formats.md", _formats()
    yield REFERENCE / "matrix.md", _matrix()
    yield REFERENCE / "profiles.md", _profiles()
    yield REFERENCE / "traces.md", traces_page.page()
    yield REFERENCE / "rules" / "index.md", _rules_index()
    for rule in rules.all_rules():
        yield REFERENCE / "rules" / f"{rule.id}.md", _rule(rule)


def _cli() -> str:
    parts = ["# Command line\n", "```text", _help(), "```\n"]
    for verb in VERBS:
        parts += [f"## aigc-label {verb}\n", "```text", _help(verb), "```\n"]
        for action in batch.ACTIONS if verb == "batch" else ():
            shown = _help(verb, action)
            parts += [f"### aigc-label {verb} {action}\n", "```text", shown, "```\n"]
    return "\n".join(parts)


def _help(*verb: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "aigc_label", *verb, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "96", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"},
    )
    return shown.stdout.rstrip()


def _formats() -> str:
    rows = [
        "# Formats\n",
        FORMATS_NOTE,
        "| format | medium | names | implicit label | explicit mark | rests on |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for fmt in registry.formats():
        homes = " ".join(f"`{home}`" for home in fmt.slots) or "no place"
        homes += " (ours)" if fmt.places and not fmt.homes else ""
        mark = "yes" if registry.marker_for(fmt.id) else "no"
        found = ", found by `check`" if registry.detectors_for(fmt.id) else ""
        names = " ".join(fmt.extensions)
        rows.append(
            f"| {fmt.id} | {fmt.medium} | {names} | {homes} | {mark}{found} | {fmt.source} |"
        )
    return "\n".join(rows) + "\n"


def _matrix() -> str:
    """From what the contract suite tests, so it says nothing that is not tested."""
    sys.path.insert(0, str(ROOT / "tests" / "contract"))
    import matrix  # noqa: PLC0415 - found only now

    parts = [
        "# What is tested\n",
        MATRIX_NOTE,
        "| format | plain | labelled | elsewhere | damaged | the label is seen by | structure by |",
        "| --- | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    for row in matrix.rows():
        counts = " | ".join(str(len(row.cells[column])) for column in matrix.COLUMNS)
        readers, strict = (", ".join(dict.fromkeys(names)) for names in (row.readers, row.strict))
        parts.append(f"| {row.format} | {counts} | {readers} | {strict or '-'} |")
    return "\n".join(parts) + "\n"


def _profiles() -> str:
    parts = ["# Profiles\n"]
    for name in profile.names():
        loaded = profile.load(name)
        parts += [f"## {loaded.id}\n", f"{loaded.title}\n", f"{loaded.description}\n"]
        parts += [f"A file fails from level **{loaded.fail_on}** on.\n"]
        parts += [f"- `{pattern}`: {level or 'off'}" for pattern, level in loaded.rules.items()]
        ours = (f"`{pattern}`" for pattern, home in loaded.homes.items() if not home)
        if noted := ", ".join(ours):
            parts += [
                (
                    "\nFormats for which no guide names a place, where a label in ours is noted "
                    f"(`home = false`): {noted}."
                )
            ]
        parts += [""]
    return "\n".join(parts)


def _rules_index() -> str:
    rows = [
        "# Rules\n",
        "| rule | level | binds as | asks that | clause |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows += [
        f"| [{rule.id}]({rule.id}.md) | {rule.level} | {rule.binding} | {rule.title.en} | "
        f"{rule.clause} |"
        for rule in rules.all_rules()
    ]
    return "\n".join(rows) + "\n"


def _rule(rule: rules.Rule) -> str:
    return (
        f"# {rule.id}\n\n**{rule.title.en}** · {rule.title.zh}\n\n"
        f"{rule.clause} · level {rule.level} · binds as {rule.binding}\n\n{rule.page}\n"
    )


def main() -> int:
    """Write or check all pages."""
    check = "--check" in sys.argv[1:]
    wanted = dict(pages())
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != NOTE + text
    ]
    orphans = [path for path in (REFERENCE / "rules").glob("*.md") if path not in wanted]
    if check:
        for path in (*stale, *orphans):
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`")
        return 1 if stale or orphans else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTE + wanted[path], encoding="utf-8")
    for path in orphans:
        path.unlink()
    print(f"{len(wanted)} pages, {len(stale)} rewritten, {len(orphans)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
