"""Small trees of real files, and the engine over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_label.library import engine
from aigc_label.library.actions import Checking, Labelling
from aigc_label.library.ledger import Ledger
from aigc_label.library.plan import Plan

PLAIN = Path(__file__).resolve().parents[2] / "fixtures" / "png" / "plain"


@pytest.fixture(scope="session")
def picture():
    """A small PNG."""
    return min(PLAIN.glob("*.png"), key=lambda path: path.stat().st_size).read_bytes()


@pytest.fixture
def tree(tmp_path, picture):
    """A folder of pictures, some of them in folders."""
    made = tmp_path / "media"
    for number in range(12):
        target = made / f"{number % 3}" / f"{number:02d}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
    (made / "top.png").write_bytes(picture)
    return made


@pytest.fixture
def labelling(tree, tmp_path):
    """A plan to label the tree, metadata only, into another folder."""

    def plan(**changes):
        request = changes.pop("request", Labelling(producer="ExampleStudio"))
        options = {"dest": str(tmp_path / "out"), "workers": 1, **changes}
        return Plan(request=request, source=str(tree), **options)

    return plan


@pytest.fixture
def checking(tree, tmp_path):
    """A plan to check the tree's metadata."""

    def plan(**changes):
        request = Checking(only="implicit")
        options = {"source": str(tree), "ledger": str(tmp_path / "checks.sqlite3")}
        return Plan(request=request, **{**options, "workers": 1, "digest": "none", **changes})

    return plan


@pytest.fixture
def rows():
    """The rows of a ledger as dictionaries, by path."""

    def read(path, action="label"):
        with Ledger(str(path), readonly=True) as ledger:
            columns = [row[1] for row in ledger.select("PRAGMA table_info(file)")]
            found = ledger.select("SELECT * FROM file WHERE action = ? ORDER BY path", action)
            return {row[2]: dict(zip(columns, row, strict=True)) for row in found}

    return read


class InOrder:
    """An executor in this process: jobs one by one, so that a test can stop between them."""

    def __init__(self, after=None):
        self.after = after
        self.done = []

    def stream(self, jobs, work, cost):
        from aigc_label.batch.outcome import attempt

        for job in jobs:
            assert cost(job) >= 1
            self.done.append(job.entry.key)
            yield attempt(work, job)
            if self.after is not None and len(self.done) == self.after:
                return


@pytest.fixture
def in_order():
    """See :class:`InOrder`."""
    return InOrder


@pytest.fixture
def run():
    """The engine in this process."""

    def carry_out(plan, **options):
        return engine.run(plan, **{"executor": InOrder(), **options})

    return carry_out


@pytest.fixture
def killed_before_noting(monkeypatch):
    """Run a plan that dies when so many files are written and none of them is noted."""

    class Killed(BaseException):
        pass

    def die(*_args):
        raise Killed

    def carry_out(plan, written):
        with monkeypatch.context() as patched:
            patched.setattr(Ledger, "finish", die)
            patched.setattr(engine, "_LATEST", float("inf"))  # or a slow machine dies sooner
            with pytest.raises(Killed):
                engine.run(plan, executor=InOrder(after=written))

    return carry_out


@pytest.fixture
def machines(tmp_path):
    """A scheduler of Dask without workers."""
    from machines import Machines

    folder = tmp_path / "scheduler"
    folder.mkdir()
    made = Machines(folder)
    yield made
    made.stop()
