"""The essence of texts and documents: the parts that hold what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.edits import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

_ABOUT = (
    # members that say something about a document, by their names' beginnings or ends
    ("[Content_Types].xml", "mimetype", "docProps/", "META-INF/", "meta.xml", "metadata.json"),
    (".rels", ".opf", "manifest.json", "meta.xml"),
)


def archive(asset: Asset) -> Iterator[Span]:
    """The members of a document that hold content, packed as they stand, in order of their names.

    Left out are its properties, metadata, manifests and relationships.
    """
    from aigc_label.containers import archive as container  # noqa: PLC0415 - as the package says

    begins, ends = _ABOUT
    members = container.directory(asset).members
    for member in sorted(members, key=lambda found: (found.name, found.start)):
        if not (member.name.startswith(begins) or member.name.endswith(ends)):
            start = container.data_start(asset, member)
            yield Span(start, start + member.packed)


def markdown(asset: Asset) -> Iterator[Span]:
    """What follows the front matter, blank lines in between left out."""
    from aigc_label.containers import frontmatter, text_bytes  # noqa: PLC0415 - see the package

    head = text_bytes.head_of(asset)
    at = frontmatter.content_start(head.text, whole=len(head.text) >= asset.size)
    while at < len(head.text) and head.text[at] in "\r\n":
        at += 1
    yield Span(head.offset(at), asset.size)


def whole(asset: Asset) -> Iterator[Span]:
    """All of it: a text that has no room for metadata."""
    yield Span(0, asset.size)
