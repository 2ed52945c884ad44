"""Runs over a Dask scheduler and its workers, all of them processes of their own on loopback."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import deeds
import pytest
from machines import Machines
from PIL import Image

from aigc_label import ExplicitLabel, __version__, api, cores, output
from aigc_label.batch.outcome import Limits
from aigc_label.errors import MissingExtra, UsageError
from aigc_label.library import dask_executor, dask_flight, dask_parcels, dask_worker, engine
from aigc_label.library.actions import Labelling
from aigc_label.library.dask_executor import DaskCluster
from aigc_label.library.executor import PARCEL
from aigc_label.library.ledger import NAME


def one(_job):
    return 1


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory):
    """A scheduler with a worker that is started again when it dies."""
    machines = Machines(tmp_path_factory.mktemp("dask"))
    machines.worker("--nanny")
    yield machines
    machines.stop()


@pytest.mark.parametrize("in_place", [False, True])
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(  # noqa: PLR0917 - fixtures
    machines, labelling, rows, tree, tmp_path, in_place
):
    victim = machines.worker()
    machines.worker()
    machines.joined(2)
    for path in tree.rglob("*.png"):
        path.unlink()
    for number in range(90):
        Image.effect_noise((200, 150), 40 + number % 7).save(tree / f"{number:02d}.png")
    request = Labelling(producer="ExampleStudio", explicit=ExplicitLabel())
    where = tree if in_place else tmp_path / "out"
    before = {path.name: path.read_bytes() for path in tree.glob("*.png")}
    plan = labelling(
        request=request,
        dest=None if in_place else str(where),
        engine="dask",
        scheduler=machines.address,
    )

    def kill(now):
        if now.phase == "work" and now.files > 5:
            victim.kill()

    summary = engine.run(plan, observe=kill)
    assert victim.wait(10) == -signal.SIGKILL
    assert (summary.how, summary.files) == ("complete", {"labelled": 90})
    table = rows(where / NAME)
    assert {row["state"] for row in table.values()} == {"done"}
    assert {row["attempts"] for row in table.values()} == {1}
    for name, bytes_before in before.items():
        labels = api.check(str(where / name), only="implicit").inspection.labels
        assert [label.fields["ProduceID"] for label in labels] == [
            table[name.encode()]["produce_id"]
        ]
        once = api.label(
            bytes_before, request.implicit("1", {}), explicit=request.explicit, name=name
        )
        (tmp_path / "once.png").write_bytes(once.data)
        with Image.open(tmp_path / "once.png") as wanted, Image.open(where / name) as found:
            assert wanted.tobytes() == found.tobytes()
    left = [p.name for p in where.rglob("*") if output.is_ours(p.name) and NAME not in p.name]
    assert left == []
    if not in_place:
        assert {path.name: path.read_bytes() for path in tree.glob("*.png")} == before
    assert engine.run(plan).files == {}


class Twice:
    """Does every job twice, as when the worker is lost that has done it first."""

    def stream(self, jobs, work, cost):
        from aigc_label.batch.outcome import attempt

        for job in jobs:
            assert cost(job)
            attempt(work, job)
            yield attempt(work, job)


@pytest.mark.parametrize("explicit", [None, ExplicitLabel()])
@pytest.mark.parametrize("in_place", [False, True])
def test_work_knows_what_a_lost_worker_has_written(  # noqa: PLR0917 - fixtures
    labelling, rows, tree, tmp_path, in_place, explicit
):
    for number, path in enumerate(tree.rglob("*.png")):
        Image.effect_noise((200, 150), 40 + number).save(path)
    request = Labelling(producer="ExampleStudio", explicit=explicit)
    where = tree if in_place else tmp_path / "out"
    plan = labelling(request=request, dest=None if in_place else str(where))
    assert engine.run(plan, executor=Twice()).files == {"labelled": 13}
    for key, row in rows(where / NAME).items():
        labels = api.check(str(where / os.fsdecode(key)), only="implicit").inspection.labels
        assert [label.fields["ProduceID"] for label in labels] == [row["produce_id"]]


def test_marks_in_formats_without_a_label_are_known_by_their_bytes(labelling, tree, tmp_path):
    for path in tree.rglob("*.png"):
        path.unlink()
    (tree / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    Image.new("RGB", (160, 120), "white").save(tree / "b.bmp")
    request = Labelling(producer="ExampleStudio", explicit=ExplicitLabel())
    plan = labelling(request=request)
    assert engine.run(plan, executor=Twice()).files == {"labelled": 2}
    other = labelling(request=request, dest=str(tmp_path / "other"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.srt").write_bytes((tree / "a.srt").read_bytes())
    assert engine.run(other, executor=Twice()).files == {"labelled": 1, "failed": 1}


def test_a_parcel_tells_of_each_job_and_leaves_a_late_one_behind(monkeypatch):
    monkeypatch.setenv(cores.THREADS, "1")  # as the parcel does, and lets it be

    def landed(jobs, **limits):
        packed = pickle.dumps(deeds.dreadful), pickle.dumps(jobs)
        answer = dask_worker.do(__version__, *packed, Limits(**limits))
        return pickle.loads(answer)  # noqa: S301 - our own

    assert landed(["a", "b"])[:3] == ("here", [("a", None, ""), ("b", None, "")], False)
    found = landed(["gone", "bug", "lambda", "panic", "a"], seconds=20)
    assert [type(error) for _, error, _ in found.told[:4]] == [
        FileNotFoundError,
        RuntimeError,
        RuntimeError,
        RuntimeError,
    ]
    assert "does not pickle" in str(found.told[2][1])
    assert "Panic" in str(found.told[3][1])
    assert "Panic" in found.told[3][2]
    assert found.told[4] == ("a", None, "")
    late = landed(["a", "sleep", "b"], seconds=1.0)
    assert (late.told, late.late) == ([("a", None, "")], True)
    assert late.seconds >= 1.0


@pytest.mark.parametrize("seconds", [None, 60])
@pytest.mark.parametrize(("enough", "done"), [(-1, 1), (1 << 30, 3)])
def test_of_a_parcel_that_takes_long_the_rest_goes_back(monkeypatch, seconds, enough, done):
    monkeypatch.setenv(cores.THREADS, "1")
    monkeypatch.setattr(dask_worker, "ENOUGH", enough)
    packed = pickle.dumps(deeds.double), pickle.dumps([1, 2, 3])
    answer = pickle.loads(dask_worker.do(__version__, *packed, Limits(seconds)))  # noqa: S301 - ours
    assert [result for result, _, _ in answer.told] == [2, 4, 6][:done]
    assert not answer.late


def test_a_cluster_of_this_machine_needs_nothing_started():
    cluster = DaskCluster(workers=1, limits=Limits(memory=1 << 30))
    cluster.look()
    found = sorted(cluster.stream(range(100), deeds.double, one))
    assert [each.result for each in found] == [2 * number for number in range(100)]


def test_a_cluster_of_this_machine_listens_to_nobody_else_and_does_not_watch_itself():
    import dask

    with DaskCluster(workers=1)._client() as client:
        served = client.cluster.scheduler.http_server.address
        watched = client.run(dask.config.get, "distributed.worker.profile.enabled")
    assert served == "127.0.0.1"
    assert set(watched.values()) == {False}
    assert dask.config.get("distributed.worker.profile.enabled")


def test_one_job_may_end_in_any_way_and_costs_the_others_nothing(one_worker):
    cluster = DaskCluster(one_worker.address, limits=Limits(seconds=2))
    jobs = ["a", "kill", "b", "gone", "bug", "lambda", "sleep", "c", *map(str, range(300))]
    found = {outcome.job: outcome for outcome in cluster.stream(jobs, deeds.dreadful, one)}
    assert len(found) == len(jobs)
    assert "worker after worker died" in str(found["kill"].error)
    assert isinstance(found["gone"].error, FileNotFoundError)
    assert "ZeroDivisionError" in str(found["bug"].error)
    assert "ZeroDivisionError" in found["bug"].trace
    assert "does not pickle" in str(found["lambda"].error)
    assert "took more than 2 seconds" in str(found["sleep"].error)
    fine = set(jobs) - {"kill", "gone", "bug", "lambda", "sleep"}
    assert {job: found[job].result for job in fine} == {job: job for job in fine}


def test_jobs_are_taken_only_when_there_is_somebody_to_do_them(one_worker):
    taken = []

    def endless():
        for number in range(1 << 40):
            taken.append(number)
            yield number

    outcomes = DaskCluster(one_worker.address).stream(endless(), deeds.double, one)
    done = [next(outcomes) for _ in range(500)]
    assert sorted(each.result for each in done) == sorted(2 * each.job for each in done)
    assert len(taken) - len(done) <= (dask_flight._AHEAD + 1) * dask_parcels.MOST
    outcomes.close()


def test_of_many_quick_jobs_many_travel_together(one_worker, monkeypatch):
    handed = []
    submit = dask_flight.Flight._submit

    def counted(flight, parcel, **options):
        handed.append(len(parcel.jobs))
        submit(flight, parcel, **options)

    monkeypatch.setattr(dask_flight.Flight, "_submit", counted)
    done = list(DaskCluster(one_worker.address).stream(range(20_000), deeds.double, one))
    assert sorted(each.job for each in done) == [*range(20_000)]
    assert sum(handed) == 20_000
    assert max(handed) > PARCEL


def test_jobs_that_are_slower_than_thought_are_all_done(one_worker):
    jobs = ["nap", "a", "nap", "b", "nap", "nap", "c"]  # dealt into two parcels, one of two seconds
    cluster = DaskCluster(one_worker.address, limits=Limits(seconds=60))
    found = list(cluster.stream(iter(jobs), deeds.dreadful, one))
    assert sorted(each.result for each in found) == sorted(jobs)


def test_a_worker_that_sees_other_files_ends_the_run(one_worker, tmp_path):
    cluster = DaskCluster(one_worker.address)
    with pytest.raises(UsageError, match="sees other files than this machine"):
        list(cluster.stream([1], deeds.Away(str(tmp_path), seen=False), one))
    assert len(list(cluster.stream(range(99), deeds.Away(str(tmp_path), seen=True), one))) == 99
    with pytest.raises(UsageError, match=r"has no folder /nowhere; mount it"):
        list(cluster.stream([1], deeds.Away("/nowhere", seen=True), one))


def test_a_worker_without_the_folder_or_the_key_is_refused(tree, tmp_path):
    def told(work):
        with pytest.raises(UsageError) as caught:
            dask_worker.do(__version__, pickle.dumps(work), pickle.dumps([1]), Limits())
        return str(caught.value)

    assert told(deeds.Away("/nowhere", seen=True)).startswith("the worker here has no folder /now")
    work = deeds.Away(str(tree), seen=True)
    work.request = Labelling(producer="X", sign_key=str(tmp_path / "key.pem"))
    assert told(work).startswith(f"the worker here has no {tmp_path}/key.pem; put it there")


def test_a_worker_of_another_version_is_refused(one_worker, monkeypatch):
    monkeypatch.setattr(dask_executor, "__version__", "99.0")
    with pytest.raises(UsageError, match=r"must have aigc-label 99\.0 .* but tcp://.* has 0"):
        DaskCluster(one_worker.address).look()
    with pytest.raises(UsageError, match=r"must have aigc-label 98 "):
        dask_worker.do("98", b"", b"", Limits())
    many = dask_worker.mismatch({str(number): "1" for number in range(9)}, "2")
    assert "0 has 1, 1 has 1, 2 has 1 and 6 more" in many


def test_a_worker_that_joins_late_with_another_version_is_refused(one_worker, monkeypatch):
    monkeypatch.setattr(dask_flight, "__version__", "99.0")
    monkeypatch.setattr(dask_executor, "_refuse_strangers", lambda *_: None)
    with pytest.raises(UsageError, match=r"must have aigc-label 99\.0"):
        list(DaskCluster(one_worker.address).stream([1], deeds.double, one))


def test_work_that_workers_do_not_have_is_told(one_worker, monkeypatch):
    import types

    strange = types.ModuleType("only_here")
    exec("def strange(job): return job", strange.__dict__)  # noqa: S102 - a module that no file has
    monkeypatch.setitem(sys.modules, "only_here", strange)
    with pytest.raises(UsageError, match=r"cannot do the work: ModuleNotFoundError.*only_here"):
        list(DaskCluster(one_worker.address).stream([1], strange.strange, one))


def test_nobody_answers_or_nobody_has_joined(machines, monkeypatch):
    monkeypatch.setattr(dask_executor, "_ANSWER", 1.0)
    monkeypatch.setattr(dask_executor, "_ARRIVE", 0.5)
    with pytest.raises(UsageError, match=r"no worker has joined tcp://.*`dask worker"):
        DaskCluster(machines.address).look()
    with pytest.raises(UsageError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9;"):
        DaskCluster("tcp://127.0.0.1:9").look()
    with pytest.raises(UsageError, match=r"no scheduler answers at nonsense://1;"):
        DaskCluster("nonsense://1").look()


def test_a_lost_scheduler_ends_the_run_which_is_carried_on(  # noqa: PLR0917 - fixtures
    machines, labelling, rows, tmp_path, tree, picture
):
    machines.worker()
    for number in range(400):
        (tree / f"more{number}.png").write_bytes(picture)
    plan = labelling(engine="dask", scheduler=machines.address)

    def kill(_entry, _ended):  # the first one: there is more than what is under way
        machines.scheduler.kill()

    with pytest.raises(ConnectionError, match=r"scheduler is lost.*carry on"):
        engine.run(plan, tell=kill)
    states = [row["state"] for row in rows(tmp_path / "out" / NAME).values()]
    assert "failed" not in states
    for process in machines.processes:
        process.kill()
        process.wait()
    from dataclasses import replace

    rest = engine.run(replace(plan, engine="processes", scheduler=""))
    assert rest.files == {"labelled": 413 - states.count("done")}


def test_without_any_worker_for_long_the_run_ends(machines, monkeypatch):
    worker = machines.worker()
    machines.joined(1)
    monkeypatch.setattr(dask_flight, "_ALONE", 1.0)
    monkeypatch.setattr(dask_flight, "_LOOK", 0.2)
    outcomes = DaskCluster(machines.address).stream(range(1 << 30), deeds.double, one)
    next(outcomes)
    worker.kill()
    with pytest.raises(ConnectionError, match="no worker has been there for 1 seconds"):
        list(outcomes)


def test_what_cannot_be_is_refused(labelling, monkeypatch):
    with pytest.raises(UsageError, match="give --engine dask"):
        labelling(scheduler="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="--memory-limit"):
        DaskCluster("tcp://127.0.0.1:1", limits=Limits(memory=1))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"pip install 'aigc-label\[dask\]'"):
        engine.run(labelling(engine="dask"))


def test_a_cluster_of_this_machine_drains_on_ctrl_c(tree, tmp_path, rows):
    for path in tree.rglob("*.png"):
        path.unlink()
    Image.effect_noise((800, 600), 64).save(tmp_path / "one.png")
    for number in range(100):
        shutil.copyfile(tmp_path / "one.png", tree / f"{number}.png")
    command = [sys.executable, "-m", "aigc_label", "batch", "run", "--action", "label"]
    command += ["--producer", "ExampleStudio", str(tree), "--engine", "dask"]
    command += ["--dest", str(tmp_path / "out"), "-j", "2", "--progress", "jsonl"]
    process = subprocess.Popen(  # what runs in the background does not heed SIGINT
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no more
    )
    ledger = tmp_path / "out" / NAME
    while len(list((tmp_path / "out").glob("*.png"))) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err.splitlines()[1:]) == (130, []), err
    assert json.loads(out.splitlines()[-1])["how"] == "drained"
    assert {row["state"] for row in rows(ledger).values()} == {"done", "pending"}
    again = subprocess.run(
        [*command[:4], "resume", str(tmp_path / "out"), "--quiet"], capture_output=True, check=False
    )
    assert (again.returncode, again.stderr) == (0, b"")
    assert {row["attempts"] for row in rows(ledger).values()} == {1}
