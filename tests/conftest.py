"""Shared by all tests: hypothesis profiles, the fixture corpus, and the look-up of foreign tools.

A test that takes ``plain_file``, ``labelled_file``, ``silent_file``, ``signal_file``,
``refused_file``, ``damaged_file``, ``misnamed_file`` or ``unknown_file`` runs once for each fixture
of that kind; ``writable_file`` is every sound fixture of a format that can carry a label,
``writable_plain_file`` and ``writable_labelled_file`` those without and with labels. The folders
of ``fixtures/`` are walked, so a new format's files are taken up without an edit here.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import foreign_tools

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=_SLOW_IS_FINE,
)
settings.register_profile(
    "dev", max_examples=100, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile(
    "night", max_examples=5000, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@dataclass(frozen=True, slots=True)
class Fixture:
    """One file of the corpus, and what its sidecar says."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.relative_to(FIXTURES).as_posix()

    @property
    def format(self) -> str:
        return self.id.split("/")[0]

    @property
    def kind(self) -> str:
        return self.id.split("/")[1]

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @property
    def told(self) -> dict:
        """What a reader shall say; nothing where there is no sidecar."""
        sidecar = self.path.with_name(self.path.name + ".json")
        return json.loads(sidecar.read_text("utf-8")) if sidecar.exists() else {}

    @property
    def labels(self) -> list[dict]:
        return self.told.get("labels", [])

    @property
    def signals(self) -> list[dict]:
        return self.told.get("signals", [])


def _corpus() -> list[Fixture]:
    return [
        Fixture(path)
        for folder in sorted(FIXTURES.iterdir())
        if folder.is_dir() and folder.name != "recipes" and folder.name[0].isalpha()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_sidecar(path)
    ]


def _is_sidecar(path: Path) -> bool:
    """What tells about the file beside it; a JSON fixture stands by itself."""
    return path.suffix == ".json" and path.with_suffix("").is_file()


CORPUS = _corpus()
_KINDS = {
    "plain_file": ("plain",),
    "labelled_file": ("labelled", "variants"),
    "silent_file": ("silent",),
    "signal_file": ("signals",),
    "refused_file": ("refused",),
    "damaged_file": ("damaged",),
    "misnamed_file": ("misnamed",),
}
_WRITABLE_KINDS = {
    "writable_file": ("plain", "labelled", "variants", "silent"),
    "writable_plain_file": ("plain",),
    "writable_labelled_file": ("labelled", "variants"),
}


def _selected(argument: str) -> list[Fixture] | None:
    if argument in _KINDS:
        known = [f for f in CORPUS if f.format != "unknown"]
        return [f for f in known if f.kind in _KINDS[argument]]
    if argument == "unknown_file":
        return [f for f in CORPUS if f.format == "unknown"]
    if argument in _WRITABLE_KINDS:
        from aigc_label import registry

        writable = {fmt.id for fmt in registry.formats() if fmt.plan is not None}
        found = [f for f in CORPUS if f.format in writable and f.kind in _WRITABLE_KINDS[argument]]
        return [f for f in found if f.labels] if "labelled" in argument else found
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for argument in metafunc.fixturenames:
        chosen = _selected(argument)
        if chosen is not None:
            metafunc.parametrize(argument, chosen, ids=[f.id for f in chosen])


@pytest.fixture(scope="session")
def corpus() -> list[Fixture]:
    """Every fixture."""
    return CORPUS


_NEEDED_BY_DEFAULT = ("exiftool", "ffprobe", "mediainfo")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A ``foreign`` test fails in CI when its tool is missing; elsewhere it says how to get it.

    ``@pytest.mark.foreign`` stands for exiftool, ffprobe and mediainfo; name others as arguments.
    """
    for mark in item.iter_markers("foreign"):
        foreign_tools.require(*(mark.args or _NEEDED_BY_DEFAULT))
