"""What a manifest says of each file: three formats, one set of rules."""

from __future__ import annotations

import json
import os
import sqlite3

import pytest

from aigc_label import ExplicitLabel, api
from aigc_label.errors import UsageError
from aigc_label.library import manifest
from aigc_label.library.actions import Labelling, Propagating
from aigc_label.library.ledger import NAME


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="numbers.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


ROWS = [
    {"path": "top.png", "produce_id": "P-1", "attribution": "2"},
    {"path": "0/00.png", "produce_id": "P-2", "attribution": "", "producer": "Sister"},
    {"path": "missing.png", "produce_id": "P-3", "attribution": "confirmed"},
]


def as_csv(path, rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)] + [",".join(row.get(name, "") for name in names) for row in rows]
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")


def as_jsonl(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")


def as_sqlite(path, rows):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE manifest (path, produce_id, attribution, producer)")
        db.execute("CREATE TABLE other (x)")
        db.executemany(
            "INSERT INTO manifest VALUES (?, ?, ?, ?)",
            [
                tuple(map(row.get, ("path", "produce_id", "attribution", "producer")))
                for row in rows
            ],
        )


@pytest.mark.parametrize(
    ("write", "name"), [(as_csv, "m.csv"), (as_jsonl, "m.jsonl"), (as_sqlite, "m.db")]
)
def test_rows_meet_their_files(labelling, run, rows, tmp_path, write, name):  # noqa: PLR0917 - fixtures
    write(tmp_path / name, ROWS)
    summary = run(labelling(manifest=str(tmp_path / name)))
    assert summary.files == {"labelled": 2}
    assert (summary.unlisted, summary.unmatched) == (11, 1)
    first = api.read(str(tmp_path / "out" / "top.png")).labels[0].fields
    assert (first["ProduceID"], first["Label"]) == ("P-1", "2")
    second = api.read(str(tmp_path / "out" / "0" / "00.png")).labels[0].fields
    assert (second["ProduceID"], second["ContentProducer"]) == ("P-2", "Sister")
    table = rows(tmp_path / "out" / NAME)
    assert table[b"1/01.png"]["result"] == "unlisted"
    again = run(labelling(manifest=str(tmp_path / name), unlisted="take"))
    assert again.files == {"labelled": 11}
    assert again.unlisted == 11


def test_names_that_are_no_text(labelling, run, tree, picture, tmp_path, csv_file):  # noqa: PLR0917 - fixtures
    (tree / os.fsdecode(b"\xff.png")).write_bytes(picture)
    plan = labelling(manifest=csv_file(b"path,produce_id\n\xff.png,P-9\n./top.png,P-8\n"))
    assert run(plan).files == {"labelled": 2}
    with open(os.path.join(os.fsencode(tmp_path), b"out/\xff.png"), "rb") as stream:
        assert api.read(stream, name="x.png").labels[0].fields["ProduceID"] == "P-9"


def test_words_and_declarations(labelling, run, tree, tmp_path, csv_file, rows):  # noqa: PLR0917 - fixtures
    (tree / "poem.md").write_text("# A poem\n\nby a model\n")
    request = Labelling(producer="ExampleStudio", explicit=ExplicitLabel())
    text = csv_file("path,text\npoem.md,由AI生成的诗\n")
    assert run(labelling(request=request, manifest=text)).files == {"labelled": 1}
    assert "由AI生成的诗" in (tmp_path / "out" / "poem.md").read_text()
    request = Propagating(propagator="Platform")
    lines = '{"path": "top.png", "declared": true, "propagate_id": 17}\n{"path": "poem.md"}\n'
    plan = labelling(request=request, dest=str(tmp_path / "p"), manifest=csv_file(lines, "m.jsonl"))
    assert run(plan).files == {"propagated": 1, "failed": 1}
    assert rows(tmp_path / "p" / NAME, "propagate")[b"top.png"]["produce_id"] == "17"


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (
            "path,produceid\na,1\n",
            "m.csv",
            "no such column: 'produceid'; did you mean 'produce_id'",
        ),
        ("path,colour\na,1\n", "m.csv", "columns are path, produce_id"),
        ("file,produce_id\na,1\n", "m.csv", "no such column: 'file'"),
        ("produce_id\n1\n", "m.csv", "no column 'path'"),
        ("path,produce_id\n,1\n", "m.csv", "row 2: no path"),
        ("path,produce_id\na,1,2\n", "m.csv", "row 2 has more values"),
        ("path,attribution\na,maybe\n", "m.csv", "row 2: attribution is 1, 2 or 3"),
        ("path,declared\na,perhaps\n", "m.csv", "declared must be true or false"),
        ("path,produce_id\na,1\nb,1\n", "m.csv", "produce_id '1' stands in rows 2 and 3"),
        ("path,produce_id\na,1\n./a,2\n", "m.csv", "a stands in rows 2 and 3"),
        ('path,produce_id\na,"x\x01"\n', "m.csv", "row 2: ProduceID contains U+0001"),
        ('path\n"a"b\n', "m.csv", "no CSV"),
        ("[1]\n", "m.jsonl", "row 1: an object"),
        ("{\n", "m.jsonl", "row 1: no JSON"),
        ('{"path": "a", "text": ["x"]}\n', "m.jsonl", "text must be text"),
        ('{"path": "a", "texd": "x"}\n', "m.jsonl", "did you mean 'text'"),
        (b"SQLite format 3\0garbage", "m.db", "m.db: "),
    ],
)
def test_what_is_wrong_is_said_before_any_file_is_touched(  # noqa: PLR0917 - fixtures
    labelling, run, csv_file, text, name, said, tmp_path
):
    with pytest.raises(UsageError, match=r"m\.") as caught:
        run(labelling(manifest=csv_file(text, name)))
    assert said in str(caught.value)
    assert not list((tmp_path / "out").glob("*.png"))


