"""What is to be said of each file: rows of a CSV, JSON Lines or SQLite file, by its path.

The rows go into the ledger as they are read, and meet the files there: a join on the disk, whatever
the order and the number of both.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import reprlib
import sqlite3
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from aigc_label import spelling
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.library.actions import Labelling
from aigc_label.model import Attribution, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aigc_label.library.actions import Request
    from aigc_label.library.ledger import Ledger

COLUMNS = (
    "produce_id",
    "attribution",
    "text",
    "producer",
    "propagator",
    "propagate_id",
    "reserved_code",
    "declared",
)
"""What may stand beside ``path``; an empty value is none."""

_AT_ONCE = 1000
_LONGEST_LINE = 1 << 20


def load(ledger: Ledger, path: str, request: Request) -> None:
    """Take a manifest's rows into the ledger, in the place of those of an earlier one.

    Raises:
        UsageError: naming the row: a column that nobody knows, a value that no label may hold, a
            path or a number that stands there twice. The ledger is as it was.
        OSError: the manifest cannot be read.
    """
    rows = _checked_rows(_rows(path), path, request)
    with ledger.transaction() as db:
        db.execute("DELETE FROM manifest")
        while group := list(islice(rows, _AT_ONCE)):
            try:
                db.executemany("INSERT INTO manifest VALUES (?, ?, ?)", group)
            except sqlite3.IntegrityError:
                raise UsageError(f"{path}: {_twice(db, group)}") from None
        for name in ("produce_id", "propagate_id"):
            field = f"json_extract(fields, '$.{name}')"
            same = db.execute(
                f"SELECT {field}, min(line), max(line) FROM manifest WHERE {field} IS NOT NULL "  # noqa: S608 - one of two names
                "GROUP BY 1 HAVING count(*) > 1 LIMIT 1"
            ).fetchone()
            if same:
                raise UsageError(
                    f"{path}: {name} {printable(same[0])!r} stands in rows {same[1]} and "
                    f"{same[2]}; it numbers one content"
                )


def compare(ledger: Ledger, action: str, run: int, *, skip: bool) -> tuple[int, int, int]:
    """How many files to do have no row, how many rows have no file, and how many another number.

    A file that was begun, or is done, keeps the number that it was given then.

    Args:
        ledger: it holds both.
        action: what is done.
        run: the run that has seen the files.
        skip: the files without a row are left out of the run.
    """
    without = (
        "action = ? AND run = ? AND state = 'pending' AND NOT EXISTS "
        "(SELECT 1 FROM manifest WHERE manifest.path = file.path)"
    )
    if skip:
        with ledger.transaction() as db:
            unlisted = db.execute(
                "UPDATE file SET state = 'skipped', result = 'unlisted', "  # noqa: S608 - no value in it
                f"reason = 'the manifest does not name it' WHERE {without}",
                (action, run),
            ).rowcount
    else:
        query = f"SELECT count(*) FROM file WHERE {without}"  # noqa: S608 - as above
        unlisted = next(ledger.select(query, action, run))[0]
    unmatched = next(
        ledger.select(
            "SELECT count(*) FROM manifest WHERE NOT EXISTS (SELECT 1 FROM file "
            "WHERE file.path = manifest.path AND action = ? AND run = ?)",
            action,
            run,
        )
    )[0]
    number = _NUMBERS.get(action)
    numbered = next(ledger.select(_OTHER_NUMBER, number, action, run))[0] if number else 0
    return int(unlisted), int(unmatched), int(numbered)


_NUMBERS = {"label": "$.produce_id", "propagate": "$.propagate_id"}
"""What numbers a file for good; `fix` keeps what it finds, and `check` gives none."""

_OTHER_NUMBER = (
    "SELECT count(*) FROM file JOIN manifest ON manifest.path = file.path "
    "WHERE json_extract(manifest.fields, ?) != file.produce_id AND file.action = ? "
    "AND file.run = ? AND file.produce_id != '' AND file.state IN ('done', 'failed', 'started')"
)


def checked(fields: Mapping[str, Any]) -> dict[str, str]:
    """The values that are given, under names that are known, states as words.

    Raises:
        UsageError: naming the column, and the one that was probably meant.
    """
    found = {}
    for name, value in fields.items():
        if name not in COLUMNS:
            raise UsageError(f"no such column: {printable(str(name))!r}; {_meant(str(name))}")
        if value is None or value == "":
            continue
        found[name] = _state(value) if name == "attribution" else _text(name, value)
    return found


def given_by(
    metadata: Callable[[str], Mapping[str, str] | None], path: str
) -> dict[str, str] | None:
    """What a callable says of a file, as :func:`checked` gives it; ``None`` for nothing.

    Raises:
        UsageError: naming the file: it is no mapping, or none that a row could be.
    """
    told: object = metadata(path)  # whatever it promises
    if told is None:
        return None
    if not isinstance(told, Mapping):
        raise UsageError(
            f"metadata gave {reprlib.repr(told)} for {printable(path)!r}; let it return a mapping "
            "such as {'produce_id': 'A-1'}, or None for nothing"
        )
    try:
        return checked(told)
    except UsageError as error:
        raise UsageError(f"metadata of {printable(path)!r}: {error}") from None


def _state(value: object) -> str:
    state = Attribution.from_code(str(value))
    if state is None:
        try:
            state = Attribution(str(value))
        except ValueError:
            raise UsageError(
                f"attribution is 1, 2 or 3, or confirmed, possible or suspected, not {value!r}"
            ) from None
    return state.value


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int)):
        raise UsageError(f"{name} must be text, not {value!r}")
    text = str(value)
    if name == "declared" and text not in ("true", "false", "1", "0", "yes", "no"):
        raise UsageError(f"declared must be true or false, not {text!r}")
    return text


def _meant(name: str) -> str:
    return spelling.hint(name, [*COLUMNS, "path"], f"columns are path, {', '.join(COLUMNS)}")


def _checked_rows(
    rows: Iterable[tuple[int, dict[str, Any]]], path: str, request: Request
) -> Iterator[tuple[bytes, int, str]]:
    for line, row in rows:
        try:
            name = row.pop("path", None)
            if not name or not isinstance(name, (str, bytes)):
                raise UsageError("no path; every row needs one, below the source")
            fields = checked(row)
            if isinstance(request, Labelling):
                request.implicit(fields.get("produce_id", "0"), fields)
        except (UsageError, InvalidLabel) as error:
            raise UsageError(f"{path}: row {line}: {error}") from None
        yield _key(name, f"{path}: row {line}"), line, json.dumps(fields)


def _key(name: str | bytes, where: str) -> bytes:
    """A path below the source as the ledger spells it."""
    try:
        key = os.path.normpath(os.fsencode(name)).replace(os.fsencode(os.sep), b"/")
    except UnicodeEncodeError:
        raise UsageError(f"{where}: {name!r} is no name of a file") from None
    if key.startswith((b"/", b"../")) or key in (b"..", b"."):
        shown = printable(os.fsdecode(name))
        raise UsageError(f"{where}: {shown} is not below the source; give paths from there")
    return key


def _rows(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a manifest and their numbers, as they are read."""
    if os.path.exists(path) and not os.path.isfile(path):
        what = "a folder" if os.path.isdir(path) else "no ordinary file, and each run reads it anew"
        raise UsageError(f"{path}: {what}; give a file of CSV, JSON Lines or SQLite")
    with open(path, "rb") as stream:
        head = stream.read(16)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{path}: UTF-16; save it as UTF-8")
    if head == b"SQLite format 3\0":
        yield from _of_sqlite(path)
    elif os.path.splitext(path)[1].lower() in (".jsonl", ".ndjson", ".json"):
        yield from _of_lines(path)
    else:
        yield from _of_csv(path)


