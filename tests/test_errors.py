"""The exception tree: two families, one line each, and what they carry."""

from __future__ import annotations

import pytest

from aigc_label import errors
from aigc_label.errors import AssetError, InvalidLabel, InvalidProfile, Malformed, UsageError


def test_two_families():
    assert issubclass(UsageError, ValueError)
    assert not issubclass(AssetError, ValueError)
    assert not issubclass(AssetError, OSError)
    for kind in (InvalidLabel, InvalidProfile, errors.MissingExtra):
        assert issubclass(kind, UsageError)
    for kind in (
        errors.UnknownFormat,
        Malformed,
        errors.LimitExceeded,
        errors.CannotCarry,
        errors.LabelConflict,
        errors.NothingToPropagate,
        errors.ReadBackMismatch,
    ):
        assert issubclass(kind, AssetError)


def test_the_name_is_added_once_it_is_known():
    error = Malformed("cut short", offset=7)
    assert str(error) == "cut short"
    assert error.reason == "cut short"
    assert (error.asset, error.format, error.offset) == (None, None, 7)
    error.asset = "图.png"
    assert str(error) == "图.png: cut short"
    assert error.reason == "cut short"


@pytest.mark.parametrize(
    ("error", "attribute", "value"),
    [
        (InvalidLabel("x", field="ProduceID"), "field", "ProduceID"),
        (InvalidProfile("x", path="p.toml"), "path", "p.toml"),
        (AssetError("x", asset="a", format="png", offset=3), "format", "png"),
    ],
)
def test_attributes(error, attribute, value):
    assert getattr(error, attribute) == value
    assert str(error).endswith("x")


@pytest.mark.parametrize("kind", [InvalidLabel, InvalidProfile])
def test_what_was_wrong_must_be_said(kind):
    with pytest.raises(TypeError):
        kind("x")