def test_which_table(tmp_path, labelling, run):
    with sqlite3.connect(tmp_path / "m.db") as db:
        db.execute("CREATE TABLE a (path)")
        db.execute("CREATE TABLE b (path)")
    with pytest.raises(UsageError, match="which table"):
        run(labelling(manifest=str(tmp_path / "m.db")))


def test_a_path_twice_in_different_groups(labelling, run, csv_file, monkeypatch):
    monkeypatch.setattr(manifest, "_AT_ONCE", 1)
    with pytest.raises(UsageError, match="a stands in rows 2 and 4"):
        run(labelling(manifest=csv_file("path\na\nb\na\n")))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.csv", "path,produce_id\n../media/top.png,A\n", "row 2: ../media/top.png is not below"),
        ("m.csv", "path,produce_id\n/etc/passwd,A\n", "row 2: /etc/passwd is not below"),
        ("m.csv", "path,produce_id\ntop.png,A\nx/../top.png,B\n", "rows 2 and 3"),
        ("m.csv", "path,path\ntop.png,0/00.png\n", "two columns 'path'"),
        ("m.csv", "path;produce_id\ntop.png;A\n", "separated by commas"),
        ("m.csv", "path\tproduce_id\ntop.png\tA\n", "separated by commas"),
        ("m.csv", "\ufeffpath\n".encode("utf-16"), "save it as UTF-8"),
        ("m.jsonl", '{"path": "\\ud800.png"}\n', "row 1: '\\ud800.png' is no name of a file"),
        ("m.jsonl", '{"path": "top.png"}\n{"path": "./top.png"}\n', "rows 1 and 2"),
    ],
)
def test_what_nobody_can_mean_is_refused(labelling, run, csv_file, name, text, said):  # noqa: PLR0917 - a table
    with pytest.raises(UsageError) as caught:
        run(labelling(manifest=csv_file(text, name)))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_no_manifest(labelling, run, tree, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no ordinary file"):
        run(labelling(manifest=str(tmp_path / "pipe")))
    with pytest.raises(UsageError, match="a folder"):
        run(labelling(manifest=str(tree)))


def test_a_byte_order_mark_and_other_line_ends_are_nothing_special(labelling, run, csv_file):
    manifest = csv_file(b"\xef\xbb\xbfpath,produce_id\r\ntop.png,A\r\nnone.png,B\r\n")
    summary = run(labelling(manifest=manifest))
    assert (summary.files, summary.unmatched) == ({"labelled": 1}, 1)
