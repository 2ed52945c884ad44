"""Markdown by PyYAML and Perl; plain text, which holds no label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from eyes import Eyes
from eyes.holes import HUGE
from eyes.programs import run

if TYPE_CHECKING:
    from pathlib import Path


def front_matter_by_pyyaml(path: Path) -> dict:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    text = text.replace("\r\n", "\n")
    head, *body = re.split(r"\n(?:---|\.\.\.)\n", text.removeprefix("---\n"), maxsplit=1)
    assert body, "no closing fence"
    loaded = yaml.safe_load(head)["AIGC"]
    assert all(type(value) is str for value in loaded.values())
    return loaded


def perl_yaml(path: Path, _tags) -> str:
    """Front matter by Perl's own YAML reader."""
    script = (
        "local $/; open my $f, '<:raw:encoding(UTF-8)', $ARGV[0]; my $t = <$f>; $t =~ s/\\r//g;"
        "$t =~ /\\A\\x{feff}?(---\\n.*?\\n)(---|\\.\\.\\.)\\n/s or die 'no front matter';"
        "my $y = CPAN::Meta::YAML->read_string($1) or die CPAN::Meta::YAML->errstr;"
        "binmode STDOUT, ':utf8'; print JSON::PP->new->canonical->encode($y->[0]{AIGC});"
    )
    return run("perl", "-MCPAN::Meta::YAML", "-MJSON::PP", "-e", script, str(path))


def of_markdown(data: bytes) -> list:
    """The lines, whatever their newline, that are not the mapping's and not its fences."""
    own = (b"AIGC:", *(b"  " + key for key in (b"Label", b"Content", b"Produce", b"Reserved")))
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    kept = [line for line in lines if not line.startswith((*own, b"  PropagateID"))]
    return [line for line in kept if line.strip() not in (b"", b"---")]


def huge(data: bytes):
    lines = b"a line of words\n" * 2_000  # the head must be text: a hole is zeros
    yield "long", [data, lines, HUGE, lines]


def facts(path: Path) -> object:
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return {}
    head = re.split(r"\n(?:---|\.\.\.)\n", text[4:])[0]
    try:
        loaded = yaml.safe_load(head) or {}
    except yaml.YAMLError:
        return {}
    return {k: v for k, v in loaded.items() if k != "AIGC"} if isinstance(loaded, dict) else {}


def body(path: Path) -> str:
    """The lines behind the front matter; all of them where there is none."""
    text = path.read_bytes().decode("latin-1").removeprefix("\xef\xbb\xbf").replace("\r\n", "\n")
    head, *behind = re.split(r"\n(?:---|\.\.\.)[ \t]*(?:\n|$)", text, maxsplit=1)
    if behind and re.match(r"---(\n#.*|\n)*(\n\w+:|$)", head):  # else words between rules
        (text,) = behind
    return text.lstrip("\n")


EYES = (
    Eyes(
        formats=("markdown",),
        needs=("perl",),
        labels=(front_matter_by_pyyaml,),
        programs=(perl_yaml,),
        beyond={"markdown/plain/gb18030.md": (perl_yaml,)},  # UTF-8 only
        pieces=of_markdown,
        huge=huge,
        essence=(body,),
        facts=facts,
        may_change=r"File:(MIMEEncoding|ByteOrderMark)",  # a label in Chinese; shown where UTF-8 is
    ),
    Eyes(formats=("plaintext",), huge=huge),
)
