"""Which bytes signatures cover, and what a certifying one forbids (ISO 32000-2 12.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf.lexer import Dictionary, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.lexer import Value

_MOST_FIELDS = 1 << 10
_NO_CHANGES = 1  # of the access permissions P (table 257)


class Seals(NamedTuple):
    """What the signatures of a document ask for.

    Attributes:
        covered: behind the last byte of the file that any of them covers; 0 if none does.
        frozen: whether one of them forbids every change.
    """

    covered: int = 0
    frozen: bool = False


def seals(document: Document) -> Seals:
    """The signatures of a document, as far as they bear on an incremental update.

    Raises:
        Malformed, LimitExceeded: the objects are damaged, or too many.
    """
    catalog = document.catalog()
    covered, frozen = 0, False
    certifying = document.dictionary(document.dictionary(catalog.get(b"Perms")).get(b"DocMDP"))
    for signature in (certifying, *_signatures(document, catalog)):
        covered = max(covered, _end(document, signature))
        frozen = frozen or _freezes(document, signature)
    if not frozen and covered:
        frozen = any(_is_locked(document, field) for field in _fields(document, catalog))
    return Seals(covered, frozen)


def certified(document: Document) -> bool:
    """Whether an author's signature lets nobody change what the pages show (12.8.2.2).

    Raises:
        Malformed, LimitExceeded: as :func:`seals`.
    """
    return bool(
        document.dictionary(document.dictionary(document.catalog().get(b"Perms")).get(b"DocMDP"))
    )


def _signatures(document: Document, catalog: Dictionary) -> Iterator[Dictionary]:
    for field in _fields(document, catalog):
        value = document.dictionary(field.get(b"V"))
        if b"ByteRange" in value:
            yield value


def _fields(document: Document, catalog: Dictionary) -> Iterator[Dictionary]:
    """The fields of the form, each once; only the first thousand are looked at."""
    form = document.dictionary(catalog.get(b"AcroForm"))
    waiting: list[Value] = document.array(form.get(b"Fields"))[::-1]
    seen: set[int] = set()
    for _ in range(_MOST_FIELDS):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, Ref):
            if one.number in seen:
                continue
            seen.add(one.number)
        field = document.dictionary(one)
        yield field
        waiting.extend(document.array(field.get(b"Kids"))[::-1])


def _end(document: Document, signature: Dictionary) -> int:
    ranges = [n for n in document.array(signature.get(b"ByteRange")) if isinstance(n, int)]
    pairs = zip(ranges[::2], ranges[1::2], strict=False)
    return max((start + length for start, length in pairs), default=0)


def _freezes(document: Document, signature: Dictionary) -> bool:
    """Whether it certifies the document and allows no change."""
    for one in document.array(signature.get(b"Reference")):
        reference = document.dictionary(one)
        if document.resolve(reference.get(b"TransformMethod")) == b"DocMDP":
            allowed = document.dictionary(reference.get(b"TransformParams")).get(b"P", 2)
            if document.resolve(allowed) == _NO_CHANGES:
                return True
    return False


def _is_locked(document: Document, field: Dictionary) -> bool:
    """Whether a signed field locks the whole document."""
    lock = document.dictionary(field.get(b"Lock"))
    return bool(field.get(b"V")) and document.resolve(lock.get(b"P")) == _NO_CHANGES
