"""The label in PDF: key ``AIGC`` of the document information dictionary (TC260-PG-20258A 6.3).

The value is a text string, the bare JSON. A copy in another entry, in the catalogue or in the XMP
packet is read, and gives way when the label is written. An origin is stated in the packet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import keyword, record, traces, xmp
from aigc_label.containers.pdf.lexer import Dictionary, Ref, text
from aigc_label.errors import CannotCarry
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.carriers.record import Parsed
    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.indirect import Object
    from aigc_label.containers.pdf.lexer import Value
    from aigc_label.containers.pdf.update import New
    from aigc_label.model import ImplicitLabel, Observation, Signal
    from aigc_label.origin import Origin

HOME = "pdf.info"
PADDING = 128
"""Spaces behind a new label: a platform's fields then fit, and the file keeps its length."""

WORDS_KEY = b"GB45438Words"
"""Entry of the form that draws an explicit mark: its words, as a text string."""

_METADATA = b"<< /Type /Metadata /Subtype /XML >>"
_LARGEST_PACKET = 4 << 20
_LARGEST_OWN = 8 << 20  # bytes of an update that is compared
_MOST_FILES = 64  # attachments looked at
_TOOL_KEYS = (b"Creator", b"Producer")
_LOCKED = (
    "the document is encrypted and takes a password, so no label can be read; decrypt it first, "
    "for example with `qpdf --decrypt`"
)
_ENCRYPTED = (
    "the document is encrypted, so nothing can be written into it; decrypt it first, for example "
    "with `qpdf --decrypt`"
)
_STORES = ("c2pa", "content_credential")  # names of the attachment, where it has no relationship


def observe(document: Document) -> Iterator[Observation]:
    """Yield labels and other statements of origin in a document's newest revision.

    Raises:
        CannotCarry: the document takes a password, so nobody can tell what its strings hold.
        Malformed, LimitExceeded: it is damaged, or larger than any; facts yielded before stand.
    """
    sealed = document.dictionary(document.trailer.get(b"Encrypt"))
    locked = document.locked
    catalog = document.catalog()
    if not locked:
        info, found = _info(document)
        for _, parsed, carrier in _labels(document, info):
            yield _label(parsed, carrier, found.start if found else None)
        yield from _signals(document, info)
        for _, parsed, carrier in _labels(document, _own_key(catalog), prefix="pdf.catalog"):
            yield _label(parsed, carrier, None)
    if not locked or sealed.get(b"EncryptMetadata") is False:
        packet, found = _packet(document, catalog)
        start = found.start if found else None
        yield from xmp.observe(packet, carrier="pdf.xmp", home=False, offset=start)
    if locked:
        raise CannotCarry(_LOCKED)
    yield from _manifests(document, catalog)


def _label(parsed: Parsed, carrier: str, offset: int | None) -> FoundLabel:
    return FoundLabel(
        carrier=carrier,
        fields=parsed.fields,
        quirks=parsed.quirks,
        home=carrier == HOME,
        offset=offset,
    )


def _info(document: Document) -> tuple[Dictionary, Object | None]:
    """The information dictionary, empty if there is none; and its object, if it is one."""
    named = document.trailer.get(b"Info")
    found = document.object(named) if isinstance(named, Ref) else None
    info = document.resolve(named)
    if isinstance(info, Dictionary) and (found is None or found.stream is None):
        return info, found
    return Dictionary(), None


def _labels(
    document: Document, entries: Dictionary, prefix: str = HOME
) -> Iterator[tuple[tuple[bytes, ...], Parsed, str]]:
    """The labels in a dictionary: the keys that make each one up, what it says, and its place."""
    texts: dict[str, str] = {}
    labelled = False
    for key, raw in entries.items():
        value = document.resolve(raw)
        named = keyword.is_named(key)
        parsed = None
        shown = ""
        if type(value) is bytes:
            shown = texts[key.decode("latin-1")] = text(value)
            if named or "AIGC" in shown or "ProduceID" in shown:
                parsed = record.parse(shown, named=named)
        elif named and isinstance(value, Dictionary):
            parsed = record.from_mapping(_texts(document, value), named=True)
            if parsed is not None:
                parsed = parsed._replace(quirks=("split-properties", *parsed.quirks))
        if parsed is None:
            continue
        labelled = True
        if named and key != b"AIGC":
            parsed = parsed._replace(quirks=(*parsed.quirks, "lower-case-key"))
        yield (key,), parsed, prefix if named else f"{prefix}.{_shown(key)}"
    if not labelled and "ProduceID" in texts:
        parsed = record.from_mapping(texts, named=False)
        if parsed is not None:
            keys = tuple(key.encode("latin-1") for key in texts if key in parsed.fields)
            quirks = ("split-properties", *(q for q in parsed.quirks if q != "key-unknown"))
            yield keys, parsed._replace(quirks=quirks), f"{prefix}.split"


