"""A file before and after labelling, as a caller hands it to the page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from aigc_label.errors import UsageError
from aigc_label.model import Medium
from aigc_label.reporters.page.inert import lines, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a card shows of its file, before and after labelling.

    Attributes:
        medium: says how it is shown.
        before: a ``data:`` URI, for text the text itself; ``None`` shows nothing.
        after: likewise.

    Raises:
        UsageError: a picture, sound or video that is not a ``data:`` URI of its medium; the page
            loads nothing from elsewhere.
    """

    medium: Medium
    before: str | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        for shown in (self.before, self.after):
            if (
                shown is not None
                and self.medium is not Medium.TEXT
                and not shown.startswith(f"data:{self.medium.value}/")
            ):
                raise UsageError(f"a preview must be a data:{self.medium.value}/ URI")

    def figures(self, name: str, say: Mapping[str, str]) -> Iterator[str]:
        """Both sides as HTML, with their captions."""
        yield '<div class="figures">'
        for which, shown in (("before", self.before), ("after", self.after)):
            if shown is not None:
                body = self._shown(shown, f"{name}: {say[which]}")
                yield f"<figure>{body}<figcaption>{say[which]}</figcaption></figure>"
        yield "</div>\n"

    def _shown(self, shown: str, what: str) -> str:
        if self.medium is Medium.TEXT:
            return f"<pre>{lines(shown)}</pre>"
        source, title = escape(shown), safe(what)
        if self.medium is Medium.IMAGE:
            return f'<img src="{source}" alt="{title}">'
        tag = self.medium.value
        return f'<{tag} controls preload="metadata" src="{source}" title="{title}"></{tag}>'
