"""Buckets as stores, with a server that speaks S3 on loopback."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import json
import os
import re
import shlex
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from s3_server import Server

from aigc_label import api
from aigc_label.cli import main
from aigc_label.errors import AssetError, UsageError
from aigc_label.library import s3
from aigc_label.library.actions import Checking, Labelling
from aigc_label.library.ledger import Ledger
from aigc_label.library.plan import Plan
from aigc_label.library.selecting import Wanted
from aigc_label.library.store import open_store
from aigc_label.library.undo import undo

PRODUCER = "ExampleStudio"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The server, and this process's environment set to it."""
    missing = [
        name for name in ("ministack", "s3fs", "uvicorn") if not importlib.util.find_spec(name)
    ]
    if missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run these tests; missing: {missing}")
        pytest.skip(f"not installed: {missing}")
    running = Server(tmp_path_factory.mktemp("s3"))
    running.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        yield running
    running.kill()


@pytest.fixture(scope="module")
def files(server):  # noqa: ARG001 - it runs meanwhile
    """The server's files, by a client of their own."""
    import s3fs

    return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)


@pytest.fixture
def bucket(files, request):
    """A bucket of its own for every test."""
    name = "trial-" + "".join(c for c in request.node.name.lower() if c.isalnum())[:50]
    files.mkdir(name)
    return name


@pytest.fixture
def media(files, bucket, picture):
    """The URL of a prefix with pictures below it."""
    for number in range(12):
        files.pipe_file(f"{bucket}/in/{number % 3}/{number:02d}.png", picture)
    return f"s3://{bucket}/in"


@pytest.fixture
def plan(media, bucket, tmp_path):
    """A plan to label them, metadata only, below another prefix."""

    def make(**changes):
        given = {"source": media, "dest": f"s3://{bucket}/out", "workers": 1, "retries": 0}
        given |= {"request": Labelling(producer=PRODUCER), "ledger": str(tmp_path / "l.sqlite3")}
        return Plan(**{**given, **changes})

    return make


def labels(files, path):
    return api.read(files.cat_file(path), name=path).labels


def numbers(ledger):
    with Ledger(str(ledger), readonly=True) as opened:
        rows = opened.select("SELECT path, produce_id FROM file WHERE state = 'done'")
        return {os.fsdecode(path): number for path, number in rows}


def test_a_prefix_is_labelled_checked_and_done_only_once(plan, run, files, bucket, tmp_path):
    assert run(plan()).files == {"labelled": 12}
    assert run(plan()).files == {}
    told = numbers(tmp_path / "l.sqlite3")
    for key, number in told.items():
        found = labels(files, f"{bucket}/out/{key}")
        assert [label.fields["ProduceID"] for label in found] == [number]
    assert files.info(f"{bucket}/out/0/00.png", refresh=True)["ContentType"] == "image/png"
    checks = {"request": Checking(only="implicit"), "digest": "none", "dest": None}
    done = run(plan(**checks, source=f"s3://{bucket}/out", ledger=str(tmp_path / "c.sqlite3")))
    assert done.files == {"ok": 12}
    done = run(plan(**checks, ledger=str(tmp_path / "d.sqlite3"), include=("1/",)))
    assert done.files == {"not passed": 4}
    assert done.left_out == 8
    assert not any("aigc-label" in name for name in files.find(bucket))


def test_folders_and_buckets_go_together(plan, tmp_path, tree, run, files, bucket):  # noqa: PLR0917 - fixtures
    assert run(plan(dest=str(tmp_path / "here"))).files == {"labelled": 12}
    assert len(list((tmp_path / "here").rglob("*.png"))) == 12
    there = plan(source=str(tree), dest=f"s3://{bucket}/there", ledger=str(tmp_path / "t.sqlite3"))
    assert run(there).files == {"labelled": 13}
    assert len(files.find(f"{bucket}/there")) == 13
    with pytest.raises(UsageError, match="--ledger"):
        run(plan(ledger=""))


