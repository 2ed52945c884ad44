"""Content credentials from the command line."""

from __future__ import annotations

import json

import pytest

from aigc_label.cli import main
from credential_samples import identity


@pytest.fixture
def signer(tmp_path):
    one = identity()
    paths = {name: tmp_path / f"{name}.pem" for name in ("chain", "key", "root")}
    paths["chain"].write_bytes(one.chain)
    paths["key"].write_bytes(one.key)
    paths["root"].write_text(one.root)
    return {name: str(path) for name, path in paths.items()}


@pytest.fixture
def sign(signer, sample, tmp_path):
    def run(*more, source="picture.jpg", target="out.jpg"):
        return main([
            "label", "--no-explicit", "--producer", "ExampleStudio", "--c2pa",
            "--c2pa-cert", signer["chain"], "--c2pa-key", signer["key"],
            "-o", str(tmp_path / target), str(sample(source)), *more,
        ])  # fmt: skip

    return run


def test_label_check_show_and_propagate(sign, signer, tmp_path, capsys):
    target = str(tmp_path / "out.jpg")
    assert sign("--c2pa-generator", "Painter/3.1", "--c2pa-training", "notAllowed") == 0
    assert "content credentials" in capsys.readouterr().out

    line = ["check", "--no-explicit", "--output-format", "json", target]
    assert main([*line, "--c2pa-trust", signer["root"]]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["signals"] == [
        {
            "scheme": "c2pa",
            "ai": True,
            "generator": "Painter",
            "detail": "trainedAlgorithmicMedia",
            "action": "created",
            "state": "trusted",
            "signer": "Example Studio",
        }
    ]
    assert main([*line, "--c2pa"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["signals"][0]["state"] == "valid"
    assert main(line) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert "state" not in report["signals"][0]

    assert main(["show", "--c2pa-trust", signer["root"], target]) == 0
    shown = capsys.readouterr().out
    assert "AI-made, Painter, created, trainedAlgorithmicMedia" in shown
    assert "credentials trusted, signed by Example Studio" in shown

    passed = str(tmp_path / "passed.jpg")
    line = ["propagate", "--propagator", "Platform", target, "-o", passed]
    assert main(line) == 1
    assert "--allow-breaking-c2pa" in capsys.readouterr().err
    line += ["--c2pa", "--c2pa-cert", signer["chain"], "--c2pa-key", signer["key"]]
    assert main(line) == 0
    assert main(["show", "--c2pa", passed]) == 0
    assert "credentials valid" in capsys.readouterr().out


def test_a_broken_one_is_shown_as_such(sign, tmp_path, capsys):
    assert sign() == 0
    target = tmp_path / "out.jpg"
    target.write_bytes(target.read_bytes()[:-2] + b"x\xff\xd9")
    capsys.readouterr()
    assert main(["check", "--no-explicit", "--c2pa", "--fail-on", "warning", str(target)]) == 1
    assert "warning[file.credentials]" in capsys.readouterr().out
    assert main(["show", "--c2pa", str(target)]) == 0
    shown = capsys.readouterr().out
    assert "credentials invalid" in shown
    assert "problem: assertion.dataHash.mismatch" in shown


def test_beside_the_file(sign, tmp_path, capsys):
    assert sign("--c2pa-sidecar", source="poem.md", target="out.md") == 0
    assert "content credentials beside it" in capsys.readouterr().out
    assert (tmp_path / "out.md.c2pa").exists()
    assert main(["show", "--c2pa", str(tmp_path / "out.md")]) == 0
    assert "beside (out.md.c2pa)" in capsys.readouterr().out


def test_edited_content(sign, sample, tmp_path):
    assert sign("--c2pa-input", str(sample("picture.jpg")), "--c2pa-generator", "P") == 0
    assert b"compositeWithTrainedAlgorithmicMedia" in (tmp_path / "out.jpg").read_bytes()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--origin", "edited"], "--c2pa-input"),
        (["--label", "2"], "this is not known"),
        (["--c2pa-training", "maybe"], "no such choice"),
        (["--tsa", "ftp://x"], "http address"),
        (["--c2pa-input", "missing.png"], "is no file"),
    ],
)
def test_what_cannot_be_is_said(sign, tmp_path, capsys, more, told):
    assert sign(*more) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["--c2pa"], "give --c2pa-cert CHAIN.pem and --c2pa-key KEY.pem"),
        (["--c2pa-repack"], "--c2pa-repack is about content credentials; ask for them with --c2pa"),
        (["--c2pa-key", "k.pem"], "--c2pa-key is about content credentials"),
        (["--c2pa", "--c2pa-cert", "no.pem", "--c2pa-key", "no.pem"], "certificate chain no.pem"),
    ],
)
def test_what_is_missing_is_said(sample, capsys, line, told):
    assert main(["label", "--producer", "P", "-n", str(sample("picture.jpg")), *line]) == 2
    assert told in capsys.readouterr().err


def test_a_trust_list_that_is_none(sample, capsys, tmp_path):
    (tmp_path / "list.pem").write_text("nothing")
    line = ["check", "--c2pa-trust", str(tmp_path / "list.pem"), str(sample("picture.jpg"))]
    assert main(line) == 2
    assert "no certificate" in capsys.readouterr().err


def test_the_signer_may_stand_in_the_settings(signer, sample, tmp_path, monkeypatch):
    settings = tmp_path / "aigc-label.toml"
    settings.write_text(
        f"c2pa-cert = {signer['chain']!r}\nc2pa-key = {signer['key']!r}\nproducer = 'P'\n"
    )
    monkeypatch.chdir(tmp_path)
    target = str(tmp_path / "out.jpg")
    source = str(sample("picture.jpg"))
    assert main(["label", "--no-explicit", "--c2pa", "-o", target, source]) == 0
    assert main(["check", "--no-explicit", "--c2pa", target]) == 0


def test_several_files_in_several_processes(signer, sample, capsys):
    files = [str(sample(name)) for name in ("picture.jpg", "film.mp4", "melody.mp3")]
    assert main([
        "label", "--no-explicit", "--producer", "P", "-j", "2", "--in-place", *files, "--c2pa",
        "--c2pa-cert", signer["chain"], "--c2pa-key", signer["key"],
    ]) == 0  # fmt: skip
    assert main(["check", "--no-explicit", "--c2pa-trust", signer["root"], "-j", "2", *files]) == 0
    assert capsys.readouterr().out.count("content credentials") == 3
