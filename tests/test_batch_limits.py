"""What one job may take: time, memory, tries; and runs without an end or an order."""

from __future__ import annotations

import itertools
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from aigc_label import batch
from aigc_label.batch import Limits, outcome, pool


def double(number):
    return 2 * number


def sleepy(seconds, number):
    time.sleep(seconds if number == 2 else 0)
    return number


def deaf(number):
    if number == 1:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    return number


def greedy(number):
    return len(bytearray(800 << 20)) if number == 1 else number


def busy(folder, number):
    """Fails twice for each number, as a file does that another program holds for a moment."""
    mark = Path(folder, str(number))
    tries = len(mark.read_text()) if mark.exists() else 0
    mark.write_text("x" * (tries + 1))
    if tries < 2:
        raise OSError(16, "Device or resource busy")
    return tries


def stream(jobs, work, **options):
    return sorted(
        (done.job, done.result, str(done.error or ""))
        for done in batch.stream(jobs, work, **{"workers": 2, **options})
    )


@pytest.mark.parametrize("chunk", [1, 4])
def test_a_job_that_takes_too_long_is_ended_and_blamed_alone(chunk):
    limits = Limits(seconds=0.4)
    begun = time.monotonic()
    done = stream(range(8), partial(sleepy, 30), chunk=chunk, limits=limits)
    assert time.monotonic() - begun < 15
    assert [job for job, _, error in done if error] == [2]
    assert "took more than 0.4 seconds" in done[2][2]
    assert [result for _, result, error in done if not error] == [0, 1, 3, 4, 5, 6, 7]


def test_a_worker_that_does_not_listen_is_killed_in_the_end(monkeypatch):
    monkeypatch.setattr(pool, "_GRACE", 0.3)
    done = stream(range(4), deaf, limits=Limits(seconds=0.3))
    assert [job for job, _, error in done if error] == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="data is bounded on Linux")
def test_memory_is_bounded_for_each_job():
    done = stream(range(4), greedy, limits=Limits(memory=600 << 20))
    assert [job for job, _, error in done if error] == [1]
    assert "600 MiB" in done[1][2]


def test_without_a_limit_the_advice_is_another():
    def starve(_):
        raise MemoryError

    assert "free some" in str(outcome.attempt(starve, 1).error)


def test_errors_that_may_pass_are_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(outcome, "_PAUSE", 0.001)
    done = stream(range(3), partial(busy, str(tmp_path)), limits=Limits(retries=2))
    assert [(result, error) for _, result, error in done] == [(2, "")] * 3
    failed = outcome.attempt(partial(busy, str(tmp_path)), 9, Limits(retries=1))
    assert isinstance(failed.error, OSError)


def test_errors_that_stay_are_not_tried_again():
    tries = []

    def missing(number):
        tries.append(number)
        raise FileNotFoundError(2, "No such file")

    outcome.attempt(missing, 1, Limits(retries=5))
    assert tries == [1]


def test_no_job_is_taken_before_somebody_is_free():
    taken = []

    def endless():
        for number in itertools.count():
            taken.append(number)
            yield number

    run = batch.stream(endless(), double, workers=2, chunk=3)
    for done, _ in enumerate(run, 1):
        assert len(taken) - done <= 2 * 3 * 2
        if done == 200:
            break
    run.close()


def test_a_slow_job_holds_nobody_up():
    run = batch.stream([2, *range(10, 60)], partial(sleepy, 1.0), workers=2, chunk=1)
    order = [done.job for done in run]
    assert order[-1] == 2


@pytest.mark.parametrize(("cost", "size"), [(1, 4), (4, 1), (9, 1), (2, 2)])
def test_what_a_parcel_holds_follows_from_what_it_costs(cost, size):
    made = pool.Pool(double, 1, 4, cost=lambda _: cost, ordered=False)
    numbered = enumerate(range(20))
    assert len(made._next(numbered, 1)) == size


def test_nothing_to_do():
    assert list(batch.stream([], double)) == []
