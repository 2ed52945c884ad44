"""Files that once broke a law, found by ``tools/fuzz.py`` or by hand; they break none again."""

import warnings
from pathlib import Path

import pytest

CRASHERS = sorted(Path(__file__).with_name("crashers").iterdir())


@pytest.fixture(scope="module")
def faults():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).resolve().parent.parent / "tools")
        import byte_laws

        yield byte_laws.faults


@pytest.mark.parametrize("path", CRASHERS, ids=lambda path: path.name)
def test_no_law_is_broken(path, faults):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on damaged pictures
        assert faults(path.read_bytes(), path.name) == []


def test_the_laws_have_teeth(faults, monkeypatch):
    """A verb that raises, and a result that differs the second time, are told."""
    import aigc_label

    good = (CRASHERS[0].parent.parent.parent / "fixtures/png/plain").glob("*.png")
    data = next(good).read_bytes()
    assert faults(data, "a.png") == []

    def broken(*_, **__):
        raise KeyError("x")

    monkeypatch.setattr(aigc_label, "read", broken)
    assert [fault.split(" at ")[0] for fault in faults(data, "a.png")] == ["read: KeyError('x')"]
