"""L6: foreign readers agree after a write: same pixels, samples and frames, and the label's text.

Two readers of the label per format at least, one of them strict about structure; no reader here
shares a line with the package. They are in ``eyes/``. Those that are Python packages (and the
ffmpeg of the ``imageio-ffmpeg`` wheel) run in the main suite; programs are marked ``foreign``.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from pathlib import Path  # noqa: TC003 - pytest looks at the annotations of fixtures

import pytest
from eyes import eyes_of
from eyes.pictures import pixels
from eyes.programs import decoded

from aigc_label import registry
from foreign_tools import require


@pytest.fixture(scope="session")
def on_disk(written, tmp_path_factory):
    """The fixture with the standard label, as a file; made once."""
    folder = tmp_path_factory.mktemp("written")

    def path(file) -> Path:
        target = folder / file.id
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(written(file))
        return target

    return path


def test_every_writable_format_has_its_foreign_readers():
    for fmt in registry.formats():
        if fmt.plan is not None:
            eyes = eyes_of(fmt.id)
            assert eyes.pieces is not None, f"{fmt.id}: a walker of its pieces"
            assert len(eyes.labels + eyes.programs) >= 2, f"{fmt.id}: two readers of the label"
            assert eyes.strict or eyes.strict_programs or fmt.id == "markdown", fmt.id


def test_python_readers_see_the_label(writable_file, on_disk, standard):
    eyes = eyes_of(writable_file.format)
    for reader in eyes.labels:
        if reader not in eyes.beyond.get(writable_file.id, ()):
            assert reader(on_disk(writable_file)) == standard.fields, reader.__name__


def test_strict_python_readers_walk_the_result(writable_plain_file, on_disk):
    for reader in eyes_of(writable_plain_file.format).strict:
        reader(on_disk(writable_plain_file))


_BY_MEDIUM = {"image": (pixels,), "audio": (decoded,), "video": (decoded,)}


def test_the_essence_is_the_same(writable_plain_file, on_disk):
    """Pixels, samples, frames, packets, words."""
    fmt = registry.by_id(writable_plain_file.format)
    for essence in eyes_of(fmt.id).essence or _BY_MEDIUM[fmt.medium.value]:
        assert essence(on_disk(writable_plain_file)) == essence(writable_plain_file.path)


@pytest.fixture(scope="session")
def by_exiftool(corpus, on_disk):
    """exiftool's view of all plain results in one run: id -> tags."""
    writable = {fmt.id for fmt in registry.formats() if fmt.plan is not None}
    files = [f for f in corpus if f.format in writable and f.kind == "plain"]
    paths = {str(on_disk(f)): f.id for f in files}
    done = subprocess.run(
        ["exiftool", "-j", "-a", "-b", "-G1", "-u", "-U", *paths],
        capture_output=True,
        check=False,
    )
    return {paths[tags["SourceFile"]]: tags for tags in json.loads(done.stdout)}


def sees(told: str, label) -> bool:
    """Whether a tool's text holds the whole record, however it escapes it."""
    plain = told.replace("\\", "").replace("&quot;", '"').replace("&amp;", "&").replace("&lt;", "<")
    plain = plain.replace("&gt;", ">").replace("&#39;", "'")
    fields = {key: value.replace("\\", "") for key, value in label.fields.items()}
    return all(value in plain for value in fields.values())


@pytest.mark.foreign("exiftool")
def test_programs_see_the_label(writable_plain_file, on_disk, by_exiftool, standard):
    eyes = eyes_of(writable_plain_file.format)
    require(*eyes.needs)
    for program in eyes.programs:
        if program in eyes.beyond.get(writable_plain_file.id, ()):
            continue
        told = program(on_disk(writable_plain_file), by_exiftool.get(writable_plain_file.id, {}))
        assert sees(told, standard), f"{program.__name__}: {told[:2000]}"


_FAULT = re.compile(r"warn|error|corrupt|invalid|illegal|conformance|truncat", re.IGNORECASE)
_COUNT = r"^Validate  "  # exiftool counts its remarks


def complaints(command: tuple[str, ...], path: Path, allowed: str) -> list[str]:
    """What a strict program says against a file, without names and numbers."""
    filled = [part.format(path) for part in command]
    filled = filled if str(path) in filled else [*filled, str(path)]
    done = subprocess.run(filled, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    lines = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    said = (re.sub(r"0x[0-9a-f]+|\d+", "N", line.replace(str(path), "")) for line in lines)
    faults = [line for line in said if _FAULT.search(line) and not re.search(allowed, line)]
    return [f"exit {done.returncode}", *faults]


@pytest.mark.foreign("exiftool")
def test_strict_programs_have_no_new_complaint(writable_plain_file, on_disk):
    eyes = eyes_of(writable_plain_file.format)
    require(*eyes.needs)
    allowed = f"{_COUNT}|{eyes.allowed}" if eyes.allowed else _COUNT
    for command in eyes.strict_programs:
        before = Counter(complaints(command, writable_plain_file.path, allowed))
        new = Counter(complaints(command, on_disk(writable_plain_file), allowed)) - before
        assert not new, command[0]