def test_what_is_misspelt_ends_the_run_before_it_begins(plan, run, bucket, tmp_path):
    with pytest.raises(UsageError, match=r"s3://no-such-bucket/out is in no bucket that there is"):
        run(plan(dest="s3://no-such-bucket/out"))
    assert not (tmp_path / "l.sqlite3").exists()
    with pytest.raises(FileNotFoundError, match="nothing stands below it"):
        run(plan(source=f"s3://{bucket}/im", ledger=str(tmp_path / "m.sqlite3")))
    results = run(plan(ledger=str(tmp_path / "n.sqlite3")))
    assert results.files == {"labelled": 12}


def test_in_place_keeps_what_belongs_to_the_object_and_undoes(  # noqa: PLR0917 - fixtures
    plan, run, files, bucket, picture, tmp_path
):
    about = {
        "ContentType": "image/x-ours",
        "CacheControl": "max-age=5",
        "Metadata": {"Owner": "me"},
    }
    path = {"Bucket": bucket, "Key": "in/0/00.png"}
    files.call_s3("put_object", **path, Body=picture, Tagging="team=a%20b", **about)
    in_place = plan(dest=None, keep_originals=True)
    assert run(in_place).files == {"labelled": 12}
    assert run(in_place).files == {}
    now = files.call_s3("head_object", **path)
    assert now["ContentType"] == "image/x-ours"
    assert now["CacheControl"] == "max-age=5"
    assert now["Metadata"]["owner"] == "me"
    tags = files.call_s3("get_object_tagging", **path)["TagSet"]
    assert tags == [{"Key": "team", "Value": "a b"}]
    kept = [name for name in files.find(bucket) if ".aigc-label-originals" in name]
    assert len(kept) == 12
    assert run(plan(dest=None, ledger=str(tmp_path / "again.sqlite3"))).found == 12
    files.pipe_file(f"{bucket}/in/1/01.png", picture + b"changed")
    done = undo(str(tmp_path / "l.sqlite3"))
    assert "1/01.png" in done.changed
    assert done.restored + len(done.changed) == 12


def test_undoing_puts_the_bytes_and_their_metadata_back(  # noqa: PLR0917 - fixtures
    plan, run, files, bucket, picture, tmp_path
):
    assert run(plan(dest=None, keep_originals=True)).files == {"labelled": 12}
    assert undo(str(tmp_path / "l.sqlite3")).restored == 12
    assert all(files.cat_file(name) == picture for name in files.find(f"{bucket}/in"))
    assert len(files.find(bucket)) == 12


def test_names_that_mean_other_paths_are_told_and_left_alone(  # noqa: PLR0917 - fixtures
    plan, run, files, bucket, picture, tmp_path
):
    for key in ("in/../../escape.png", "in//double.png", "in/折页 &+%41?.png", "in/dir/"):
        files.call_s3("put_object", Bucket=bucket, Key=key, Body=picture)
    done = run(plan(dest=str(tmp_path / "inner" / "here")))
    assert done.files == {"labelled": 13}
    assert sorted(name for name, _ in done.unread) == ["../../escape.png", "/double.png"]
    assert not list(tmp_path.glob("*.png"))
    assert (tmp_path / "inner/here/折页 &+%41?.png").exists()


def test_odd_names_of_a_disk_come_through_or_are_told(  # noqa: PLR0917 - fixtures
    plan, run, bucket, tree, picture, tmp_path
):
    names = ["line\nbreak.png", "tab\t.png", "a+b&c=%20?.png", " x .png", "~*[0].png", "灯塔🗼.png"]
    for name in (*names, os.fsdecode(b"\xff.png"), "n" * 240 + ".png"):
        (tree / name).write_bytes(picture)
    deep = tree.joinpath(*["d" * 200] * 5)  # longer than a key may be, with its name
    deep.mkdir(parents=True)
    (deep / ("k" * 100 + ".png")).write_bytes(picture)
    done = run(plan(source=str(tree)))
    assert done.files["labelled"] >= 13 + len(names) + 1
    with Ledger(str(tmp_path / "l.sqlite3"), readonly=True) as ledger:
        told = dict(ledger.select("SELECT path, reason FROM file WHERE state != 'done'"))
    assert "not UTF-8" in told.pop(b"\xff.png")
    assert not told or next(iter(told)).startswith(b"ddd")
    keys = {os.fsdecode(entry.key) for entry in open_store(f"s3://{bucket}/out").walk(Wanted())}
    assert set(names) <= keys


