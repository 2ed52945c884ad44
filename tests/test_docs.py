"""What the pages say is done: commands and examples run, options, extras, files and links exist.

A page's shell blocks run in order in one folder, its Python blocks in another. Inputs that a block
takes for granted (``picture.jpg``, ``media/``, ``chain.pem``) are made when they are named; a block
whose first line is ``# NAME.toml`` is written to that file. A new page needs no edit here unless it
supposes something new.
"""

from __future__ import annotations

import ast
import contextlib
import glob
import inspect
import io
import re
import shlex
import shutil
import tomllib
from functools import cache
from pathlib import Path

import pytest

import aigc_label
import credential_samples
from aigc_label import ImplicitLabel, label, registry
from aigc_label.cli import main
from aigc_label.cli.dispatch import VERBS

ROOT = Path(__file__).resolve().parent.parent
GUIDES = [ROOT / "README.md", *sorted(ROOT.glob("docs/how-to/*.md"))]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
]
PYTHON = ROOT / "docs" / "reference" / "python.md"
BLOCK = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = ("", "sh", "bash", "console")
DEMO = ROOT / "src" / "aigc_label" / "demo"
SAMPLES = {
    ".jpg": DEMO / "picture.jpg",
    ".mp4": DEMO / "film.mp4",
    ".mp3": DEMO / "melody.mp3",
    ".md": DEMO / "poem.md",
    ".docx": ROOT / "fixtures/docx/plain/python-docx.docx",
    ".pptx": ROOT / "fixtures/pptx/plain/python-pptx.pptx",
    ".epub": ROOT / "fixtures/epub/plain/epub3.epub",
    ".pdf": ROOT / "fixtures/pdf/plain/chromium.pdf",
    ".wav": ROOT / "fixtures/wav/plain/ffmpeg.wav",
    ".flac": ROOT / "fixtures/flac/plain/reference.flac",
    ".m4a": ROOT / "fixtures/m4a/plain/ffmpeg.m4a",
    ".opus": ROOT / "fixtures/opus/plain/opusenc.opus",
    ".webm": ROOT / "fixtures/webm/plain/ffmpeg.webm",
}
LABELLED = ("labelled", "upload", "poster")
FOLDERS = ("media", "outbox", "pictures", "published", "uploads")
BY = ImplicitLabel(content_producer="ExampleStudio", produce_id="42")


def named(path):
    return path.relative_to(ROOT).as_posix()


def blocks(page, *languages):
    found = BLOCK.findall(page.read_text("utf-8"))
    return [text for language, text in found if language in languages]


def commands(page):
    """The words of each ``aigc-label`` and ``export`` line, what the shell does with them aside."""
    for block in blocks(page, *SHELL):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r" && | \| ", line.removeprefix("$ ")):
                words = shlex.split(part, comments=True) if part[:1] in "ae" else []
                if words[:1] in (["aigc-label"], ["export"]):
                    yield words[: words.index(">")] if ">" in words else words


