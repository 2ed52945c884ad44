"""The work on one file, at its edges."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace

import pytest

from aigc_label import api
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, Malformed, UnknownFormat
from aigc_label.library import hashing, verdicts
from aigc_label.library.actions import Checking, Fixing, Labelling
from aigc_label.library.hashing import hashed
from aigc_label.library.job import Job, failed
from aigc_label.library.local import LocalStore
from aigc_label.library.store import Entry
from aigc_label.library.work import Work


@pytest.fixture
def one(tmp_path, picture):
    """A folder with one picture, the work on it, and its job."""
    (tmp_path / "a.png").write_bytes(picture)
    source = LocalStore(str(tmp_path))

    def make(request, *, in_place=False, **changes):
        dest = source if in_place else LocalStore(str(tmp_path / "out"))
        done = Work(
            request=request,
            source=source,
            dest=None if isinstance(request, Checking) else dest,
            in_place=in_place,
            force=False,
            digest="none",
        )
        return done, Job(1, source.look(b"a.png"), "N-1", **changes)

    return make


CHECK = Checking(only="implicit", fail_on="note")
LABEL = Labelling(producer="ExampleStudio")


def test_a_file_that_is_gone_is_no_failure_whatever_is_done(one, tmp_path):
    for request in (CHECK, LABEL):
        do, job = one(request)
        (tmp_path / "a.png").unlink()
        assert do(job)[1:3] == ("skipped", "gone")
        (tmp_path / "a.png").write_bytes(b"again")


def test_a_file_that_is_not_found_though_it_is_there_fails(one, monkeypatch):
    def refuse(*_, **__):
        raise FileNotFoundError(errno.ENOENT, "No such file", "elsewhere")

    monkeypatch.setattr(api, "label", refuse)
    do, job = one(LABEL)
    with pytest.raises(FileNotFoundError):
        do(job)


class Meddled(LocalStore):
    """A folder in which somebody replaces the source once it is read, before it is labelled."""

    def writing(self, key, **asked):
        here = os.path.join(os.path.dirname(self.url), "a.png")
        other = f"{here}.new"
        with open(here, "rb") as before, open(other, "wb") as after:
            after.write(before.read())
        os.replace(other, here)
        return super().writing(key, **asked)


def test_a_source_that_is_replaced_before_it_is_labelled_is_taken_up_again(one, tmp_path):
    do, job = one(LABEL)
    meddled = replace(do, dest=Meddled(str(tmp_path / "out")), digest="essence")
    with pytest.raises(OSError, match="changed while it was read") as caught:
        meddled(job)
    assert caught.value.errno == errno.EBUSY
    assert os.listdir(tmp_path / "out") == []
    assert replace(do, digest="essence")(job).result == "labelled"


@pytest.mark.parametrize("times", [1, 2])
def test_a_check_of_a_file_that_changes_meanwhile_is_done_anew(one, tmp_path, monkeypatch, times):
    real, clock = verdicts.check, iter(range(1, 99))

    def touched(*args):
        verdict = real(*args)
        if (now := next(clock)) <= times:
            os.utime(tmp_path / "a.png", ns=(now, now))
        return verdict

    monkeypatch.setattr(verdicts, "check", touched)
    do, job = one(CHECK)
    if times == 1:
        assert do(job).entry.mtime_ns == 1
        return
    with pytest.raises(OSError, match="changed while it was read") as caught:
        do(job)
    assert caught.value.errno == errno.EBUSY


@pytest.mark.parametrize("only", ["implicit", None])
def test_a_ledger_keeps_what_a_check_says(only, corpus):
    """Of every fixture, twice: what is remembered of a format is as true as what was judged."""
    corpus = [f for f in corpus if f.kind in ("plain", "labelled", "signals", "misnamed")]
    if only is None:
        corpus = [f for f in corpus if f.format in ("markdown", "plaintext", "html", "srt")]
    request = Checking(only=only)
    for fixture in [each for each in corpus for _ in range(2)]:
        report = api.check(str(fixture.path), only=only, name=fixture.path.name)
        try:
            with open_asset(fixture.path, name=fixture.path.name) as asset:
                verdict = verdicts.check(asset, request)
        except UnknownFormat:
            assert isinstance(report.inspection.problem, UnknownFormat)
            continue
        assert verdict.ok == report.ok
        assert verdict.format == (report.inspection.format or "")
        assert verdict.attribution == (report.attribution or "")
        kept = json.loads(verdict.findings or "[]")
        assert [tuple(each) for each in kept] == [
            (f.rule, f.kind, f.level, f.message[:500])
            for f in report.findings
            if f.kind not in ("pass", "notApplicable")
        ]


def test_a_check_that_cannot_open_the_file_fails(one, tmp_path):
    do, job = one(CHECK)
    (tmp_path / "a.png").unlink()
    (tmp_path / "a.png").symlink_to("a.png")
    with pytest.raises(OSError, match="symbolic links"):
        do(job)


def test_what_cannot_be_read_again_was_not_written_by_us(one, tmp_path, monkeypatch):
    do, job = one(LABEL, again=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"precious")

    def refuse(*_, **__):
        raise Malformed("x")

    monkeypatch.setattr(api, "check", refuse)
    with pytest.raises(FileExistsError):
        do(job)


def test_a_fix_that_leaves_something_to_complain_of_has_failed(one):
    from aigc_label import ExplicitLabel

    mark = ExplicitLabel()
    do, job = one(Fixing(producer="ExampleStudio", explicit=mark))
    done = do(job)
    assert done.state == "done"
    assert done.result in ("failed", "fixed")
    assert ("explicit." in done.findings) or done.result == "fixed"


def test_of_a_file_that_nobody_knows_all_bytes_are_the_content(one, tmp_path):
    do, _ = one(LABEL)
    writing = {name: getattr(do, name) for name in do.__slots__} | {"digest": "essence"}
    checking = Work(**writing | {"dest": None})
    (tmp_path / "x.bin").write_bytes(b"\1\2\3" * 20_000)
    expected = hashlib.sha256(b"\1\2\3" * 20_000).digest()
    with open_asset(tmp_path / "x.bin") as asset:
        assert checking._digest(asset) == (expected, "file")
        with pytest.raises(UnknownFormat):  # no terabyte is read only to be left alone
            Work(**writing)._digest(asset)


def test_long_files_are_hashed_in_pieces(monkeypatch):
    monkeypatch.setattr(hashing, "_PIECE", 1000)
    with open_asset(b"ab" * 20_000) as asset:
        assert hashed(asset) == hashlib.sha256(b"ab" * 20_000).digest()


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "started", "no space left on device"),
        (AssetError("broken", format="png"), "failed", "broken"),
        (OSError("odd"), "failed", "odd"),
        (OSError(errno.EISDIR, "Is a directory"), "failed", "is a directory"),
        (
            OSError(errno.ENAMETOOLONG, "File name too long"),
            "failed",
            "file name too long; choose a destination with a shorter path",
        ),
        (ValueError("a slip"), "failed", "a slip"),
    ],
)
def test_errors_become_rows(error, state, reason):
    job = Job(1, Entry(b"a", 1, 1, ""))
    row = failed(job, error, tried=False)
    assert (row.state, row.reason) == (state, reason)
    assert failed(job, OSError(errno.EDQUOT, "quota"), tried=True).state == "pending"
