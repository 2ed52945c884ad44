"""The public names: declared, found on first use, and nothing else."""

from __future__ import annotations

import aigc_label


def test_every_name_is_there_and_has_one_home():
    homes = [name for names in aigc_label._HOME.values() for name in names]
    assert sorted([*homes, "__version__"]) == sorted(aigc_label.__all__) == dir(aigc_label)
    for name in homes:
        assert getattr(aigc_label, name).__name__ == name