def write(store, key, data, replaces=None, **options):
    with store.writing(key, replaces=replaces, **options) as path, open(path, "wb") as file:
        file.write(data)


def both(store, key, replaces):
    """Two that have begun before either has ended."""
    with store.writing(key, replaces=replaces) as late:
        write(store, key, b"early", replaces)
        with open(late, "wb") as file:
            file.write(b"late")


def test_of_two_writers_one_wins(media):
    store, key = open_store(media), b"0/00.png"
    before = store.look(key)
    with pytest.raises(AssetError, match="somebody else"):
        both(store, key, before)
    with pytest.raises(AssetError, match="somebody else"):
        write(store, key, b"", before)
    with pytest.raises(FileExistsError):
        write(store, key, b"")
    with pytest.raises(FileExistsError):
        both(store, b"new.png", None)
    for name in (key, b"new.png"):
        with store.reading(name) as stream:
            assert stream.read() == b"early"
    write(store, key, b"forced", force=True)
    store.remove(key)
    assert store.look(key) is None
    with pytest.raises(AssetError, match="somebody else"):
        write(store, key, b"", before)


def test_the_server_itself_decides_between_two_writers(media, monkeypatch):
    """Where both have looked before either writes, only the condition is left."""
    store, key = open_store(media), b"0/00.png"
    objects = store.objects()
    before = objects.head(f"{objects.root}/0/00.png")
    send = s3.S3Objects._send

    def slowly(self, path, sent):
        monkeypatch.setattr(s3.S3Objects, "_send", send)
        write(store, key, b"early", store.look(key))
        return send(self, path, sent)

    monkeypatch.setattr(s3.S3Objects, "_send", slowly)
    with pytest.raises(AssetError, match="somebody else"):
        write(store, key, b"late", store.look(key))
    with store.reading(key) as stream:
        assert stream.read() == b"early"
    with pytest.raises(OSError, match="changed while"):
        objects.fetch(f"{objects.root}/0/00.png", 0, 5, before)


def test_a_lost_answer_is_no_conflict(media, monkeypatch):
    store = open_store(media)
    send = s3.S3Objects._send

    def twice(self, path, sent):
        send(self, path, sent)
        sent.file.seek(0)
        return send(self, path, sent)  # what a client does that did not hear the answer

    monkeypatch.setattr(s3.S3Objects, "_send", twice)
    write(store, b"new.png", b"once")
    with store.reading(b"new.png") as stream:
        assert stream.read() == b"once"


def test_an_upload_that_was_complete_before_its_answer_was_lost_is_ours(media, monkeypatch):
    store = open_store(media)
    send = s3.S3Objects._send

    def forgotten(self, path, sent):
        send(self, path, sent)
        raise FileNotFoundError  # what a server says of an upload that is complete

    monkeypatch.setattr(s3.S3Objects, "_send", forgotten)
    write(store, b"new.png", b"once")
    write(store, b"new.png", b"twice", store.look(b"new.png"))
    with store.reading(b"new.png") as stream:
        assert stream.read() == b"twice"


def test_same_bytes_are_not_sent_again(media, monkeypatch, picture):
    store, key = open_store(media), b"0/00.png"
    before = store.look(key)
    monkeypatch.setattr(s3.S3Objects, "put", None)
    write(store, key, picture, before)
    with store.writing(key, replaces=before):
        pass  # a work that writes nothing
    assert store.look(key) == before


_RUN = """
import sys
from aigc_label.library import engine
from aigc_label.library.actions import Labelling
from aigc_label.library.plan import Plan
request = Labelling(producer="ExampleStudio")
given = dict(zip(("source", "dest", "ledger"), sys.argv[1:]))
done = engine.run(Plan(request=request, workers=1, retries=0, **given))
print(done.files)
"""


