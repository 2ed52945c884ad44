"""Every exception that aigc-label raises on purpose.

Two families: :class:`UsageError` is the caller's mistake, :class:`AssetError` is about one file.
``OSError`` passes through unwrapped. All of them pickle, so they cross process pools.
"""

from __future__ import annotations


class AigcLabelError(Exception):
    """Base of everything that aigc-label raises on purpose."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by state, because the subclasses take keyword arguments."""
        return (_rebuild, (type(self), self.args, self.__dict__.copy()))


def _rebuild(
    cls: type[AigcLabelError], args: tuple[object, ...], state: dict[str, object]
) -> AigcLabelError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(AigcLabelError, ValueError):
    """The caller asked for something that cannot be done; no file was looked at or changed."""


class InvalidLabel(UsageError):
    """A label whose fields Annex E of GB 45438-2025 does not allow.

    Attributes:
        field: the name of the offending field, e.g. ``"ProduceID"`` or ``"text"``.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class InvalidProfile(UsageError):
    """A profile that does not exist, is empty or has a mistake.

    Attributes:
        path: the profile's file or name.
    """

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class MissingExtra(UsageError):
    """A package or program that the asked-for work needs is not installed; the text says how."""


class AssetError(AigcLabelError):
    """Something about one file.

    Attributes:
        asset: the file's name as the caller gave it, or ``None`` until the opener adds it.
        format: the id of the format it was read as, if that far.
        offset: the byte at which it went wrong, if known.
    """

    def __init__(
        self,
        message: str,
        *,
        asset: str | None = None,
        format: str | None = None,  # noqa: A002 - the field's name in the public contract
        offset: int | None = None,
    ) -> None:
        super().__init__(message)
        self.asset = asset
        self.format = format
        self.offset = offset

    @property
    def reason(self) -> str:
        """The message without the file's name."""
        return str(self.args[0])

    def __str__(self) -> str:
        """One line: which file, and what is wrong with it."""
        return f"{self.asset}: {self.reason}" if self.asset else self.reason


class UnknownFormat(AssetError):
    """No registered format claims the bytes (or, for text, the name)."""


class Malformed(AssetError):
    """The bytes contradict the format: truncated, damaged or hostile."""


class LimitExceeded(AssetError):
    """Reading on would exceed a bound on bytes, boxes or depth."""


class CannotCarry(AssetError):
    """The format, or this file, has no place for what should be written."""


class NoPlace(CannotCarry):
    """The format as such has no place for an implicit label, whatever the file."""


class NoMark(CannotCarry):
    """The format as such takes no explicit mark, whatever the file."""


class NotSignable(CannotCarry):
    """The format as such, or as its files are stored, holds no content credentials."""


class LabelConflict(AssetError):
    """The file bears another producer's label, which article 10 of the Measures protects."""


class NothingToPropagate(AssetError):
    """No implicit label, no declaration and no trace: article 6 gives no state to write."""


class ReadBackMismatch(AssetError):
    """What was written did not read back equal; the target was not replaced."""