def _of_csv(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            _refuse_header(reader.fieldnames or (), path)
            for row in reader:
                if None in row:
                    raise UsageError(f"{path}: row {reader.line_num} has more values than columns")
                yield reader.line_num, row
        except csv.Error as error:
            raise UsageError(f"{path}: row {reader.line_num}: no CSV: {error}") from None


def _refuse_header(names: Iterable[str], path: str) -> None:
    """Refuse columns that nobody knows before the first row is read."""
    names = list(names)
    for at, name in enumerate(names):
        if name in names[:at]:
            raise UsageError(f"{path}: there are two columns {printable(name)!r}")
        if len(names) == 1 and any(mark in name for mark in ";\t|"):
            raise UsageError(f"{path}: values are separated by commas, not as {printable(name)!r}")
        if name not in COLUMNS and name != "path":
            raise UsageError(f"{path}: no such column: {printable(name)!r}; {_meant(name)}")
    if "path" not in names:
        raise UsageError(f"{path}: there is no column 'path'; the first row names the columns")


def _of_lines(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    with open(path, "rb") as stream:
        for number in range(1, 1 << 62):
            line = stream.readline(_LONGEST_LINE)
            if not line:
                return
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}: row {number}: no JSON: {error}") from None
            if not isinstance(row, dict):
                raise UsageError(f"{path}: row {number}: an object is needed on every line")
            yield number, row


def _of_sqlite(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            names = [row[0] for row in db.execute(_TABLES)]
            if "manifest" in names:
                names = ["manifest"]
            if len(names) != 1:
                raise UsageError(f"{path}: which table? call the one that is meant 'manifest'")
            quoted = names[0].replace('"', '""')
            cursor = db.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a name that stands there
            columns = [each[0] for each in cursor.description]
            _refuse_header(columns, path)
            for number, values in enumerate(cursor, 1):
                yield number, dict(zip(columns, values, strict=True))
    except sqlite3.Error as error:
        raise UsageError(f"{path}: {error}") from error


_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"


def _twice(db: sqlite3.Connection, group: list[tuple[bytes, int, str]]) -> str:
    lines: dict[bytes, int] = {}
    for key, line, _ in group:
        row = db.execute("SELECT line FROM manifest WHERE path = ?", (key,)).fetchone()
        earlier = lines.get(key) or (row[0] if row and row[0] != line else None)
        if earlier:
            return f"{printable(os.fsdecode(key))} stands in rows {earlier} and {line}"
        lines[key] = line
    return "a path stands there twice"
