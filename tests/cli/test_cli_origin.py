"""``label --origin``, ``--system`` and ``--source-type``: stated beside the label."""

from __future__ import annotations

import pytest

import aigc_label
from aigc_label import cli

NEEDED = ["--producer", "Studio", "--no-explicit"]


@pytest.fixture
def picture(corpus, tmp_path):
    path = tmp_path / "in.jpg"
    path.write_bytes(next(f for f in corpus if f.id == "jpeg/plain/ffmpeg.jpg").data)
    return path


def stated(path):
    signals = aigc_label.read(path).signals
    return [(seen.detail, seen.generator) for seen in signals if seen.scheme == "iptc"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], []),
        (["--origin", "created"], [("trainedAlgorithmicMedia", None)]),
        (["--origin", "edited"], [("compositeWithTrainedAlgorithmicMedia", None)]),
        (["--source-type", "compositeSynthetic"], [("compositeSynthetic", None)]),
        (
            ["--system", "Pixel/2.1"],
            [
                ("trainedAlgorithmicMedia", None),
                ("AISystemUsed", "Pixel"),
                ("AISystemVersionUsed 2.1", None),
            ],
        ),
    ],
)
def test_what_is_asked_for_is_stated(picture, options, found, tmp_path):
    out = tmp_path / "out.jpg"
    assert cli.main(["label", str(picture), *NEEDED, *options, "-o", str(out)]) == 0
    assert stated(out) == found


def test_it_comes_from_the_settings_file_too(picture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = 'producer = "Studio"\nsystem = "Pixel"\norigin = "edited"\n'
    (tmp_path / "aigc-label.toml").write_text(settings, encoding="utf-8")
    assert cli.main(["label", "in.jpg", "--no-explicit", "--in-place"]) == 0
    assert stated(picture) == [
        ("compositeWithTrainedAlgorithmicMedia", None),
        ("AISystemUsed", "Pixel"),
    ]


@pytest.mark.parametrize("options", [["--origin", "creatd"], ["--source-type", "digitalArt"]])
def test_slips(picture, options, capsys):
    assert cli.main(["label", str(picture), *NEEDED, *options, "--in-place"]) == 2
    assert "no such choice" in capsys.readouterr().err
    assert stated(picture) == []


def test_a_name_that_cannot_be_written(picture, capsys):
    assert cli.main(["label", str(picture), *NEEDED, "--system", "a\nb", "--in-place"]) == 2
    assert "printable" in capsys.readouterr().err
