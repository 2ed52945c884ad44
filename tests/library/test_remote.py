"""Stores that fsspec opens: memory, archives, plain web servers, and what fails."""

from __future__ import annotations

import errno
import functools
import http.server
import pickle
import platform
import socket
import sys
import threading
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

fsspec = pytest.importorskip("fsspec")

from aigc_label import Attribution, api  # noqa: E402 - what follows needs fsspec
from aigc_label.cli import main  # noqa: E402 - as above
from aigc_label.errors import AssetError, MissingExtra, UsageError  # noqa: E402 - as above
from aigc_label.library import engine, filesystem, remote  # noqa: E402 - as above
from aigc_label.library.actions import Checking, Labelling  # noqa: E402 - as above
from aigc_label.library.ledger import Ledger  # noqa: E402 - as above
from aigc_label.library.objects import translated  # noqa: E402 - as above
from aigc_label.library.plan import Plan  # noqa: E402 - as above
from aigc_label.library.selecting import Wanted  # noqa: E402 - as above
from aigc_label.library.store import open_store  # noqa: E402 - as above
from aigc_label.library.undo import undo  # noqa: E402 - as above
from aigc_label.library.urls import below, masked, refuse_secrets, shown  # noqa: E402 - as above

REQUEST = Labelling(producer="ExampleStudio")


