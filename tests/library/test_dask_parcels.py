"""What travels together over Dask."""

from __future__ import annotations

import itertools

import pytest

from aigc_label import ExplicitLabel
from aigc_label.library.actions import Checking, Labelling
from aigc_label.library.dask_parcels import MOST, SECONDS, Parcels
from aigc_label.library.executor import PARCEL
from aigc_label.library.job import Job
from aigc_label.library.store import Entry
from aigc_label.library.weight import cost_of


def one(_job):
    return 1


def itself(job):
    return job


def flown(parcels, each, threads=2, ahead=4):
    """Parcels as they land, each job of cost 1 taking so many seconds; the first is done first."""
    waiting = []
    while True:
        waiting += parcels.made(ahead - len(waiting), threads)
        if not waiting:
            return
        done = waiting.pop(0)
        parcels.took(done.costs, each * sum(done.costs))
        yield done


def test_every_job_travels_once_and_light_ones_in_their_order():
    made = list(flown(Parcels(range(20_000), one), each=0.0007))
    assert sorted(itertools.chain.from_iterable(each.jobs for each in made)) == [*range(20_000)]
    for parcel in made:
        assert parcel.jobs == sorted(parcel.jobs)
        assert parcel.costs == [1] * len(parcel.jobs)


@pytest.mark.parametrize("each", [0.0002, 0.0007, 0.004, 0.05])
def test_parcels_come_to_take_as_long_as_they_should(each):
    jobs = int(40 / each)
    made = list(flown(Parcels(range(4 * PARCEL + jobs), one), each))
    settled = [each * len(parcel.jobs) for parcel in made[10:-10]]
    assert len(settled) > 80
    assert all(SECONDS - each < took < SECONDS + 2 * each for took in settled)
    assert len(made) < 40 / SECONDS + 30


def test_no_parcel_has_more_than_the_memory_should_hold():
    made = list(flown(Parcels(range(20 * MOST), one), each=1e-9))
    assert max(len(parcel.jobs) for parcel in made) == MOST


def test_what_takes_longer_than_thought_is_believed_at_once():
    parcels = Parcels(itertools.count(), one)
    for _ in range(20):
        parcels.took([1] * 100, 0.01)
    assert len(next(parcels.made(1, 1)).jobs) == pytest.approx(SECONDS / 0.0001, abs=1)
    parcels.took([1] * 100, 10.0)
    assert len(next(parcels.made(1, 1)).jobs) == 4
    parcels.took([1] * 4, 100.0)
    assert len(next(parcels.made(1, 1)).jobs) == 1


def test_one_parcel_in_a_moment_makes_the_next_four_times_as_large_at_most():
    parcels = Parcels(itertools.count(), one)
    parcels.took([1] * PARCEL, 0.0)
    assert len(next(parcels.made(1, 1)).jobs) == 4 * PARCEL


def test_heavy_jobs_travel_alone_and_say_nothing_of_others():
    film = PARCEL
    parcels = Parcels([film, 1, 1, film, film, 2], itself)
    for _ in range(9):
        parcels.took([1], 1e-9)
    made = list(parcels.made(9, 1))
    assert [each.jobs for each in made] == [[film], [1, 1], [film], [film], [2]]
    parcels.took([film], 60.0)
    assert parcels._each < 1e-5


@pytest.mark.parametrize("name", [b"a.mp4", b"a.flac"])
@pytest.mark.parametrize(
    "request_for", [Labelling(producer="A", explicit=ExplicitLabel()), Checking()]
)
def test_what_is_played_or_encoded_travels_alone(request_for, name):
    job = Job(1, Entry(name, 1000, 0, ""))
    assert cost_of(request_for, 10**6, 2)(job) >= PARCEL
    small = Job(1, Entry(b"a.png", 1000, 0, ""))
    assert cost_of(request_for, 10**6, 2)(small) < PARCEL


def test_large_files_share_a_parcel_if_they_are_quick_and_none_if_not():
    photo = PARCEL // 4
    parcels = Parcels(itertools.repeat(photo), itself)
    assert [len(each.jobs) for each in parcels.made(2, 2)] == [4, 4]
    for _ in range(9):
        parcels.took([photo], 0.005)
    assert len(next(parcels.made(1, 1)).jobs) == pytest.approx(SECONDS / 0.005, abs=1)
    parcels.took([photo], 4.0)
    assert [len(each.jobs) for each in parcels.made(2, 2)] == [1, 1]


def test_no_job_is_taken_for_a_parcel_that_nobody_has_asked_for():
    taken = []
    parcels = Parcels((taken.append(number) or number for number in itertools.count()), one)
    assert len(list(parcels.made(3, 2))) == 3
    assert len(taken) == 3 * PARCEL
    assert list(parcels.made(0, 2)) == []
    assert len(taken) == 3 * PARCEL
    parcels.took([1] * PARCEL, 1.0)
    sent = parcels.made(2, 2)
    assert len(next(sent).jobs) == len(taken) - 3 * PARCEL  # and not the second one's


@pytest.mark.parametrize(("jobs", "threads"), [(10, 20), (10, 3), (1, 2), (100, 2)])
def test_a_few_files_are_shared_out_among_all_threads(jobs, threads):
    made = list(Parcels(range(jobs), one).made(2 * threads, threads))
    assert len(made) == min(jobs, 2 * threads)
    sizes = [len(each.jobs) for each in made]
    assert max(sizes) - min(sizes) <= 1


def test_the_last_ones_are_shared_out_but_not_into_crumbs():
    parcels = Parcels(range(PARCEL + 400), one)
    list(parcels.made(1, 4))
    parcels.took([1] * 100, 0.1)
    whole = len(next(parcels.made(1, 3)).jobs)
    assert whole == pytest.approx(SECONDS / 0.001, abs=1)
    assert len(list(parcels.made(2, 30))) == 1  # the last fifty, and not 30 times one or two
    assert list(parcels.made(2, 30)) == []


def test_heavy_ones_among_the_last_take_hands_of_their_own():
    made = list(Parcels([1, PARCEL, 1, 1], itself).made(8, 2))
    assert sorted(each.jobs for each in made) == [[1], [1], [1], [PARCEL]]


def test_what_came_back_goes_first_also_after_the_end():
    parcels = Parcels(range(3), one)
    assert [each.jobs for each in parcels.made(1, 1)] == [[0, 1, 2]]
    parcels.again.extend("ab")
    assert [each.jobs for each in parcels.made(4, 2)] == [["a"], ["b"]]
    assert list(parcels.made(4, 2)) == []


def test_nothing_is_learnt_from_nothing():
    parcels = Parcels([], one)
    parcels.took([], 9.0)
    assert list(parcels.made(4, 2)) == []
    assert parcels._room == PARCEL