def test_of_two_runs_that_race_exactly_one_wins_each_file(files, bucket, media, tmp_path):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _RUN, media, f"s3://{bucket}/out", str(tmp_path / name)],
            stdout=subprocess.PIPE,
        )
        for name in ("a.sqlite3", "b.sqlite3")
    ]
    for child in children:
        child.communicate(timeout=120)
    first, second = numbers(tmp_path / "a.sqlite3"), numbers(tmp_path / "b.sqlite3")
    assert not first.keys() & second.keys()
    assert len(first) + len(second) == 12
    for key, number in {**first, **second}.items():
        found = labels(files, f"{bucket}/out/{key}")
        assert [label.fields["ProduceID"] for label in found] == [number]


def test_a_server_that_is_killed_costs_nothing(  # noqa: PLR0917 - fixtures
    plan, run, server, files, bucket, tmp_path, monkeypatch
):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    seen = []

    def tell(_entry, ended):
        seen.append(ended.state)
        if len(seen) == 5:
            server.kill()

    try:
        broken = run(plan(), tell=tell, stop=lambda: "failed" in seen)
    finally:
        server.kill()
        server.start()
    assert broken.files["labelled"] >= 5
    assert broken.how == "drained"
    done = run(plan())
    assert broken.files["labelled"] + done.files["labelled"] == 12
    for key, number in numbers(tmp_path / "l.sqlite3").items():
        found = labels(files, f"{bucket}/out/{key}")
        assert [label.fields["ProduceID"] for label in found] == [number]


def test_a_run_that_is_killed_is_carried_on_by_the_next(plan, run, files, bucket, media, tmp_path):  # noqa: PLR0917 - fixtures
    ledger = tmp_path / "l.sqlite3"
    done = 0
    for wanted in (3, 7):
        child = subprocess.Popen([sys.executable, "-c", _RUN, media, f"s3://{bucket}/out", ledger])
        end = time.monotonic() + 60
        while done < wanted and child.poll() is None and time.monotonic() < end:
            done = len(files.find(f"{bucket}/out"))
        child.kill()
        child.wait()
    run(plan(retries=0))
    told = numbers(ledger)
    assert len(told) == 12
    for key, number in told.items():
        found = labels(files, f"{bucket}/out/{key}")
        assert [label.fields["ProduceID"] for label in found] == [number]
    assert not [name for name in files.find(bucket) if "aigc-label" in name]


_CUT_OFF = """
import os, sys
from aigc_label.library import s3
from aigc_label.library.store import open_store
s3.PART = 5 << 20
call = s3.S3Objects._call
def dies(self, method, path, **given):
    if method == "upload_part" and given["PartNumber"] == 2:
        os._exit(9)
    return call(self, method, path, **given)
s3.S3Objects._call = dies
with open_store(sys.argv[1], "ours").writing(b"film.mp4", replaces=None) as path:
    with open(path, "wb") as file:
        file.write(bytes(12 << 20))
"""


def test_what_a_killed_run_had_half_sent_is_swept_by_its_own_ledger_only(media, files, bucket):
    child = subprocess.run([sys.executable, "-c", _CUT_OFF, media], timeout=60, check=False)
    assert child.returncode == 9
    assert len(uploads(files, bucket)) == 1
    assert not any("aigc-label" in os.fsdecode(e.key) for e in open_store(media).walk(Wanted()))
    open_store(media, "another").sweep(b"film.mp4")
    assert len(uploads(files, bucket)) == 1
    open_store(media, "ours").sweep(b"film.mp4")
    assert uploads(files, bucket) == []
    assert not [name for name in files.find(bucket) if "aigc-label" in name]


def uploads(files, bucket):
    return files.call_s3("list_multipart_uploads", Bucket=bucket).get("Uploads", [])