@pytest.fixture
def memory(picture):
    """The URL of pictures in memory."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    for number in range(5):
        files.pipe_file(f"/media/{number % 2}/{number}.png", picture)
    yield "memory://media"
    files.store.clear()


def keys(store):
    return sorted(entry.key for entry in store.walk(Wanted()))


def write(store, key, data, replaces=None, **options):
    with store.writing(key, replaces=replaces, **options) as path, open(path, "wb") as file:
        file.write(data)


def read(store, key):
    with store.reading(key) as stream:
        return stream.read()


def state(url):
    store = open_store(url)
    return {key: read(store, key) for key in keys(store)}


def test_any_store_is_labelled_in_place_and_undone(memory, run, tmp_path, picture):
    ledger = str(tmp_path / "l.sqlite3")
    plan = Plan(request=REQUEST, source=memory, ledger=ledger, keep_originals=True)
    assert run(plan).files == {"labelled": 5}
    assert run(plan).files == {}
    store = open_store(memory)
    assert len(api.read(read(store, b"0/0.png")).labels) == 1
    assert undo(ledger).restored == 5
    assert read(store, b"0/0.png") == picture
    assert len(fsspec.filesystem("memory").find("/media")) == 5


@pytest.fixture
def elsewhere(monkeypatch):
    """Go on as another machine, or as another container of this one."""

    def go_on():
        monkeypatch.setattr(platform, "node", lambda: "elsewhere")
        monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")

    return go_on


def test_what_one_machine_has_kept_is_put_back_by_another(memory, run, tmp_path, elsewhere):
    ledger = str(tmp_path / "l.sqlite3")
    before = state(memory)
    plan = Plan(request=REQUEST, source=memory, ledger=ledger, keep_originals=True)
    assert run(plan).files == {"labelled": 5}
    between = state(memory)
    (tmp_path / "l.sqlite3").rename(tmp_path / "first")
    other = replace(REQUEST, attribution=Attribution.POSSIBLE)
    assert run(replace(plan, request=other)).files == {"labelled": 5}  # a ledger begun anew
    elsewhere()
    assert undo(ledger).restored == 5
    assert state(memory) == between
    (tmp_path / "first").rename(ledger)
    assert undo(ledger).restored == 5
    assert state(memory) == before


def test_what_one_machine_has_left_another_carries_on(
    memory, run, tmp_path, elsewhere, killed_before_noting
):
    ledger = str(tmp_path / "l.sqlite3")
    before = state(memory)
    plan = Plan(request=REQUEST, source=memory, ledger=ledger, keep_originals=True)
    killed_before_noting(plan, 2)
    elsewhere()
    assert run(plan).files == {"labelled": 5}
    assert undo(ledger).restored == 5
    assert state(memory) == before


def test_what_is_kept_under_an_older_name_comes_back(memory, run, tmp_path):
    ledger = str(tmp_path / "l.sqlite3")
    before = state(memory)
    plan = Plan(request=REQUEST, source=memory, ledger=ledger, keep_originals=True)
    run(plan)
    files, kept = fsspec.filesystem("memory"), "/media/.aigc-label-originals"
    with Ledger(ledger) as opened, opened.transaction() as db:
        begun = opened.token()
        db.execute("UPDATE file SET kept = substr(kept, ?)", (len(begun) + 2,))
    store = open_store(memory, plan.absolute().originals)
    for name in files.find(f"{kept}/{begun}"):
        files.mv(name, name.replace(begun, store.run))
    assert undo(ledger).restored == 5
    assert state(memory) == before


def test_any_store_takes_results_once(memory, run, tmp_path):
    plan = Plan(
        request=REQUEST, source=memory, dest="memory://out", ledger=str(tmp_path / "l.sqlite3")
    )
    assert run(plan).files == {"labelled": 5}
    other = Plan(
        request=REQUEST, source=memory, dest="memory://out", ledger=str(tmp_path / "m.sqlite3")
    )
    assert run(other).files == {"failed": 5}
    store = open_store("memory://out")
    before = store.look(b"0/0.png")
    write(store, b"0/0.png", b"other", before)
    with pytest.raises(AssetError, match="somebody else"):
        write(store, b"0/0.png", b"late", before)
    with pytest.raises(FileExistsError):
        write(store, b"0/0.png", b"late")
    write(store, b"0/0.png", b"forced", force=True)
    assert read(store, b"0/0.png") == b"forced"
    assert not store.is_result(b"0/0.png", before)
    store.sweep(b"0/0.png")
    store.remove(b"0/0.png")
    store.remove(b"0/0.png")
    assert store.look(b"0/0.png") is None
    assert store.look(b"1") is None
    with pytest.raises(FileNotFoundError):
        read(store, b"0/0.png")


def test_what_is_not_there_is_said(memory):
    with pytest.raises(FileNotFoundError, match="no such file"):
        keys(open_store("memory://nowhere"))
    store = open_store(memory)
    before = store.look(b"0/0.png")
    write(store, b"0/0.png", bytes(before.size), before)
    assert read(store, b"0/0.png") == bytes(before.size)
    store.keep(b"0/0.png", "1")
    assert store.keeps("1")
    store.forget("1")
    assert not store.keeps("1")


def test_archives_that_are_none_are_one_line(tmp_path, capsys):
    (tmp_path / "b.zip").write_bytes(b"no archive")
    for name, reason in (("a.zip", "no such file"), ("b.zip", "not a zip file")):
        assert main(["check", f"zip://x.png::{tmp_path}/{name}"]) == 1
        assert reason in capsys.readouterr().err


def test_what_stands_there_in_the_end_is_compared(memory, monkeypatch):
    store = open_store(memory)
    files = store.objects()._fs
    monkeypatch.setattr(type(files), "put_file", lambda _self, _from, to, **_: files.touch(to))
    with pytest.raises(OSError, match="as it was sent"):
        write(store, b"new.png", b"long")


def test_what_is_new_in_the_meantime_is_not_overwritten(memory):
    store = open_store(memory)

    def late():
        with store.writing(b"late.png", replaces=None) as path:
            fsspec.filesystem("memory").pipe_file("/media/late.png", b"early")
            open(path, "wb").close()

    with pytest.raises(FileExistsError):
        late()
    assert read(store, b"late.png") == b"early"


def test_stores_travel_without_connections(memory):
    store = open_store(memory, "/somewhere/originals")
    again = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own
    assert again == store
    assert keys(again) == [b"0/0.png", b"0/2.png", b"0/4.png", b"1/1.png", b"1/3.png"]
    assert store.run != open_store(memory, "/elsewhere").run
    assert "somewhere" not in repr(store)


def test_archives_are_read_where_they_are(tmp_path, picture, run):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("in/a.png", "in/b/c.png", "../out.png", "in/.aigc-label-x"):
            archive.writestr(name, picture)
    url = f"zip://::{tmp_path}/a.zip"
    store = open_store(url)
    wanted = Wanted()
    assert sorted(entry.key for entry in store.walk(wanted)) == [b"in/a.png", b"in/b/c.png"]
    assert [name for name, _ in wanted.unread] == ["../out.png"]
    ledger = str(tmp_path / "l.sqlite3")
    plan = Plan(request=REQUEST, source=url, dest=str(tmp_path / "out"), ledger=ledger)
    assert run(plan).files == {"labelled": 2}
    assert len(api.read(tmp_path / "out/in/b/c.png").labels) == 1
    assert not (tmp_path / "out.png").exists()
    with pytest.raises(UsageError, match="only be read"):
        write(store, b"x", b"")
    with pytest.raises(FileNotFoundError):
        read(store, b"nothing")
    assert main(["check", "--no-explicit", f"zip://in/a.png::{tmp_path}/a.zip"]) == 1


@pytest.fixture
def web(tmp_path, picture):
    """A web server of the plainest kind: it lists folders, and knows no ranges."""
    pytest.importorskip("aiohttp")
    folder = tmp_path / "web"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.png").write_bytes(picture)
    (folder / "sub" / "b.png").write_bytes(picture + bytes(100_000))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_web_servers_are_read(web, tmp_path, run, capsys, monkeypatch):
    store = open_store(web)
    assert keys(store) == [b"a.png", b"sub/b.png"]
    assert len(read(store, b"sub/b.png")) > 100_000
    checking = Plan(
        request=Checking(only="implicit"),
        source=web,
        ledger=str(tmp_path / "c.sqlite3"),
        digest="none",
    )
    assert run(checking).files == {"not passed": 2}
    with pytest.raises(UsageError, match="only be read"):
        write(store, b"a.png", b"")
    for changes in ({"source": str(tmp_path), "dest": web}, {}):  # before the first of millions
        with pytest.raises(UsageError, match="only be read"):
            run(replace(checking, request=REQUEST, **changes))
    assert main(["check", "--no-explicit", f"{web}/a.png?X-Amz-Signature=hidden"]) == 1
    assert main(["check", "--no-explicit", f"{web}/none.png?X-Amz-Signature=hidden"]) == 1
    told = capsys.readouterr()
    assert "hidden" not in told.out + told.err
    assert "a.png" in told.out
    monkeypatch.setattr(filesystem, "_SMALL", 10)
    with pytest.raises(OSError, match="no parts"):
        read(store, b"sub/b.png")


def test_a_server_that_is_not_there_may_be_tried_again():
    pytest.importorskip("aiohttp")
    with pytest.raises(TimeoutError, match="cannot be reached") as told:
        open_store("http://127.0.0.1:9").look(b"a.png?sig=hidden")
    assert told.value.errno == errno.ETIMEDOUT
    assert "hidden" not in str(told.value)


def test_single_files_by_url(memory, tmp_path, monkeypatch, capsys, picture):
    monkeypatch.chdir(tmp_path)
    named = ["--producer", "ExampleStudio", "--no-explicit", "-j", "1"]
    assert main(["label", f"{memory}/0/0.png", *named, "-o", "memory://media/new.png"]) == 0
    assert main(["label", f"{memory}/0/0.png", *named, "-o", "memory://media/new.png"]) == 1
    assert "exists" in capsys.readouterr().err
    assert main(["label", f"{memory}/0/2.png", *named, "--in-place"]) == 0
    assert main(["label", f"{memory}/0/2.png", *named, "--in-place"]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert main(["label", f"{memory}/0/4.png", *named, "--output-dir", "here"]) == 0
    (tmp_path / "there.png").write_bytes(picture)
    assert main(["label", "there.png", *named, "--output-dir", "memory://media/up"]) == 0
    for data in (
        read(open_store(memory), b"new.png"),
        read(open_store(memory), b"0/2.png"),
        (tmp_path / "here/4.png").read_bytes(),
        read(open_store(memory), b"up/there.png"),
    ):
        assert len(api.read(data).labels) == 1
    assert main(["check", "--no-explicit", "s3://bucket-only"]) == 2
    assert "names no file" in capsys.readouterr().err


@pytest.mark.parametrize("scheme", ["gs", "az", "oss"])
def test_what_is_not_installed_is_named_with_its_remedy(scheme, monkeypatch):
    for package in ("gcsfs", "adlfs", "ossfs"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=r"pip install \w+fs"):
        open_store(f"{scheme}://bucket/x")
    with pytest.raises(UsageError, match="no store for"):
        open_store("nowhere://x")


def test_without_fsspec_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    remote._objects.cache_clear()
    with pytest.raises(MissingExtra, match=r"pip install 'aigc-label\[s3\]'"):
        open_store("s3://bucket/x")


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:hidden@bucket/x",
        "https://host/x?X-Amz-Credential=hidden&X-Amz-Signature=hidden",
        "https://host/x?sv=1&sig=hidden",
        "zip://a::https://me:hidden@host/x.zip",
    ],
)
def test_credentials_in_urls_are_refused_and_never_shown(url):
    with pytest.raises(UsageError, match="credentials") as told:
        refuse_secrets(url)
    assert "hidden" not in str(told.value)
    assert "hidden" not in masked(f"GET {url} failed")


def test_plain_urls_are_shown_as_they_are():
    for url in ("s3://bucket/a?b@c.png", "plain/path?.png", "https://host/a.png"):
        refuse_secrets(url)
        assert shown(url).startswith(url.partition("?")[0])
    assert shown("plain/p@th?x.png") == "plain/p@th?x.png"
    assert shown("https://me:hidden@host/a.png?sig=hidden") == "https://***@host/a.png"


class _Foreign(Exception):
    __module__ = "botocore.exceptions"


class NoCredentialsError(_Foreign):
    __module__ = "botocore.exceptions"


class ReadTimeoutError(_Foreign):
    __module__ = "botocore.exceptions"


class _Refused(_Foreign):
    __module__ = "aiohttp.client_exceptions"
    status = 403


@pytest.mark.parametrize(
    ("raised", "expected", "number"),
    [
        (NoCredentialsError(), PermissionError, errno.EACCES),
        (ReadTimeoutError(), TimeoutError, errno.ETIMEDOUT),
        (_Refused(), PermissionError, errno.EACCES),
        (_Foreign("odd\nhttps://h/x?sig=hidden"), OSError, errno.EIO),
        (PermissionError("Access Denied"), PermissionError, errno.EACCES),
        (TimeoutError(), TimeoutError, errno.ETIMEDOUT),
        (ConnectionResetError(errno.ECONNRESET, "reset"), OSError, errno.ETIMEDOUT),
        (OSError(errno.EREMOTEIO, "Internal Error"), OSError, errno.EAGAIN),
    ],
)
def test_errors_of_libraries_become_the_systems(raised, expected, number):
    with pytest.raises(expected) as told, translated("bucket/key"):
        raise raised
    assert told.value.errno == number
    assert told.value.filename == "bucket/key"
    assert "\n" not in str(told.value)
    assert "hidden" not in str(told.value)


def test_bugs_stay_bugs():
    with pytest.raises(ZeroDivisionError), translated("x"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "when",
    [
        datetime(2026, 11, 1, tzinfo=UTC),
        "2026-11-01T00:00:00+00:00",
        "Sun, 01 Nov 2026 00:00:00 GMT",
        1793491200,
        1793491200.0,
    ],
)
def test_times_are_understood_as_stores_tell_them(when):
    found = filesystem._found({"size": 1, "mtime": when})
    assert found.mtime_ns == 1793491200 * 10**9


def test_times_that_nobody_understands_are_unknown():
    assert filesystem._found({"size": 1, "updated": "yesterday"}).mtime_ns == 0
    assert filesystem._found({"size": 1, "created": b"?"}).mtime_ns == 0


def test_a_ledger_stands_on_a_disk(memory):
    with pytest.raises(UsageError, match="--ledger"):
        engine.run(Plan(request=REQUEST, source=memory))


def test_results_below_their_source_are_not_taken_for_sources(memory, run, tmp_path):
    def plan(dest, ledger):
        return Plan(request=REQUEST, source=memory, dest=dest, ledger=str(tmp_path / ledger))

    for ledger in ("a", "b"):
        done = run(plan(f"{memory}/out/", f"{ledger}.sqlite3"))
        assert done.found == 5
        assert done.left_out == (0 if ledger == "a" else 5)
    with pytest.raises(UsageError, match="the same"):
        run(plan(f"{memory}/", "c.sqlite3"))
    assert below("s3://a/b", "s3://a/bc") == below("/a/b", "s3://a") == ""


def test_credentials_that_stand_beside_an_object_are_seen(memory, run, tmp_path):
    fsspec.filesystem("memory").pipe_file("/media/0/0.png.c2pa", b"credentials")
    plan = Plan(request=REQUEST, source=memory, ledger=str(tmp_path / "l.sqlite3"))
    done = run(plan)
    assert done.files["labelled"] == 4
    assert done.files["failed"] == 1
    assert api.read(read(open_store(memory), b"0/0.png")).labels == ()


def test_an_ignore_file_of_this_disk_says_nothing_of_a_store(memory, run, tmp_path):
    (tmp_path / ".aigc-label-ignore").write_text("*.png\n")
    ignore = str(tmp_path / ".aigc-label-ignore")
    checking = Checking(only="implicit")
    ledger = str(tmp_path / "l.sqlite3")
    plan = Plan(request=checking, source=memory, ledger=ledger, ignore=ignore, digest="none")
    assert run(plan).found == 5


def test_credentials_beside_a_result_are_sent_with_it(memory, tmp_path, capsys):
    from credential_samples import identity

    signer = identity()
    (tmp_path / "chain.pem").write_bytes(signer.chain)
    (tmp_path / "key.pem").write_bytes(signer.key)
    (tmp_path / "poem.md").write_text("# Poem\n")
    given = ["--c2pa-cert", str(tmp_path / "chain.pem"), "--c2pa-key", str(tmp_path / "key.pem")]
    named = ["--no-explicit", "--producer", "ExampleStudio", "--c2pa", "--c2pa-sidecar", *given]
    line = ["label", str(tmp_path / "poem.md"), *named, "-o", "memory://media/poem.md"]
    assert main(line) == 0
    assert main(line) == 1
    assert main([*line, "--force"]) == 1  # as on a disk: what stands beside it would break
    store = open_store(memory)
    for name in ("poem.md", "poem.md.c2pa"):
        (tmp_path / f"got-{name}").write_bytes(read(store, name.encode()))
    (tmp_path / "got-poem.md.c2pa").rename(tmp_path / "poem2.md.c2pa")
    (tmp_path / "got-poem.md").rename(tmp_path / "poem2.md")
    capsys.readouterr()
    assert main(["show", "--c2pa", str(tmp_path / "poem2.md")]) == 0
    assert "beside (poem2.md.c2pa)" in capsys.readouterr().out


@pytest.mark.parametrize(("scheme", "asked"), [("gs", {"mode": "create"}), ("oss", {})])
def test_a_package_is_asked_for_new_objects_only_where_it_knows_how(
    memory, tmp_path, scheme, asked
):
    files = fsspec.filesystem("memory")
    given = []

    class Kept(type(files)):
        def put_file(self, local, path, **more):
            given.append(more)
            files.put_file(local, path, **more)

    (tmp_path / "x").write_bytes(b"first")
    objects = filesystem.FsspecObjects(Kept(skip_instance_cache=True), "/media", scheme)
    objects.put(str(tmp_path / "x"), "/media/x", replaces=None, of="", note="")
    found = objects.head("/media/x")
    with pytest.raises(FileExistsError):
        objects.put(str(tmp_path / "x"), "/media/x", replaces=None, of="", note="")
    objects.put(str(tmp_path / "x"), "/media/x", replaces=found, of="", note="")
    assert given == [asked, {}]
    assert open_store(memory).look(b"x").size == 5
