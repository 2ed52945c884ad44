"""The register of article 9: what it keeps, what it proves, what it refuses."""

from __future__ import annotations

import copy
import hashlib
import json
import multiprocessing
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

import aigc_label
from aigc_label import ImplicitLabel, cli
from aigc_label.errors import AssetError, UsageError
from aigc_label.register import KEPT_DAYS, Broken, Register
from aigc_label.register import deliveries as module

WHO = {"recipient": "示例公司", "agreement": "terms 2026-03, 4.2"}


def labelled(number: int = 1) -> bytes:
    implicit = ImplicitLabel(content_producer="Studio", produce_id=str(number))
    return aigc_label.label(b"# A poem\n", implicit, name="poem.md").data


@pytest.fixture
def register(tmp_path):
    return Register(tmp_path / "register.jsonl")


@pytest.fixture
def filled(register):
    for number in range(1, 6):
        register.add(labelled(number), name=f"{number}.md", **WHO)
    return register


def lines_of(register) -> list[bytes]:
    with open(register.path, "rb") as stream:
        return stream.read().splitlines(keepends=True)


def rewrite(register, lines) -> None:
    with open(register.path, "wb") as stream:
        stream.write(b"".join(lines))


def test_a_delivery_says_what_was_handed_over(register):
    data = labelled()
    entry = register.add(data, name="poem.md", reason="for print", **WHO)
    (found,) = register.entries()
    assert found == entry
    assert found["file"] == "poem.md"
    assert found["size"] == len(data)
    assert found["sha256"] == hashlib.sha256(data).hexdigest()
    assert found["essence"] == hashlib.sha256(b"# A poem\n").hexdigest()
    assert found["label"]["ProduceID"] == "1"
    assert (found["recipient"], found["agreement"], found["reason"]) == (*WHO.values(), "for print")
    assert abs(datetime.fromisoformat(found["at"]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("missing", ["recipient", "agreement"])
def test_article_9_asks_for_both(register, missing, tmp_path):
    with pytest.raises(UsageError, match=missing):
        register.add(labelled(), name="a.md", **{**WHO, missing: " "})
    assert not list(tmp_path.iterdir())


def test_a_file_without_implicit_label_is_refused(register, tmp_path):
    with pytest.raises(AssetError, match="implicit label"):
        register.add(b"# A poem\n", name="poem.md", **WHO)
    with pytest.raises(AssetError):
        register.add(b"\x89PNG\r\n\x1a\n", name="a.png", **WHO)
    assert not list(tmp_path.iterdir())


def test_a_sound_register_verifies(filled):
    found = filled.verify()
    assert found[:2] == (5, 5)
    heads = [json.loads(line)["hash"] for line in lines_of(filled)]
    assert found.head == heads[-1]
    for head in heads:
        assert filled.verify(head) == found


def _change(line: bytes) -> bytes:
    return line.replace(b"poem", b"p0em").replace(b"3.md", b"8.md")


def _forge(line: bytes) -> bytes:
    """A line changed by somebody who knows how hashes are made."""
    from aigc_label.register import chain

    entry = json.loads(line)
    entry["recipient"] = "nobody"
    return chain.line_of(chain.chained(entry, entry["prev"]))


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (lambda lines: [*lines[:2], _change(lines[2]), *lines[3:]], 3),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [*lines[:2], lines[3], lines[2], lines[4]], 3),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),
        (lambda lines: lines[1:], 1),
        (lambda lines: [*lines[:2], b"{}\n", *lines[3:]], 3),
        (lambda lines: [*lines[:2], b"\xff\n", *lines[3:]], 3),
        (lambda lines: [*lines[:2], b"x" * (3 << 20) + b"\n"], 3),
        (lambda lines: [_forge(lines[0]), *lines[1:]], 2),
    ],
    ids=[
        "changed",
        "removed",
        "swapped",
        "repeated",
        "beheaded",
        "emptied",
        "bytes",
        "long",
        "forged",
    ],
)
def test_tampering_shows(filled, tamper, line):
    rewrite(filled, tamper(lines_of(filled)))
    with pytest.raises(Broken) as caught:
        filled.verify()
    assert caught.value.line == line
    assert f"line {line}" in str(caught.value)
    assert copy.copy(caught.value).line == line  # by state, as it crosses processes


