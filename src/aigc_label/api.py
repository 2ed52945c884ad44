"""The four verbs of the public contract: ``label``, ``propagate``, ``read`` and ``check``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aigc_label import applying, judging, rules
from aigc_label.asset import Source, open_asset
from aigc_label.errors import AssetError, UsageError
from aigc_label.inspecting import inspect, kept
from aigc_label.labelling import label as label  # noqa: PLC0414 - re-exported
from aigc_label.model import Inspection, Report
from aigc_label.profile import Profile, load
from aigc_label.propagating import propagate as propagate  # noqa: PLC0414 - re-exported

if TYPE_CHECKING:
    from aigc_label.provenance.trust import Trust
    from aigc_label.trust.store import TrustStore


def read(source: Source, *, name: str | None = None, look: bool = False) -> Inspection:
    """Read every label and signal of one file, and the marks in texts; judge nothing.

    Args:
        source: path, bytes or a binary stream.
        name: tells text formats apart where the source has no name.
        look: also look for marks in pictures and films, which takes a tenth of a second for a
            picture and seconds for a film.

    Raises:
        AssetError: the file is unknown, damaged or over a limit.
        OSError: unwrapped, from the file system.
    """
    with applying.opened(source, name) as asset:
        inspection = inspect(asset, perceive=True, slowly=look, verify=True)
        if inspection.problem is not None:
            raise inspection.problem
        return inspection


def check(
    source: Source,
    *,
    profile: str | Profile = "gb45438",
    declared: bool = False,
    name: str | None = None,
    only: judging.Only = None,
    lang: str = "en",
    c2pa: bool | Trust = False,
    trust: TrustStore | None = None,
    derived_from: Source | None = None,
) -> Report:
    """Judge one file by a profile. Never raises for what is wrong with the file.

    Args:
        source: a path, the bytes, or a binary stream.
        profile: a profile's name, its TOML file, or the profile.
        declared: the user who published the file says that it is AI-generated (art. 6).
        name: a name for bytes and streams; text formats are told by it.
        only: look at one kind of label only.
        lang: language of the messages, ``"en"`` or ``"zh"``.
        c2pa: validate C2PA content credentials, which takes some milliseconds and reads the whole
            file: ``True``, or the trust lists to do it by. Otherwise they are only looked at.
        trust: whose signatures of labels to believe (:meth:`TrustStore.load`); without it a good
            one only proves that nothing was changed since somebody signed it.
        derived_from: the file that this one was made of: what it bore must not be lost.

    Raises:
        UsageError: the profile does not exist, or the arguments make no sense.
    """
    judged_by = rules.validated(load(profile))
    refuse_question(only, lang)
    try:
        with open_asset(source, name=name) as asset:
            asked = only != "explicit"
            inspection = inspect(asset, perceive=only != "implicit", verify=asked, trust=trust)
            if c2pa:
                from aigc_label import crediting  # noqa: PLC0415 - most checks do without

                lists = None if isinstance(c2pa, bool) else c2pa
                inspection = crediting.validated(asset, inspection, lists)
    except (AssetError, OSError) as error:
        inspection = _unread(source, name, error)
    parent = None if derived_from is None else _parent(derived_from, only)
    return judging.judged(
        inspection, judged_by, declared=declared, only=only, lang=lang, derived_from=parent
    )


def _parent(source: Source, only: judging.Only) -> Inspection:
    """The facts of the file that another was made of."""
    try:
        with open_asset(source) as asset:
            return inspect(asset, perceive=only != "implicit")
    except (AssetError, OSError) as error:
        return _unread(source, None, error)


def _unread(source: Source, name: str | None, error: AssetError | OSError) -> Inspection:
    shown = name or (os.fspath(source) if isinstance(source, (str, os.PathLike)) else "<bytes>")
    return Inspection(name=shown, size=0, problem=kept(error))


def refuse_question(only: object, lang: object) -> None:
    """Refuse what a check cannot be asked for.

    Raises:
        UsageError: naming the argument.
    """
    if only not in (None, "implicit", "explicit"):
        raise UsageError(f"only must be 'implicit' or 'explicit', not {only!r}")
    if lang not in ("en", "zh"):
        raise UsageError(f"lang must be 'en' or 'zh', not {lang!r}")