@cache
def options(*verb):
    """Every option that the help of a verb names."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        assert main([*verb, "--help"]) == 0
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", shown.getvalue()))


@cache
def png():
    from PIL import Image

    kept = io.BytesIO()
    with Image.open(SAMPLES[".jpg"]) as image:
        image.resize((240, 180)).save(kept, "PNG")
    return kept.getvalue()


def suppose(name):
    """Make the file that a page takes for granted, if it is not there."""
    path = Path(name)
    if path.exists() or path.is_absolute():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    signer = credential_samples.identity()
    if name in FOLDERS:
        for inner in (f"{name}.png", f"sub/{name}.md"):  # in one result folder they do not collide
            suppose(f"{name}/{inner}")
    elif name == "studio.key.pem":
        assert main(["keygen", "-o", name, "--public", "studio.pub.pem"]) == 0
    elif path.suffix == ".pem":
        whole = signer.chain if path.stem == "chain" else signer.key
        path.write_bytes(whole if name.endswith(("key.pem", "chain.pem")) else signer.root.encode())
    elif path.suffix == ".png":
        path.write_bytes(png())
    elif path.suffix in SAMPLES:
        shutil.copy(SAMPLES[path.suffix], path)
    if path.suffix != ".pem" and path.is_file() and path.stem in LABELLED:
        label(str(path), BY, to=str(path))


def write_named_files(page):
    for text in blocks(page, "toml"):
        if name := re.match(r"# ([\w-]+\.toml)\n", text):
            Path(name[1]).write_text(text, "utf-8")
            for key in re.findall(r'"((?!studio)[\w.-]+\.pem)"', text):  # keygen makes those
                suppose(key)


@pytest.fixture
def _empty_folder(tmp_path, monkeypatch):
    for name in ("PRODUCER", "PROPAGATOR", "REGISTER", "SIGN_KEY"):
        monkeypatch.delenv(f"AIGC_LABEL_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_empty_folder")
@pytest.mark.parametrize("page", [p for p in GUIDES if any(commands(p))], ids=named)
def test_the_commands_of_a_guide_run(page, monkeypatch, capfd):
    write_named_files(page)
    for program, *words in commands(page):
        if program == "export":
            name, _, value = words[0].partition("=")
            monkeypatch.setenv(name, Path(value).name)
            continue
        if any("…" in word for word in words):
            continue  # what the reader has noted elsewhere
        argv = []
        for before, word in zip(["", *words], words, strict=False):
            if "*" in word:
                suppose(word.replace("*", "a"))
            elif before not in ("-o", "--dest", "--output-dir", "--public", "--ledger"):
                suppose(word)
            argv += sorted(glob.glob(word)) if "*" in word else [word]
        code = main(argv)
        wrong = (0, 1) if "check" in argv else (0,)  # what it says of samples is not the point
        assert code in wrong, f"aigc-label {shlex.join(argv)}\n{capfd.readouterr().err}"


@pytest.mark.usefixtures("_empty_folder")
@pytest.mark.parametrize("page", [p for p in GUIDES if blocks(p, "python")], ids=named)
def test_the_examples_of_a_guide_run(page):
    write_named_files(page)
    film = SAMPLES[".mp4"].read_bytes()
    given = {
        "CODE": "ExampleStudio", "ID": "42", "implicit": BY, "png_bytes": png(),
        "webp_bytes": (ROOT / "fixtures/webp/plain/lossless.webp").read_bytes(),
        "upload_path": str(SAMPLES[".jpg"]), "user_ticked_the_box": True, "page_body": "",
        "body": [film[:4096], film[4096:]], "content_length": len(film), "refuse": print,
        "app": print, "kms_sign": print,
    }  # fmt: skip
    for code in blocks(page, "python"):
        for name in re.findall(r'(?<!to=)(?<!name=)"([\w/]+(?:\.key)?\.\w+|media)"', code):
            suppose(name)
        exec(compile(code, named(page), "exec"), given)  # noqa: S102 - the page's own


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_options_that_a_page_names_exist(page):
    text = page.read_text("utf-8")
    for code in blocks(page, "pycon", "python", "yaml"):
        text = text.replace(code, "")
    everywhere = frozenset().union(*(options(verb) for verb in VERBS))
    for action in ("run", "resume", "status", "report", "undo"):
        everywhere |= options("batch", action)
    for verb, rest in re.findall(r"aigc-label ([a-z]+)([^`#\n]*(?:\\\n[^`#\n]*)*)", text):
        if verb in VERBS:
            action = re.findall(r"^ ([a-z]+)", rest) if verb == "batch" else []
            known = options(verb, *action)
            given = re.findall(r"(?<=\s)--?[a-z][a-z0-9-]*", re.split(r" [|>&]+ ", rest)[0])
            assert not set(given) - known, (verb, rest)
    for alone in re.findall(r"`(--[a-z][a-z0-9-]*)[^`]*`", text):
        assert alone in everywhere | {"--help", "--version"}, alone


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_extras_and_settings_of_a_page_are_sound(page):
    text = page.read_text("utf-8")
    prose = BLOCK.sub("", text)
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)|src=\"([^\"]+)\"", prose):
        name, _, anchor = "".join(target).partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), f"no {name}"
        assert not anchor or anchor in anchors(file), f"no heading #{anchor} in {name}"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for names in re.findall(r"aigc-label\[([a-z0-9,]+)\]", text):
        assert set(names.split(",")) <= set(extras["optional-dependencies"])
    for settings in blocks(page, "toml"):
        tomllib.loads(settings)


def anchors(page):
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_the_python_reference_has_every_name_and_parameter():
    text = PYTHON.read_text("utf-8")
    assert [name for name in aigc_label.__all__ if name not in text] == ["__version__"]
    shown = ""
    for block in blocks(PYTHON, "python"):
        shown += re.sub(
            r"^(\w+\(.*?\))(?:\s+->[^\n]*)?$", r"def \1: ...", block, flags=re.DOTALL | re.MULTILINE
        )
    functions = {each.name: each.args for each in ast.parse(shown).body}
    assert set(functions) == {n for n in aigc_label.__all__ if n.islower() and n[0] != "_"} | {
        "Gate"
    }
    for name, args in functions.items():
        real = inspect.signature(getattr(aigc_label, name)).parameters.values()
        assert [each.arg for each in args.args + args.kwonlyargs] == [each.name for each in real]
        first = len(args.args)
        assert all((each.kind is each.KEYWORD_ONLY) == (n >= first) for n, each in enumerate(real))


def test_both_readmes_show_the_same_commands():
    english, chinese = (
        [words for words in commands(ROOT / name) if words[1] != "check"]
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese


SAID = {
    "plain text": "plaintext", "纯文本": "plaintext", "jpeg xl": "jxl", "flac in ogg": "oggflac",
    "ogg flac": "oggflac", "mpeg-ts": "mpegts", "json lines": "jsonl", "heic": "heif",
    "webvtt": "vtt", "mp4 with 3gp": "mp4", "mp4（含 3gp）": "mp4",
}  # fmt: skip


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_a_readme_names_every_format_where_it_belongs(name):
    text = (ROOT / name).read_text("utf-8").replace("\n", " ")
    text = re.search(r"\*\*(?:Formats\.|格式。)\*\*(.*?)(?:Where no guide|指南未规定)", text)[1]
    lists = re.findall(r"[:：](?!\))([^.。:：]+)[.。]", text)
    words = [re.split(r"[,、·]", each.lower()) for each in lists]
    said = [{SAID.get(word.strip(), word.strip()) for word in each} for each in words]
    real = [set(), set(), set()]
    for fmt in registry.formats():
        place, mark = fmt.plan is not None, registry.marker_for(fmt.id) is not None
        real[0 if place and mark else 1 if mark else 2].add(fmt.id)
    assert said == real
