"""Labels through processing: what other tools drop is seen, and put back unchanged."""

from __future__ import annotations

import io
import subprocess

import pytest
from PIL import Image

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel, Origin, SigningKey, carry, check, cli
from aigc_label.errors import LabelConflict, NoPlace, NothingToPropagate
from aigc_label.ffmpeg import executable
from aigc_label.trust.keys import generate

ORIGIN = Origin(system="Pixel", version="2.1")
LABEL = ImplicitLabel(
    content_producer="Studio",
    produce_id="42",
    reserved_code1="somebody's code",
    content_propagator="Platform",
    propagate_id="p-1",
    origin=ORIGIN,
)


def plain(corpus, start):
    return next(file for file in corpus if file.id.startswith(start))


@pytest.fixture
def picture(corpus, tmp_path):
    path = tmp_path / "labelled.jpg"
    aigc_label.label(plain(corpus, "jpeg/plain/ffmpeg").data, LABEL, to=path, name="a.jpg")
    return path


@pytest.fixture
def film(corpus, tmp_path):
    path = tmp_path / "labelled.mp4"
    aigc_label.label(plain(corpus, "mp4/plain/moov-first").data, LABEL, to=path, name="a.mp4")
    return path


def rules_of(report) -> set[str]:
    return {finding.rule for finding in report.findings if finding.kind == "fail"}


def pillow(source, target):
    with Image.open(source) as image:
        image.resize((64, 48)).save(target)


def ffmpeg(source, target):
    subprocess.run(
        [executable(), "-v", "error", "-i", source, "-vf", "scale=64:48", target], check=True
    )


def magick(source, target):
    subprocess.run(["convert-im6.q16", source, "-resize", "64x48", target], check=True)