def test_pieces_are_sent_under_the_same_conditions(media, files, bucket, monkeypatch):
    monkeypatch.setattr(s3, "PART", 5 << 20)
    store, key, data = open_store(media), b"film.bin", os.urandom(11 << 20)
    write(store, key, data)
    before = store.look(key)
    assert before.version.endswith('-3"')
    with store.reading(key) as stream:
        assert stream.read() == data
    send = s3.S3Objects._send

    def slowly(self, path, sent):
        monkeypatch.setattr(s3.S3Objects, "_send", send)
        write(store, key, b"early", before)
        return send(self, path, sent)

    monkeypatch.setattr(s3.S3Objects, "_send", slowly)
    with pytest.raises(AssetError, match="somebody else"):
        write(store, key, data[1:], before)
    assert uploads(files, bucket) == []
    assert not [name for name in files.find(bucket) if "aigc-label" in name]


def test_long_listings_come_in_pages(media, bucket):
    import s3fs

    small = s3fs.S3FileSystem(s3_additional_kwargs={"MaxKeys": 5}, skip_instance_cache=True)
    listed = dict(s3.S3Objects(small, f"{bucket}/in").listed())
    assert sorted(listed) == sorted(os.fsdecode(e.key) for e in open_store(media).walk(Wanted()))
    assert len(listed) == 12


def test_what_one_request_cannot_copy_is_copied_in_pieces(media, monkeypatch, picture):
    monkeypatch.setattr(s3, "_LARGEST_COPY", 10)
    store = open_store(media)
    store.keep(b"0/00.png", "000/1")
    store.keep(b"0/00.png", "000/1")
    write(store, b"0/00.png", b"new", store.look(b"0/00.png"))
    store.restore(b"0/00.png", "000/1")
    assert not store.keeps("000/1")
    with store.reading(b"0/00.png") as stream:
        assert stream.read() == picture
    store.forget("000/1")
    with pytest.raises(FileNotFoundError):
        store.restore(b"0/00.png", "000/1")


class Older:
    """A client of a store that lacks something, in front of the server."""

    def __init__(self, files, **answers):
        self.files = files
        self.answers = answers
        self.loop = files.loop

    def call_s3(self, method, **given):
        for name, error in self.answers.items():
            if name in (method, *given):
                raise error
        return self.files.call_s3(method, **given)


def put(objects, path, file, replaces=None):
    objects.put(str(file), path, replaces=replaces, of="", note=f"{path}-note")


def test_a_store_without_conditions_is_compared_just_before(files, bucket, tmp_path):
    (tmp_path / "x").write_bytes(b"first")
    lacking = OSError(errno.ENOSYS, "not implemented")
    older = s3.S3Objects(Older(files, IfNoneMatch=lacking, IfMatch=lacking), bucket)
    path = f"{bucket}/x"
    put(older, path, tmp_path / "x")
    found = older.head(path)
    with pytest.raises(FileExistsError):
        put(older, path, tmp_path / "x")
    (tmp_path / "x").write_bytes(b"second")
    put(older, path, tmp_path / "x", found)
    assert files.cat_file(path) == b"second"
    with pytest.raises(AssetError, match="somebody else"):
        put(older, path, tmp_path / "x", found)


def test_tags_that_cannot_be_read_are_not_lost_in_silence(files, bucket, tmp_path):
    (tmp_path / "x").write_bytes(b"second")
    refused = s3.S3Objects(Older(files, get_object_tagging=PermissionError("denied")), bucket)
    for name, tags, fits in (("plain", {}, True), ("tagged", {"Tagging": "a=b"}, False)):
        files.call_s3("put_object", Bucket=bucket, Key=name, Body=b"first", **tags)
        told = files.call_s3("head_object", Bucket=bucket, Key=name)
        if not fits and not told.get("TagCount"):
            continue  # a server that does not count them
        found = refused.head(f"{bucket}/{name}")
        with contextlib.nullcontext() if fits else pytest.raises(PermissionError):
            put(refused, f"{bucket}/{name}", tmp_path / "x", found)
        assert files.cat_file(f"{bucket}/{name}") == (b"second" if fits else b"first")


