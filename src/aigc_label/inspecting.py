"""Reading all facts of an opened file; nothing is judged here."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from aigc_label import registry
from aigc_label.contract import Unseen
from aigc_label.errors import AssetError, MissingExtra
from aigc_label.model import FoundLabel, FoundMark, Inspection, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.contract import Detector, Format
    from aigc_label.model import Observation
    from aigc_label.trust.store import TrustStore

E = TypeVar("E", bound=Exception)


def inspect(
    asset: Asset,
    *,
    perceive: bool,
    slowly: bool = True,
    verify: bool = False,
    trust: TrustStore | None = None,
) -> Inspection:
    """All facts of an asset; what stops the reading becomes the inspection's problem.

    Args:
        asset: the file.
        perceive: whether to look for marks that people perceive.
        slowly: whether also where that takes long: in pictures and films.
        verify: whether to verify the signatures of labels, which takes about a millisecond for a
            signed one, and for one that is bound to its content a pass over the file.
        trust: whose signatures to believe.
    """
    labels: list[FoundLabel] = []
    signals: list[Signal] = []
    marks: list[FoundMark] | None = None
    fmt = None
    problem: AssetError | OSError | None = None
    unseen = ""
    try:
        fmt = registry.identify(asset)
        _sort(fmt.read(asset), labels, signals)
        if verify:
            labels = [_verified(found, fmt, asset, trust) for found in labels]
        if perceive:
            marks, unseen = _perceived(fmt, asset, slowly=slowly)
    except AssetError as error:
        error.asset = error.asset or asset.name
        error.format = error.format or (fmt.id if fmt else None)
        problem = kept(error)
    except OSError as error:
        problem = kept(error)
    return Inspection(
        name=asset.name,
        size=asset.size,
        format=fmt.id if fmt else None,
        medium=fmt.medium if fmt else None,
        homes=fmt.homes if fmt else (),
        places=fmt.places if fmt else (),
        labels=tuple(labels),
        signals=tuple(signals),
        marks=None if marks is None else tuple(marks),
        problem=problem,
        unseen=unseen,
        path=asset.path,
    )


def _perceived(fmt: Format, asset: Asset, *, slowly: bool) -> tuple[list[FoundMark] | None, str]:
    """The marks that the detectors see, ``None`` if nobody can look; and what is missing for it.

    Detectors of other packages are asked where the built-in ones find nothing. Whoever looked to
    the end then decides that there is nothing, unless somebody could not look for want of an
    installation: that nobody looked is a fact, too, and the labels were read.
    """
    asked = [one for one in registry.detectors_for(fmt.id) if slowly or not one.is_slow]
    marks, unseen, lacking = _looked(asked, asset)
    if not marks and slowly:
        plugins, broken = registry.plugin_detectors()
        others = [_guarded(one) for one in plugins if fmt.id in one.formats]
        found, reason, wanted = _looked(others, asset)
        marks = found if marks is None else [*marks, *(found or ())]
        unseen, lacking = unseen or reason, lacking or wanted or "; ".join(broken)
    if marks or (marks is not None and not lacking):
        return marks, ""
    return None, lacking or unseen


def _looked(asked: Iterable[Detector], asset: Asset) -> tuple[list[FoundMark] | None, str, str]:
    """What detectors see, ``None`` if none could look; why one need not, and why one could not."""
    marks: list[FoundMark] | None = None
    unseen = lacking = ""
    for detector in asked:
        try:
            found = list(detector.look(asset))
        except Unseen as error:
            unseen = unseen or str(error)
        except MissingExtra as error:
            lacking = lacking or str(error)
        else:
            marks = [*(marks or ()), *found]
    return marks, unseen, lacking


def _guarded(detector: Detector) -> Detector:
    """A detector of another package, whose mistakes are said in one line."""

    def look(asset: Asset) -> Iterator[FoundMark]:
        try:
            for mark in detector.look(asset):
                if not isinstance(mark, FoundMark):
                    raise TypeError(f"it yields {type(mark).__name__}, no FoundMark")
                yield mark
        except (AssetError, OSError, MissingExtra, Unseen):
            raise
        except Exception as error:  # noqa: BLE001 - it does what it likes
            what = registry.brief(error)
            raise MissingExtra(f"the detector {detector.id!r} is broken: {what}") from None

    return replace(detector, look=look)


def _verified(found: FoundLabel, fmt: Format, asset: Asset, trust: TrustStore | None) -> FoundLabel:
    """The label with what its security information is worth, if there is any or should be."""
    fields = found.fields
    if trust is None and not (fields.get("ReservedCode1") or fields.get("ReservedCode2")):
        return found
    from aigc_label.trust import bindings, verifying  # noqa: PLC0415 - few labels are signed

    content = partial(bindings.matches, asset=asset, fmt=fmt)
    return replace(found, security=verifying.verify(fields, content, trust))


def kept(error: E) -> E:
    """An error to be kept as a value, without the frames that hold what was read of the file."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


def labels_of(fmt: Format, asset: Asset) -> list[FoundLabel]:
    """The labels that a format reads from an asset."""
    return [seen for seen in fmt.read(asset) if isinstance(seen, FoundLabel)]


def _sort(
    observations: Iterable[Observation], labels: list[FoundLabel], signals: list[Signal]
) -> None:
    for seen in observations:
        if isinstance(seen, FoundLabel):
            labels.append(seen)
        elif isinstance(seen, Signal):
            signals.append(seen)
