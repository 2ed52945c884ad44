"""GIF: where the extension stands, the version, and that the pictures stay byte for byte."""

from __future__ import annotations

import io
import subprocess

import pytest
from PIL import Image, ImageSequence

from aigc_label.asset import open_asset
from aigc_label.carriers import record, xmp
from aigc_label.containers import gif
from aigc_label.errors import CannotCarry
from aigc_label.formats.gif import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="gif/灯塔/1")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="gif/2")


def saved(count=3, **options):
    frames = [Image.linear_gradient("L").resize((32, 24)).rotate(30 * n) for n in range(count)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=count > 1, append_images=frames[1:], **options)
    return out.getvalue()


def written(data, label=LABEL):
    out = io.BytesIO()
    with open_asset(data) as asset:
        FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def seen(data):
    with open_asset(data) as asset:
        return list(FORMAT.read(asset))


def walked(data):
    with open_asset(data) as asset:
        return list(gif.blocks(asset))


def comment(text):
    return b"!\xfe" + bytes([len(text)]) + text + b"\x00"


def before_trailer(data, extension):
    return data[:-1] + extension + b";"


def behind_screen(data, extension):
    at = walked(data)[0].start
    return data[:at] + extension + data[at:]


def test_the_label_stands_before_the_first_picture_and_behind_the_loop():
    data = written(saved(duration=70, loop=3))
    kinds = [(block.kind, block.application) for block in walked(data)]
    assert kinds[:4] == [
        (gif.APPLICATION, b"NETSCAPE2.0"),
        (gif.APPLICATION, gif.XMP),
        (gif.CONTROL, b""),
        (gif.IMAGE, b""),
    ]


def test_an_animation_is_the_same_but_for_the_extension():
    data = saved(duration=70, loop=3)
    made = written(data)
    (extension,) = [block for block in walked(made) if block.application == gif.XMP]
    assert made[: extension.start] + made[extension.end :] == data
    with Image.open(io.BytesIO(made)) as image:
        assert image.info["loop"] == 3
        assert sum(1 for _ in ImageSequence.Iterator(image)) == 3


def test_a_gif87a_becomes_a_gif89a():
    old = b"GIF87a" + saved(1)[6:]
    made = written(old)
    assert made.startswith(b"GIF89a")
    (extension,) = [block for block in walked(made) if block.application == gif.XMP]
    rest = made[: extension.start] + made[extension.end :]
    assert rest[6:] == old[6:]


def test_a_picture_without_pictures_gets_the_label_before_its_trailer():
    made = written(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;")
    assert [block.kind for block in walked(made)] == [gif.APPLICATION, gif.TRAILER]


def test_late_xmp_moves_to_the_front_with_its_other_properties():
    packet = xmp.updated(None, OTHER).replace(b"</rdf:RDF>", b"<!-- kept --></rdf:RDF>")
    made = written(before_trailer(saved(), gif.xmp_extension(packet)))
    (extension,) = [block for block in walked(made) if block.application == gif.XMP]
    assert extension.start < next(b.start for b in walked(made) if b.kind == gif.IMAGE)
    with open_asset(made) as asset:
        assert b"<!-- kept -->" in gif.packet(asset, extension)
    assert [found.fields["ProduceID"] for found in seen(made)] == [LABEL.produce_id]


@pytest.mark.parametrize("place", [before_trailer, behind_screen])
def test_a_label_in_a_comment_is_seen_and_moves_home(place):
    data = place(saved(), comment(record.dump_wrapped(OTHER).encode()))
    data = place(data, comment(b"a remark"))
    (found,) = seen(data)
    assert (found.carrier, found.home) == ("gif.comment", False)
    assert found.fields == OTHER.fields
    made = written(data)
    (found,) = seen(made)
    assert (found.carrier, found.home) == ("gif.xmp", True)
    assert b"gif/2" not in made
    assert comment(b"a remark") in made


def test_a_second_packet_keeps_all_but_its_label():
    second = xmp.updated(None, OTHER).replace(b"</rdf:RDF>", b"<!-- kept --></rdf:RDF>")
    data = behind_screen(saved(), gif.xmp_extension(second))
    made = written(behind_screen(data, gif.xmp_extension(xmp.updated(None, OTHER))))
    assert [found.fields["ProduceID"] for found in seen(made)] == [LABEL.produce_id]
    assert made.count(b"<!-- kept -->") == 1


def test_a_packet_with_nuls_is_refused():
    packet = xmp.updated(None, LABEL).decode().encode("utf-16")
    pieces = [packet[at : at + 200] for at in range(0, len(packet), 200)]
    blocks = b"".join(bytes([len(piece)]) + piece for piece in pieces)
    data = behind_screen(saved(), b"!\xff\x0bXMP DataXMP" + blocks + b"\x00")
    (found,) = seen(data)
    assert isinstance(found, FoundLabel)
    with pytest.raises(CannotCarry, match="UTF-8, then label again"):
        written(data, OTHER)


def test_long_comments_are_glanced_at_only():
    text = b"!\xfe" + (b"\xff" + b" " * 255) * 400 + b"\x00"
    late = before_trailer(saved(), text[:-1] + comment(record.dump_wrapped(LABEL).encode())[2:])
    assert seen(late) == []


def test_a_generators_comment_is_a_signal():
    (signal,) = seen(behind_screen(saved(), comment(b"Made with Google AI")))
    assert isinstance(signal, Signal)
    assert signal.carrier == "gif.comment"


def test_bytes_behind_the_trailer_stay():
    assert written(saved() + b"tail").endswith(b";tail")


@pytest.mark.foreign("gifsicle", "giftext")
def test_giflib_and_gifsicle_walk_a_label_as_long_as_may_be(tmp_path):
    long = ImplicitLabel(content_producer="P", produce_id="灯" * 9000, reserved_code1='"\\' * 4000)
    path = tmp_path / "long.gif"
    path.write_bytes(written(saved(duration=70), long))
    for command in (["giftext"], ["gifsicle", "--info"]):
        done = subprocess.run([*command, path], capture_output=True, check=False)
        assert done.returncode == 0
        assert b"rror" not in done.stdout + done.stderr