def test_what_is_missing_at_the_end_shows_by_a_noted_head(filled):
    head = filled.verify().head
    rewrite(filled, lines_of(filled)[:-1])
    assert filled.verify().entries == 4
    with pytest.raises(Broken, match="missing"):
        filled.verify(head)


def test_an_entry_that_was_cut_off_is_kept_in_the_next(filled):
    lines = lines_of(filled)
    rewrite(filled, [*lines[:-1], lines[-1][:40]])
    assert filled.verify()[:2] == (4, 4)
    assert filled.verify().torn == 40
    entry = filled.add(labelled(9), name="9.md", **WHO)
    assert entry["torn"] == lines[-1][:40].decode()
    assert filled.verify()[:2] == (5, 5)


def test_nothing_is_added_behind_a_changed_line(filled):
    lines = lines_of(filled)
    rewrite(filled, [*lines[:-1], lines[-1].replace(b"5.md", b"6.md")])
    before = lines_of(filled)
    with pytest.raises(Broken, match="the last line"):
        filled.add(labelled(), name="a.md", **WHO)
    assert lines_of(filled) == before


@pytest.mark.parametrize("other", [b"\xff\xd8 a picture", b"[" * 100_000 + b"\n", b"{}\n"])
def test_another_file_is_no_register(register, other):
    with open(register.path, "wb") as stream:
        stream.write(other)
    with pytest.raises(Broken, match="no entry of a register"):
        register.verify()
    with pytest.raises(Broken, match="no entry of a register"):
        register.add(labelled(), name="a.md", **WHO)
    with open(register.path, "rb") as stream:
        assert stream.read() == other


def test_search(filled):
    filled.add(labelled(7), name="7.md", recipient="Another", agreement="x")
    now = datetime.now(UTC)
    assert [e["n"] for e in filled.entries(recipient="示例")] == [1, 2, 3, 4, 5]
    assert [e["n"] for e in filled.entries(recipient="Another")] == [6]
    assert not list(filled.entries(since=now + timedelta(hours=1)))
    assert len(list(filled.entries(until=now + timedelta(hours=1)))) == 6


@pytest.fixture
def aged(register, monkeypatch):
    """Five deliveries, one every hundred days, the last one today."""
    now = datetime.now(UTC)
    for number in range(5):
        at = (now - timedelta(days=100 * (4 - number))).isoformat()
        with monkeypatch.context() as patch:
            patch.setattr(module, "_now", lambda at=at: at)
            register.add(labelled(number), name=f"{number}.md", **WHO)
    return register


def test_pruning_keeps_six_months_and_the_chain(aged):
    head = aged.verify().head
    kept = lines_of(aged)[3:]
    now = datetime.now(UTC)
    with pytest.raises(UsageError, match="six months"):
        aged.prune(now - timedelta(days=KEPT_DAYS - 1))
    assert aged.prune(now - timedelta(days=199)) == 3
    assert lines_of(aged)[1:] == kept
    assert aged.verify(head).deliveries == 2
    assert [entry["n"] for entry in aged.entries()] == [4, 5]
    assert aged.prune(now - timedelta(days=199)) == 0
    assert aged.add(labelled(9), name="9.md", **WHO)["n"] == 6
    assert aged.verify(head).deliveries == 3
    rewrite(aged, [lines_of(aged)[0], *lines_of(aged)[2:]])
    with pytest.raises(Broken):
        aged.verify()


def test_all_may_be_pruned_and_the_count_goes_on(register, monkeypatch):
    old = (datetime.now(UTC) - timedelta(days=400)).isoformat()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_now", lambda: old)
        first = register.add(labelled(), name="a.md", **WHO)
    assert register.prune(datetime.now(UTC) - timedelta(days=300)) == 1
    assert not list(register.entries())
    entry = register.add(labelled(2), name="b.md", **WHO)
    assert (entry["n"], entry["prev"]) == (2, first["hash"])
    assert register.verify(first["hash"]).deliveries == 1