def _texts(document: Document, entries: Dictionary) -> dict[str, str]:
    values = {key: document.resolve(raw) for key, raw in entries.items()}
    return {k.decode("latin-1"): text(v) for k, v in values.items() if type(v) is bytes}


def _shown(key: bytes) -> str:
    """A key as a part of a carrier's id."""
    return "".join(c for c in key[:40].decode("latin-1").lower() if c.isascii() and c.isalnum())


def _own_key(catalog: Dictionary) -> Dictionary:
    """The entries of the catalogue that bear the label's name."""
    found = Dictionary()
    found.update({key: value for key, value in catalog.items() if keyword.is_named(key)})
    return found


def _signals(document: Document, info: Dictionary) -> Iterator[Signal]:
    """Traces of generators. Titles and subjects are prose, which may be about generators."""
    for key, raw in info.items():
        value = document.resolve(raw)
        if type(value) is not bytes:
            continue
        shown, signal = text(value), None
        if key in _TOOL_KEYS:
            signal = traces.tool(shown, carrier=f"{HOME}.{_shown(key)}")
        elif '"aigc_info"' in shown or '"ServiceProvider"' in shown:
            signal = traces.description(shown, carrier=f"{HOME}.{_shown(key)}")
        if signal is not None:
            yield signal


def _packet(document: Document, catalog: Dictionary) -> tuple[bytes, Object | None]:
    """The document's XMP packet, empty if it has none; and the stream it is."""
    named = catalog.get(b"Metadata")
    if not isinstance(named, Ref):
        return b"", None
    found = document.object(named)
    if found.stream is None:
        return b"", None
    return document.content(found, _LARGEST_PACKET), found


def _manifests(document: Document, catalog: Dictionary) -> Iterator[Signal]:
    """The C2PA manifest store: an associated file of that relationship, or an attachment."""
    for one in document.array(catalog.get(b"AF"))[:_MOST_FILES] or _attachments(document, catalog):
        spec = document.dictionary(one)
        relation = document.resolve(spec.get(b"AFRelationship"))
        name = document.resolve(spec.get(b"F") or spec.get(b"UF"))
        by_name = type(name) is bytes and text(name).lower().startswith(_STORES)
        files = document.dictionary(spec.get(b"EF"))
        stored = files.get(b"F") or files.get(b"UF")
        if isinstance(stored, Ref) and (relation == b"C2PA_Manifest" or by_name):
            found = document.object(stored)
            if found.stream is None:
                continue
            store = document.content(found, traces.STORE_READ)
            if (signal := traces.c2pa(store, carrier="pdf.c2pa")) is not None:
                yield signal
                return


def _attachments(document: Document, catalog: Dictionary) -> list[Value]:
    """The file specifications in the tree of embedded files, as far as they are few."""
    names = document.dictionary(catalog.get(b"Names"))
    waiting: list[Value] = [names.get(b"EmbeddedFiles")]
    found: list[Value] = []
    for _ in range(_MOST_FILES):
        if not waiting:
            break
        node = document.dictionary(waiting.pop())
        found += document.array(node.get(b"Names"))[1::2]
        waiting += document.array(node.get(b"Kids"))
    return found[:_MOST_FILES]


# --- writing ------------------------------------------------------------------------------------


def updated(document: Document, label: ImplicitLabel) -> tuple[int, bytes]:
    """An update that makes ``label`` the only one: where it begins, and its bytes.

    It begins behind the file; or where the file's last update does, if that is one of this kind
    which no signature covers. Then it takes that one's length as long as its padding lasts.

    Raises:
        CannotCarry: the document is encrypted, certified against changes, or cannot be edited.
        Malformed, LimitExceeded: it is damaged, or larger than any.
    """
    from aigc_label.containers.pdf import signatures, update  # noqa: PLC0415 - for writing only

    if document.dictionary(document.trailer.get(b"Encrypt")):
        raise CannotCarry(_ENCRYPTED)
    seals = signatures.seals(document)
    if seals.frozen:
        raise CannotCarry(
            "a signature certifies the document and forbids every change: label the document "
            "before it is certified, or have it certified again with form filling allowed"
        )
    wanted = record.dump(label)
    asset = document.asset
    start = update.begins_at(document)
    if start is not None and asset.size - start <= _LARGEST_OWN and seals.covered <= start:
        own = _replaced(document, start, wanted, label.origin)
        if own is not None:
            return start, own
    return asset.size, _with_label(document, wanted, label.origin, 0)