def test_an_error_of_the_store_is_no_conflict(files, bucket, tmp_path):
    (tmp_path / "x").write_bytes(b"second")
    broken = s3.S3Objects(Older(files, put_object=OSError(errno.EIO, "broken")), bucket)
    with pytest.raises(OSError, match="broken"):
        put(broken, f"{bucket}/x", tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        put(s3.S3Objects(files, "trial-none"), "trial-none/x", tmp_path / "x")


def test_a_text_without_a_place_for_a_label_is_known_as_ours(media):
    store = open_store(media)
    source = store.look(b"0/00.png")
    write(store, b"a.txt", b"text", of=source)
    assert store.is_result(b"a.txt", source)
    assert not store.is_result(b"a.txt", store.look(b"1/01.png"))
    assert not store.is_result(b"b.txt", source)


_BIG = """
import json, sys
from aigc_label.batch.outcome import attempt
from aigc_label.library import engine
from aigc_label.library.actions import Labelling
from aigc_label.library.plan import Plan
class Here:  # in this process, whose memory is asked about
    def stream(self, jobs, work, cost):
        for job in jobs:
            yield attempt(work, job)
request = Labelling(producer="ExampleStudio")
given = dict(zip(("source", "dest", "ledger"), sys.argv[1:]))
done = engine.run(Plan(request=request, **given), executor=Here())
told = open("/proc/self/status").read()  # what getrusage says comes from the parent
print(json.dumps([done.files, int(told.split("VmHWM:")[1].split()[0]) >> 10]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_large_film_goes_through_in_bounded_memory(bucket, files, tmp_path, film):
    size = int(os.environ.get("AIGC_LABEL_LARGE_FILM_MIB", "40")) << 20
    film(tmp_path / "film.mp4", size)
    files.put_file(str(tmp_path / "film.mp4"), f"{bucket}/films/film.mp4")
    places = [f"s3://{bucket}/films", f"s3://{bucket}/out", str(tmp_path / "l.sqlite3")]
    out = subprocess.run(
        [sys.executable, "-c", _BIG, *places], capture_output=True, check=True, timeout=300
    ).stdout
    counts, peak = json.loads(out)
    assert counts == {"labelled": 1}
    assert peak < 200, peak  # MiB, of which 60 are libraries
    assert "-" in files.info(f"{bucket}/out/film.mp4", refresh=True)["ETag"]
    with open_store(f"s3://{bucket}/out").reading(b"film.mp4") as stream:
        assert len(api.read(stream, name="film.mp4").labels) == 1
        assert stream.fetched < 1 << 20


@pytest.fixture
def film():
    """Writes a film whose header stands at its end; none of it is in this process's memory."""
    from mp4_samples import movie

    def write(path, size):
        data = movie(last=True)
        at = data.rindex(b"moov") - 4
        with path.open("wb") as file:
            file.write(data[:at] + struct.pack(">I4s", size, b"free"))
            file.seek(size - 8, os.SEEK_CUR)
            file.write(data[at:])

    return write


def test_wrong_keys_and_missing_buckets_are_one_line(plan, run, bucket):
    with pytest.raises(OSError, match="no such file or bucket"):
        run(plan(source="s3://trial-nowhere/in"))
    with pytest.raises(UsageError, match="credentials") as told:
        run(plan(source=f"s3://me:hidden@{bucket}/in"))
    assert "hidden" not in str(told.value)


def test_the_commands_of_the_guide_run(files, picture, tmp_path, monkeypatch, capfd):
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "object-stores.md"
    (block,) = re.findall(
        r"^```text\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for name in ("media-bucket", "out-bucket"):
        files.mkdir(name)
    for key in ("one", "sub/two"):
        files.pipe_file(f"media-bucket/posters/{key}.png", picture)
    monkeypatch.chdir(tmp_path)
    for line in block.replace("\\\n", " ").splitlines():
        program, *words = shlex.split(line)
        assert program == "aigc-label"
        if "label" in words:
            words.append("--no-explicit")  # the picture is too small for words
        words += ["-j", "1"] if "run" in words else []
        assert main(words) == int("check" in words), f"{line}\n{capfd.readouterr().err}"
    assert len(labels(files, "out-bucket/posters/sub/two.png")) == 1
    assert files.cat_file("media-bucket/posters/one.png") == picture