def _add_many(path, start):
    for number in range(start, start + 20):
        Register(path).add(labelled(number), name=f"{number}.md", **WHO)


def test_several_processes_add_one_behind_the_other(register):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_many, args=(register.path, 100 * k)) for k in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert register.verify()[:2] == (60, 60)


def run(*argv: str, expect: int = 0) -> None:
    assert cli.main(list(argv)) == expect


def test_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = str(tmp_path / "deliveries.jsonl")
    monkeypatch.setenv("AIGC_LABEL_REGISTER", place)
    (tmp_path / "a.md").write_bytes(labelled())
    (tmp_path / "b.md").write_bytes(b"# plain\n")
    options = ["--recipient", "=Example", "--agreement", "terms 4.2"]
    run("register", "add", "a.md", "b.md", *options, expect=1)
    said = capsys.readouterr()
    assert "recorded a.md as number 1" in said.out
    assert "b.md" in said.err
    assert "--no-explicit" in said.err
    run("register", "list")
    assert "=Example" in capsys.readouterr().out
    run("register", "list", "--since", "2100-01-01")
    assert "no delivery" in capsys.readouterr().err
    run("register", "export")
    table = capsys.readouterr().out
    assert "'=Example" in table
    assert "Studio" in table
    for kind in ("json", "jsonl"):
        run("register", "export", "--output-format", kind, "-o", f"out.{kind}")
    whole = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert whole["deliveries"] == [json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))]
    run("register", "verify")
    assert "sound: 1 delivery; head" in capsys.readouterr().out
    run("register", "prune", "--before", "400d")
    assert "took out 0 deliveries" in capsys.readouterr().out
    with open(place, "ab") as stream:
        stream.write(b"torn")
    run("register", "verify")
    assert "never finished" in capsys.readouterr().err
    with open(place, "ab") as stream:
        stream.write(b"\n")
    run("register", "verify", expect=1)
    assert "line 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "one of add"),
        (["lisst"], "did you mean 'list'"),
        (["list", "a.md"], "takes no files"),
        (["list", "--output-format", "json"], "`register list` does not use --output-format"),
        (["add", "a.md", "--head", "5f"], "--head, which belongs to verify"),
        (["verify", "--since", "1d"], "belongs to list or export; leave it out"),
        (["add"], "which files"),
        (["add", "a.md", "--agreement", "x"], "recipient"),
        (["prune"], "--before"),
        (["prune", "--before", "1d"], "six months"),
        (["verify"], "No such file"),
        (["export", "-o", "./r.jsonl"], "is the register itself"),
        (["export", "-f", "-o", "link.jsonl"], "is the register itself"),
        (["export", "-o", "a.md"], "a.md exists"),
    ],
)
def test_slips_on_the_command_line(argv, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_bytes(labelled())
    (tmp_path / "link.jsonl").symlink_to("r.jsonl")
    run("register", *argv, "--register", "r.jsonl", expect=2)
    assert said.lower() in capsys.readouterr().err.lower()
    assert not (tmp_path / "r.jsonl").exists()


def test_which_register(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AIGC_LABEL_REGISTER", raising=False)
    run("register", "list", expect=2)
    assert "which register" in capsys.readouterr().err
    run("register", "--help")
    assert "article 9" in capsys.readouterr().out


def test_a_chain_is_proved_without_this_package(filled):
    """By what the page on the register says: SHA-256 over sorted, compact JSON without ``hash``."""
    program = (
        "import hashlib, json, sys\n"
        "prev = '0' * 64\n"
        "for line in open(sys.argv[1], encoding='utf-8'):\n"
        "    entry = json.loads(line)\n"
        "    told = entry.pop('hash')\n"
        "    assert entry['prev'] == prev\n"
        "    text = json.dumps(entry, sort_keys=True, separators=(',', ':'))\n"
        "    assert hashlib.sha256(text.encode()).hexdigest() == told\n"
        "    prev = told\n"
        "print(prev)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, filled.path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == filled.verify().head