def _replaced(document: Document, start: int, wanted: str, origin: Origin | None) -> bytes | None:
    """What takes the place of the update that begins at ``start``, if that was made here.

    It was if making it again, for the label and the origin that it bears and the document before
    it, gives the same bytes. What it states of the origin and nobody states anew is kept.
    """
    from aigc_label.carriers import pdf_xmp  # noqa: PLC0415 - for writing only
    from aigc_label.containers.pdf.document import opened  # noqa: PLC0415 - for writing only
    from aigc_label.edits import EditPlan, Span, Splice  # noqa: PLC0415 - as above
    from aigc_label.errors import AssetError  # noqa: PLC0415 - as above

    asset = document.asset
    borne = document.resolve(_info(document)[0].get(b"AIGC"))
    if type(borne) is not bytes:
        return None
    here = asset.read(start, asset.size - start)
    before = EditPlan([Splice(Span(start, asset.size), b"")]).view(asset)
    try:
        former = opened(before)
        for stated in pdf_xmp.candidates(_packet(document, document.catalog())[0]):
            if _with_label(former, text(borne), stated, len(here)) == here:
                kept = origin.completed_by(stated) if origin else stated
                return _with_label(former, wanted, kept, len(here))
    except AssetError:  # not what it was taken for
        return None
    return None


def _with_label(document: Document, wanted: str, origin: Origin | None, room: int) -> bytes:
    """An update with the label and an origin, of ``room`` bytes if that is enough."""
    from aigc_label.containers.pdf import lexer, update  # noqa: PLC0415 - for writing only

    info, found = _info(document)
    named = document.trailer.get(b"Info")
    ref = named if found and isinstance(named, Ref) else Ref(document.next_number(), 0)
    doomed = {key for keys, _, _ in _labels(document, info) for key in keys}
    doomed |= {key for key in info if keyword.is_named(key)}
    entries = [*info.entries(*doomed), b"/AIGC " + lexer.literal(wanted)]
    others = list(_others(document, origin, ref))
    seed = "".join((wanted, *(origin.properties.values() if origin else ()))).encode()
    spaces = PADDING
    for _ in range(3):  # the length of what stands behind may depend on where it stands
        body = update.dictionary(*entries, b" " * (spaces - 1))
        made = update.made(document, ref, [update.New(ref, body), *others], seed)
        if room in (0, len(made)):
            return made
        spaces += room - len(made)
        if spaces < 1:
            spaces, room = PADDING, 0
    return made


def _others(document: Document, origin: Origin | None, info: Ref) -> Iterator[New]:
    """The catalogue and the XMP packet without a label, and the packet with an origin."""
    from aigc_label.carriers import pdf_xmp  # noqa: PLC0415 - for writing only
    from aigc_label.containers.pdf import lexer, update  # noqa: PLC0415 - for writing only

    catalog = document.catalog()
    root = document.root()
    doomed = [key for keys, *_ in _labels(document, _own_key(catalog)) for key in keys]
    added: list[bytes] = []
    packet, found = _packet(document, catalog)
    old = found.value if found else None
    named = catalog.get(b"Metadata")
    rest = xmp.without_label(packet)
    if origin is not None and isinstance(root, Ref):
        rest = pdf_xmp.stated(packet if rest is None else rest, origin)
        if not isinstance(old, Dictionary):
            named = Ref(max(document.next_number(), info.number + 1), 0)
            old = lexer.Lexer(_METADATA, final=True).value()
            doomed.append(b"Metadata")
            added.append(b"/Metadata %d %d R" % named)
    if (doomed or added) and isinstance(root, Ref):
        yield update.New(root, update.dictionary(*catalog.entries(*doomed), *added))
    if rest is not None and isinstance(old, Dictionary) and isinstance(named, Ref):
        yield update.New(named, update.stream(old, rest))
