"""Batches that sign: content credentials in and beside the results, and no key in any ledger."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

import fsspec
import pytest

from aigc_label import api, essence, registry
from aigc_label.asset import open_asset
from aigc_label.delivery import BESIDE
from aigc_label.errors import UsageError
from aigc_label.library import dask_worker, engine, verbs
from aigc_label.library.actions import Fixing, Labelling, Propagating
from aigc_label.library.ledger import NAME
from aigc_label.library.plan import Plan
from aigc_label.library.signing import Signer, credentials
from aigc_label.library.store import open_store
from aigc_label.model import Attribution
from aigc_label.provenance.trust import Trust
from credential_samples import EMAIL, identity


@pytest.fixture
def signer(tmp_path):
    """Where certificate and key stand."""
    one = identity()
    (tmp_path / "chain.pem").write_bytes(one.chain)
    (tmp_path / "key.pem").write_bytes(one.key)
    (tmp_path / "root.pem").write_text(one.root)
    return Signer(chain=str(tmp_path / "chain.pem"), key=str(tmp_path / "key.pem"))


@pytest.fixture
def few(tree):
    """Three pictures."""
    for path in sorted(tree.rglob("*.png"))[3:]:
        path.unlink()
    return tree


@pytest.fixture
def poems(tree):
    """Texts, whose credentials stand beside them."""
    for path in tree.rglob("*.png"):
        path.unlink()
    for number in range(4):
        (tree / f"{number}.md").write_text(f"# Poem {number}\n")
    return tree


def signal(path, tmp_path):
    trust = Trust.load([str(tmp_path / "root.pem")])
    seen = api.check(str(path), only="implicit", c2pa=trust).inspection
    return seen.labels, [each for each in seen.signals if each.scheme == "c2pa"]


@pytest.mark.parametrize("in_place", [False, True])
def test_a_killed_run_knows_what_it_has_signed(  # noqa: PLR0917 - fixtures
    labelling, run, rows, few, tmp_path, signer, in_place, killed_before_noting
):
    where = few if in_place else tmp_path / "out"
    request = Labelling(producer="ExampleStudio", credentials=signer)
    plan = labelling(request=request, dest=None if in_place else str(where))
    killed_before_noting(plan, 2)
    before = {path: path.read_bytes() for path in sorted(where.rglob("*.png"))[:2]}
    assert run(plan).files == {"labelled": 3}
    table = rows(where / NAME)
    assert {path: path.read_bytes() for path in before} == before
    reasons = [row["reason"] for row in table.values()]
    assert reasons.count("written by an earlier run") == 2
    for key, row in table.items():
        labels, signals = signal(where / key.decode(), tmp_path)
        assert [label.fields["ProduceID"] for label in labels] == [row["produce_id"]]
        assert [each.state for each in signals] == ["trusted"]
    assert run(plan).files == {}


def test_no_key_gets_into_a_ledger(labelling, run, tmp_path, signer, few):
    plan = labelling(request=Labelling(producer="ExampleStudio", credentials=signer))
    run(plan)
    with sqlite3.connect(tmp_path / "out" / NAME) as db:
        (kept,) = db.execute("SELECT plan FROM plan").fetchone()
    assert signer.key in kept
    assert "PRIVATE" not in kept
    assert "BEGIN" not in kept
    (few / "new.png").write_bytes(min(few.rglob("*.png")).read_bytes())
    assert engine.resume(str(tmp_path / "out" / NAME)).files == {"labelled": 1}
    assert [s.state for s in signal(tmp_path / "out" / "new.png", tmp_path)[1]] == ["trusted"]


@pytest.mark.parametrize("in_place", [False, True])
def test_credentials_beside_a_result_are_made_up_for(  # noqa: PLR0917 - fixtures
    labelling, run, rows, poems, tmp_path, signer, in_place, killed_before_noting
):
    where = poems if in_place else tmp_path / "out"
    request = Labelling(producer="ExampleStudio", credentials=replace(signer, sidecar=True))
    plan = labelling(request=request, dest=None if in_place else str(where))
    killed_before_noting(plan, 2)
    texts = {path: path.read_bytes() for path in sorted(where.glob("*.md"))[:2]}
    (where / f"0.md{BESIDE}").unlink()  # killed between the two
    assert sum(run(plan).files.values()) == 4
    assert {path: path.read_bytes() for path in texts} == texts
    for key, row in rows(where / NAME).items():
        labels, signals = signal(where / key.decode(), tmp_path)
        assert [label.fields["ProduceID"] for label in labels] == [row["produce_id"]]
        assert [each.state for each in signals] == ["trusted"]
        assert row["state"] == "done"
    again = run(plan)
    assert (again.files, again.found) == ({}, 4)
    if not in_place:
        (poems / "1.md").write_text("# Another poem\n")
        assert run(plan).files == {"labelled": 1}
        assert signal(where / "1.md", tmp_path)[1][0].state == "trusted"


@pytest.mark.parametrize("in_place", [False, True])
def test_credentials_that_are_deleted_are_made_again(  # noqa: PLR0917 - fixtures
    labelling, run, rows, poems, tmp_path, signer, in_place
):
    where = poems if in_place else tmp_path / "out"
    request = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    plan = labelling(request=request, dest=None if in_place else str(where))
    run(plan)
    before = {path: path.read_bytes() for path in sorted(where.glob("*.md*"))}
    (where / f"1.md{BESIDE}").unlink()
    summary = run(plan)
    assert (summary.files, summary.missing) == ({"labelled": 1}, 1)
    after = {path: path.read_bytes() for path in sorted(where.glob("*.md*"))}
    assert [path.name for path in after if after[path] != before[path]] == [f"1.md{BESIDE}"]
    assert signal(where / "1.md", tmp_path)[1][0].state == "trusted"
    assert rows(where / NAME)[b"1.md"]["state"] == "done"
    assert run(plan).files == {}


def test_credentials_that_c2patool_named_are_seen(labelling, run, poems, signer):
    request = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    plan = labelling(request=request, dest=None)
    run(plan)
    (poems / f"1.md{BESIDE}").rename(poems / f"1{BESIDE}")
    assert run(plan).files == {}


def test_credentials_of_what_is_somebody_elses_are_not_made(
    labelling, run, poems, tmp_path, signer
):
    request = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    plan = labelling(request=request)
    run(plan)
    target = tmp_path / "out" / "1.md"
    times = target.stat()
    target.write_text("# Somebody else's\n")
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
    target.with_name(f"1.md{BESIDE}").unlink()
    assert run(plan).files == {"failed": 1}
    assert target.read_text() == "# Somebody else's\n"
    assert (poems / "1.md").read_text() == "# Poem 1\n"


def test_credentials_beside_a_source_go_with_its_result(labelling, run, poems, tmp_path, signer):
    request = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    run(labelling(request=request, dest=None))
    plan = labelling(request=request, ledger=str(tmp_path / "second.sqlite3"))
    assert run(plan).files == {"labelled": 4}
    for name in ("0.md", f"0.md{BESIDE}"):
        assert (tmp_path / "out" / name).read_bytes() == (poems / name).read_bytes()
    assert run(plan).files == {}


class Twice:
    """Does every job twice, as when the worker is lost that has done it first."""

    def stream(self, jobs, work, cost):
        from aigc_label.batch.outcome import attempt

        for job in jobs:
            assert cost(job)
            attempt(work, job)
            yield attempt(work, job)


@pytest.mark.parametrize("sidecar", [False, True])
@pytest.mark.parametrize("in_place", [False, True])
def test_a_lost_workers_signed_results_are_known(  # noqa: PLR0917 - fixtures
    labelling, rows, poems, picture, tmp_path, signer, sidecar, in_place
):
    if not sidecar:
        for path in poems.glob("*.md"):
            path.unlink()
        (poems / "a.png").write_bytes(picture)
    where = poems if in_place else tmp_path / "out"
    request = Labelling(producer="X", credentials=replace(signer, sidecar=sidecar))
    plan = labelling(request=request, dest=None if in_place else str(where))
    summary = engine.run(plan, executor=Twice())
    assert sum(summary.files.values()) == len(rows(where / NAME))
    assert summary.wrong == 0
    for key, row in rows(where / NAME).items():
        labels, signals = signal(where / key.decode(), tmp_path)
        assert [label.fields["ProduceID"] for label in labels] == [row["produce_id"]]
        assert [each.state for each in signals] == ["trusted"]


def test_a_source_that_changes_leaves_no_credentials_behind(  # noqa: PLR0917 - fixtures
    labelling, run, poems, tmp_path, signer, monkeypatch
):
    real = api.label

    def slow(source, *args, **options):
        written = real(source, *args, **options)
        if (getattr(source, "path", None) or "").endswith("0.md"):
            (poems / "0.md").write_text("# Changed meanwhile\n")
        return written

    request = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    monkeypatch.setattr(api, "label", slow)
    assert run(labelling(request=request)).files == {"labelled": 3, "failed": 1}
    assert [path.name for path in (tmp_path / "out").glob("0.md*")] == []


@pytest.mark.usefixtures("few")
def test_a_platform_signs_what_it_propagates(labelling, run, tmp_path, signer):
    run(labelling(dest=None))
    request = Propagating(propagator="Platform", credentials=signer)
    out = str(tmp_path / "published")
    assert run(labelling(request=request, dest=out)).files == {"propagated": 3}
    for path in (tmp_path / "published").rglob("*.png"):
        labels, signals = signal(path, tmp_path)
        assert labels[0].fields["ContentPropagator"] == "Platform"
        assert signals[0].state == "trusted"


def test_results_in_a_store_have_their_credentials_beside_them(run, poems, tmp_path, signer):
    request = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    url = "memory://signed"
    plan = Plan(request=request, source=str(poems), dest=url, ledger=str(tmp_path / "l.sqlite3"))
    try:
        assert run(plan).files == {"labelled": 4}
        store = open_store(url)
        for name in ("0.md", f"0.md{BESIDE}"):
            with store.reading(name.encode()) as stream:
                (tmp_path / name).write_bytes(stream.read())
        assert signal(tmp_path / "0.md", tmp_path)[1][0].state == "trusted"
        assert run(plan).files == {}
        store.remove(f"1.md{BESIDE}".encode())
        assert run(plan).files == {"labelled": 1}
        assert store.look(f"1.md{BESIDE}".encode())
        other = replace(plan, ledger=str(tmp_path / "other.sqlite3"))
        store.remove(b"0.md")  # what stands beside it is nobody's to replace
        done = run(other)
        assert done.files == {"failed": 4}
        assert store.look(b"0.md") is None
    finally:
        fsspec.filesystem("memory").rm("/signed", recursive=True)


def test_mended_labels_are_signed(labelling, run, few, tmp_path):
    from aigc_label.trust import keys

    (tmp_path / "k.pem").write_bytes(keys.generate("ecdsa")[0])
    request = Fixing(producer="ExampleStudio", sign_key=str(tmp_path / "k.pem"))
    assert run(labelling(request=request, dest=None)).files == {"fixed": 3}
    labels = api.check(str(min(few.rglob("*.png"))), only="implicit").inspection.labels
    assert labels[0].security.status == "intact"


def test_what_cannot_sign_is_refused_before_any_file(labelling, run, few, tmp_path, signer):
    def refused(match, **changes):
        with pytest.raises(UsageError, match=match):
            run(labelling(request=Labelling(producer="X", **changes)))
        assert not (tmp_path / "out").exists()

    assert few.exists()
    refused(r"private key /nowhere/k\.pem", credentials=replace(signer, key="/nowhere/k.pem"))
    refused("Label 2 says", credentials=signer, attribution=Attribution.POSSIBLE)
    refused("holds credentials", credentials=replace(signer, tsa="http://me:secret@tsa.example"))
    refused("no time stamp came", credentials=replace(signer, tsa="http://127.0.0.1:9/"))
    expired = identity(EMAIL, days=0)
    (tmp_path / "chain.pem").write_bytes(expired.chain)
    (tmp_path / "key.pem").write_bytes(expired.key)
    credentials.cache_clear()
    refused("c2pa refuses the certificate", credentials=signer)
    credentials.cache_clear()
    beside = Labelling(producer="X", credentials=replace(signer, sidecar=True))
    with pytest.raises(UsageError, match="originals are kept of the files alone"):
        labelling(request=beside, dest=None, keep_originals=True)


def test_rows_of_a_manifest_that_nobody_may_sign_are_refused(labelling, run, tmp_path, signer, few):
    assert few.exists()
    (tmp_path / "m.csv").write_text("path,attribution\n0/00.png,1\n0/03.png,3\n")
    request = Labelling(producer="X", credentials=signer)
    with pytest.raises(UsageError, match=r"row 3: content credentials .* Label 3 says"):
        run(labelling(request=request, manifest=str(tmp_path / "m.csv")))


def test_plans_of_former_versions_are_resumed(labelling, run, tmp_path, few):
    assert few.exists()
    run(labelling())
    ledger = tmp_path / "out" / NAME
    with sqlite3.connect(ledger) as db:
        (text,) = db.execute("SELECT identity FROM plan").fetchone()
        db.execute("UPDATE plan SET identity = ?", (text.replace('"credentials": null, ', ""),))
    assert run(labelling()).files == {}
    with sqlite3.connect(ledger) as db:
        db.execute('UPDATE plan SET plan = \'{"action": "label", "request": {"new": 1}}\'')
    with pytest.raises(UsageError, match="a plan of another version"):
        engine.resume(str(ledger))


def test_a_plan_means_the_same_from_any_folder(labelling, tmp_path, monkeypatch):
    from aigc_label import ExplicitLabel
    from aigc_label.explicit_label import Look, Sound

    monkeypatch.chdir(tmp_path)
    for name in ("icon.png", "clip.wav"):
        (tmp_path / name).write_bytes(b"")
    mark = ExplicitLabel(look=Look(icon="icon.png"), sound=Sound(kind="clip.wav"))
    signer = Signer(chain="c.pem", key="k.pem")
    request = Labelling(producer="X", explicit=mark, sign_key="s.pem", credentials=signer)
    made = labelling(request=request).absolute()
    assert made.request.explicit.look.icon == str(tmp_path / "icon.png")
    assert made.request.explicit.sound.kind == str(tmp_path / "clip.wav")
    assert made.request.sign_key == str(tmp_path / "s.pem")
    assert made.request.credentials.files == (str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))
    assert Plan.from_json(made.to_json()) == made
    plain = labelling(request=Labelling(producer="X", explicit=ExplicitLabel())).absolute()
    assert plain.request.explicit == ExplicitLabel()


def test_a_worker_without_the_certificate_is_refused(tree, tmp_path):
    import pickle

    import deeds

    from aigc_label import __version__
    from aigc_label.batch.outcome import Limits

    work = deeds.Away(str(tree), seen=True)
    signer = Signer(chain=str(tmp_path / "chain.pem"), key=str(tmp_path / "key.pem"))
    work.request = Labelling(producer="X", credentials=signer)
    with pytest.raises(UsageError, match=r"has no .*chain\.pem; put it there"):
        dask_worker.do(__version__, pickle.dumps(work), pickle.dumps([1]), Limits())


def test_the_pixel_that_is_signed_for_a_trial_is_a_picture():
    import io

    from PIL import Image

    with Image.open(io.BytesIO(verbs._PIXEL)) as found:
        found.load()
        assert found.size == (1, 1)
    with open_asset(verbs._PIXEL, name="p.png") as asset:
        assert essence.digest(asset, registry.identify(asset))