RECIPES = [
    # tool, from, to, what it drops
    (pillow, "jpg", "jpg", {"implicit.lost", "implicit.origin-lost"}),
    (pillow, "jpg", "png", {"implicit.lost", "implicit.origin-lost"}),
    (pillow, "jpg", "webp", {"implicit.lost", "implicit.origin-lost"}),
    (ffmpeg, "jpg", "png", {"implicit.lost", "implicit.origin-lost"}),
    (ffmpeg, "jpg", "jpg", {"implicit.lost", "implicit.origin-lost"}),
    (ffmpeg, "mp4", "mp4", {"implicit.lost", "implicit.origin-lost"}),
    (ffmpeg, "mp4", "webm", {"implicit.origin-lost"}),
    (ffmpeg, "mp4", "gif", {"implicit.lost", "implicit.origin-lost"}),
    pytest.param((magick, "jpg", "jpg", set()), marks=pytest.mark.foreign),
    pytest.param((magick, "jpg", "png", set()), marks=pytest.mark.foreign),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes(recipe, picture, film, tmp_path):
    tool, start, end, dropped = recipe
    source = {"jpg": picture, "mp4": film}[start]
    derived = tmp_path / f"small.{end}"
    tool(source, derived)
    report = check(derived, only="implicit", derived_from=source)
    lost = {rule for rule in rules_of(report) if rule.endswith("lost")}
    assert lost == dropped
    carry(source, derived)
    (found,) = aigc_label.read(derived).labels
    assert dict(found.fields) == LABEL.fields
    after = check(derived, only="implicit", derived_from=source)
    assert not {rule for rule in rules_of(after) if rule.endswith("lost")}
    again = carry(source, derived)
    assert not again.changed


def test_the_whole_origin_goes_over(picture):
    with Image.open(picture) as image:
        out = io.BytesIO()
        image.save(out, "png")
    made = carry(picture, out.getvalue(), name="b.png")
    signals = {signal.detail for signal in aigc_label.read(made.data, name="b.png").signals}
    assert {"trainedAlgorithmicMedia", "AISystemUsed", "AISystemVersionUsed 2.1"} <= signals


def test_bytes_give_bytes_and_a_path_is_written(picture, tmp_path):
    made = carry(picture.read_bytes(), b"# A poem\n", source_name="a.jpg", name="poem.md")
    assert made.data.endswith(b"# A poem\n")
    target = tmp_path / "out.md"
    assert carry(picture, b"# A poem\n", to=target, name="poem.md").target == target
    assert target.read_bytes() == made.data


def test_what_cannot_be_carried(picture, corpus, tmp_path):
    bare = tmp_path / "bare.png"
    Image.new("RGB", (8, 8)).save(bare)
    before = bare.read_bytes()
    with pytest.raises(NothingToPropagate, match="no label"):
        carry(bare, picture)
    other = tmp_path / "other.png"
    aigc_label.label(bare, ImplicitLabel(content_producer="Other", produce_id="1"), to=other)
    with pytest.raises(LabelConflict, match="another label"):
        carry(picture, other)
    with pytest.raises(NoPlace):
        carry(picture, plain(corpus, "bmp/plain/").data, name="a.bmp")
    assert carry(picture, bare, dry_run=True).changed
    assert bare.read_bytes() == before


def test_a_mark_that_is_cropped_away_is_missed(tmp_path):
    text = "# A poem\n\nRoses are red.\n"
    marked, cropped = tmp_path / "marked.md", tmp_path / "cut.md"
    aigc_label.label(text.encode(), LABEL, explicit=ExplicitLabel(), to=marked, name="a.md")
    cropped.write_text(text, encoding="utf-8")
    assert "explicit.lost" in rules_of(check(cropped, derived_from=marked))
    assert "explicit.lost" not in rules_of(check(cropped, only="implicit", derived_from=marked))
    assert "explicit.lost" not in rules_of(check(marked, derived_from=marked))


def test_an_original_that_cannot_be_read_passes_nothing(picture, tmp_path):
    for original in (tmp_path / "gone.jpg", b"\x89PNG\r\n\x1a\n"):
        report = check(picture, only="implicit", derived_from=original)
        (found,) = [one for one in report.findings if one.rule == "implicit.lost"]
        assert found.kind == "open"


def test_another_label_than_the_originals(picture, tmp_path):
    other = tmp_path / "other.jpg"
    with Image.open(picture) as image:
        image.save(other)
    aigc_label.label(other, ImplicitLabel(content_producer="Other", produce_id="1"), to=other)
    report = check(other, only="implicit", derived_from=picture)
    (found,) = [one for one in report.findings if one.rule == "implicit.lost"]
    assert "ContentProducer, ProduceID differ" in found.message


def test_the_command_line(picture, tmp_path, capsys):
    derived = tmp_path / "small.png"
    pillow(picture, derived)
    assert cli.main(["check", str(derived), "--no-explicit", "--derived-from", str(picture)]) == 1
    said = capsys.readouterr().out
    assert "implicit.lost" in said
    assert "aigc-label carry" in said
    assert cli.main(["carry", str(picture), str(derived), "-n"]) == 0
    assert "would be labelled" in capsys.readouterr().out
    copy = tmp_path / "copy.png"
    assert cli.main(["carry", str(picture), str(derived), "-o", str(copy)]) == 0
    assert cli.main(["carry", str(picture), str(derived), "-o", str(copy)]) == 1
    assert "--force" in capsys.readouterr().err
    assert cli.main(["carry", str(picture), str(derived)]) == 0
    assert "ProduceID=42" in capsys.readouterr().out
    assert cli.main(["carry", str(picture), str(derived), "-q"]) == 0
    assert cli.main(["check", str(derived), "--no-explicit", "--derived-from", str(picture)]) == 0
    capsys.readouterr()
    assert cli.main(["carry", str(picture)]) == 2
    assert "two files" in capsys.readouterr().err
    assert cli.main(["carry", str(tmp_path / "gone\n\x1b[31m.jpg"), str(derived)]) == 1
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .endswith(
            r"gone\n\u001b[31m.jpg: no such file or directory; check the spelling of the path"
        )
    )
    assert cli.main(["carry", "--help"]) == 0


def test_a_signed_label_is_signed_anew_by_its_own_key_only(picture, tmp_path):
    key, other = (SigningKey.from_pem(generate("ecdsa")[0]) for _ in range(2))
    label = ImplicitLabel(content_producer="Studio", produce_id="42")
    signed, derived = tmp_path / "signed.jpg", tmp_path / "small.png"
    with Image.open(picture) as image:
        image.save(tmp_path / "plain.jpg")
    aigc_label.label(tmp_path / "plain.jpg", label, to=signed, sign=key)
    pillow(signed, derived)
    made = carry(signed, derived)
    assert any("sign it anew" in note for note in made.notes)
    (found,) = check(derived, only="implicit").inspection.labels
    assert (found.security.status, found.security.detail) == ("failed", "moved")
    with pytest.raises(LabelConflict, match="not signed by this key"):
        carry(signed, derived, sign=other)
    made = carry(signed, derived, sign=key)
    assert not made.notes
    (found,) = check(derived, only="implicit").inspection.labels
    assert (found.security.status, found.security.binding) == ("intact", "matches")
    assert not carry(signed, derived, sign=key).changed
    with pytest.raises(LabelConflict, match="not signed by this key"):
        carry(picture, derived, sign=key)
