"""One function over many files: order, isolation of failures, clean ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from aigc_label import batch, cores
from aigc_label.batch import pool
from aigc_label.errors import AssetError, UnknownFormat


def double(number):
    return 2 * number


def uneven(number):
    """Later jobs are quicker, so that they would overtake."""
    time.sleep(0.02 if number % 4 == 0 else 0)
    return number


def fail_on_three(number):
    if number == 3:
        raise UnknownFormat("three", asset="3")
    if number == 4:
        raise FileNotFoundError(2, "No such file", "4")
    if number == 5:
        raise KeyError("five")
    if number == 6:
        raise MemoryError
    return number


def killed_on(victims, number):
    if number in victims:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def killed_once(folder, number):
    """A process that is ended for no fault of its file."""
    seen = Path(folder, str(number))
    if number in (3, 7) and not seen.exists():
        seen.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def leave_on_two(number):
    if number == 2:
        os._exit(7)
    return number


def unpicklable(number):
    return (lambda: None) if number == 1 else number


def slow_with_file(folder, number):
    """Like work with temporary files: they are removed when the work is stopped."""
    part = Path(folder, f"{number}.part")
    try:
        part.touch()
        time.sleep(30 if number else 0)
    finally:
        part.unlink(missing_ok=True)


def stubborn(folder, number):
    """Like native code that does not return: it does not listen."""
    if number:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path(folder, "deaf").touch()
        time.sleep(60)


def environment(_):
    return os.environ.get("AIGC_TEST_SETTING"), os.environ.get(cores.THREADS), os.getpid()


@pytest.fixture(params=["fork", "server"])
def start(request, monkeypatch):
    """Both ways in which processes are started, whatever threads the test runner has."""
    fork = request.param == "fork"
    if fork and sys.platform != "linux":
        pytest.skip("only Linux says how many threads there are")
    monkeypatch.setattr(pool, "_has_one_thread", lambda: fork)


def results(*args, **options):
    return [outcome.result for outcome in batch.run(*args, **options)]


@pytest.mark.parametrize("options", [{}, {"workers": 2, "patience": 0}, {"workers": 3, "chunk": 7}])
def test_outcomes_come_in_the_order_of_the_jobs(options):
    assert results(range(40), uneven, **{"patience": 0.05} | options) == list(range(40))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_or_one_job_needs_no_process(count, workers):
    assert (
        results(range(count), partial(killed_on, ()), workers=workers, patience=0)
        == [os.getpid()] * count
    )


def test_one_worker_never_starts_a_process():
    assert set(results(range(50), partial(killed_on, ()), workers=1, patience=0)) == {os.getpid()}


def test_quick_work_stays_in_this_process_however_many_workers():
    assert set(results(range(50), partial(killed_on, ()), workers=2, patience=30)) == {os.getpid()}


def test_patience_ends_and_others_take_over():
    pids = results(range(8), partial(killed_on, ()), workers=2, patience=1e-9)
    assert pids[0] == os.getpid()
    assert os.getpid() not in pids[1:]


def test_one_job_left_when_patience_ends_is_done_here():
    assert set(results(range(2), partial(killed_on, ()), workers=2, patience=1e-9)) == {os.getpid()}


@pytest.mark.parametrize("chunk", [1, 4])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.usefixtures("start")
def test_failures_are_the_outcome_of_their_own_job(workers, chunk):
    done = list(batch.run(range(9), fail_on_three, workers=workers, chunk=chunk, patience=0))
    assert [o.job for o in done] == list(range(9))
    assert [o.result for o in done] == [0, 1, 2, None, None, None, None, 7, 8]
    unknown, missing, bug, memory = (done[i].error for i in (3, 4, 5, 6))
    assert isinstance(unknown, UnknownFormat)
    assert unknown.asset == "3"
    assert isinstance(missing, FileNotFoundError)
    assert missing.filename == "4"
    assert "five" in str(bug)
    assert "KeyError" in done[5].trace
    assert isinstance(memory, AssetError)
    assert [bool(o.trace) for o in done] == [False] * 5 + [True] + [False] * 3


@pytest.mark.parametrize("chunk", [1, 5])
@pytest.mark.usefixtures("start")
def test_a_killed_worker_fails_its_own_file_and_the_rest_goes_on(chunk):
    work = partial(killed_on, {2, 3, 11})
    done = list(batch.run(range(20), work, workers=2, chunk=chunk, patience=0))
    assert [o.job for o in done if o.error] == [2, 3, 11]
    assert all("SIGKILL" in str(o.error) and not o.trace for o in done if o.error)
    assert sum(o.result is not None for o in done) == 17


@pytest.mark.parametrize("chunk", [1, 5])
@pytest.mark.usefixtures("start")
def test_a_file_whose_process_is_killed_once_is_tried_again(chunk, tmp_path):
    work = partial(killed_once, tmp_path)
    done = list(batch.run(range(10), work, workers=2, chunk=chunk, patience=0))
    assert [o.result for o in done] == list(range(10))


@pytest.mark.usefixtures("start")
def test_a_worker_that_exits_says_its_code():
    done = list(batch.run(range(4), leave_on_two, workers=2, patience=0))
    assert "exit code 7" in str(done[2].error)
    assert [o.result for o in done] == [0, 1, None, 3]


@pytest.mark.usefixtures("start")
def test_a_result_that_does_not_pickle_is_a_bug_of_that_job_only():
    done = list(batch.run(range(4), unpicklable, workers=2, chunk=4, patience=0))
    assert [o.result for o in done] == [0, None, 2, 3]
    assert "does not pickle" in str(done[1].error)
    assert done[1].trace


def test_jobs_are_taken_only_as_far_ahead_as_needed(monkeypatch):
    monkeypatch.setattr(pool, "AHEAD", 10)
    taken = []

    def jobs():
        for number in range(200):
            taken.append(number)
            yield number

    furthest = []
    for count, _ in enumerate(batch.run(jobs(), uneven, workers=2, chunk=2, patience=0)):
        furthest.append(len(taken) - count)
    assert len(furthest) == 200
    assert max(furthest) <= 10 + 2 * 2 + 2


@pytest.mark.usefixtures("start")
def test_stopping_early_ends_workers_and_their_temporary_files(tmp_path):
    run = batch.run(range(3), partial(slow_with_file, str(tmp_path)), workers=2, patience=0)
    assert next(run).job == 0
    while not list(tmp_path.iterdir()):
        time.sleep(0.01)
    begun = time.monotonic()
    run.close()
    assert time.monotonic() - begun < 10
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("start")
def test_a_worker_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_GRACE", 0.2)
    run = batch.run(range(2), partial(stubborn, str(tmp_path)), workers=2, patience=0)
    next(run)
    while not list(tmp_path.iterdir()):
        time.sleep(0.01)
    begun = time.monotonic()
    run.close()
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("start")
def test_an_exception_in_the_jobs_ends_the_run():
    def jobs():
        yield from range(3)
        raise PermissionError(13, "Permission denied", "folder")

    with pytest.raises(PermissionError):
        list(batch.run(jobs(), double, workers=2, patience=0))


@pytest.mark.usefixtures("start")
def test_workers_see_the_environment_of_now_and_share_the_processors(monkeypatch):
    monkeypatch.setenv("AIGC_TEST_SETTING", "first")
    results(range(2), environment, workers=2, patience=0)
    monkeypatch.setenv("AIGC_TEST_SETTING", "second")
    for setting, threads, pid in results(range(2), environment, workers=2, patience=0):
        assert setting == "second"
        assert threads == str(max(1, batch.processors() // 2))
        assert pid != os.getpid()


def products(_):
    return os.environ.get("OPENBLAS_NUM_THREADS")


@pytest.mark.usefixtures("start")
@pytest.mark.parametrize(("given", "used"), [(None, "1"), ("3", "3")])
def test_a_worker_multiplies_with_one_thread_unless_told_otherwise(monkeypatch, given, used):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", given)
    assert results(range(4), products, workers=2, patience=0) == [used] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody says")
def test_a_process_is_forked_only_while_it_has_one_thread():
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert not pool._has_one_thread()
    assert pool._context(double).get_start_method() == "forkserver"
    end.set()
    thread.join()


def test_a_worker_that_cannot_begin_is_said_at_once(monkeypatch):
    monkeypatch.setattr(pool, "_has_one_thread", lambda: False)
    with pytest.raises(RuntimeError, match="before its work began"):
        list(batch.run(range(4), Unloadable(), workers=2, patience=0))


class Unloadable:
    """Work that pickles here and does not unpickle there."""

    def __call__(self, job):
        raise AssertionError(job)

    def __reduce__(self):
        return (os._exit, (3,))
