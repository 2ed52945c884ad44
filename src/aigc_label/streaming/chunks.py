"""The head and the tail mark around a stream of text."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, AnyStr, overload

from aigc_label.errors import UsageError
from aigc_label.explicit.words import marking as text_mark
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.streaming.asking import require_ends
from aigc_label.streaming.driving import drive
from aigc_label.streaming.ending import Ending, Seam
from aigc_label.streaming.opening import Opening

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

    from aigc_label.streaming.opening import Begun

_DEFAULT = ExplicitLabel()
_BOM = "\ufeff"


@overload
def label_stream(
    chunks: AsyncIterable[AnyStr], explicit: ExplicitLabel = ..., *, markdown: bool = ...
) -> AsyncIterator[AnyStr]: ...


@overload
def label_stream(
    chunks: Iterable[AnyStr], explicit: ExplicitLabel = ..., *, markdown: bool = ...
) -> Iterator[AnyStr]: ...


def label_stream(
    chunks: Iterable[AnyStr] | AsyncIterable[AnyStr],
    explicit: ExplicitLabel = _DEFAULT,
    *,
    markdown: bool = False,
) -> Iterator[AnyStr] | AsyncIterator[AnyStr]:
    """Put the words before and/or behind a text while it is generated (GB 45438-2025 5.1).

    The head mark comes with the first chunk that shows something, and all chunks pass at once, as
    they are. Only blanks at the start or the end of what has come are held back, the bytes of a
    character that is not whole, and Markdown's front matter and comments before the content,
    which the mark stands behind: 128 Ki characters at most. A text without content passes
    unmarked.

    The text is what :func:`aigc_label.label` would make of it, with two differences: a stream
    whose own first lines say that AI made it is marked all the same, since nobody waits for them,
    and a code block that is still open at the end is closed where the only mark is the tail's.

    Args:
        chunks: ``str``, or ``bytes`` of UTF-8; an iterable or an asynchronous one.
        explicit: the words, and their places: ``"start"`` and/or ``"end"``.
        markdown: whether the text is Markdown; the words are then a block quote.

    Returns:
        An iterator over the chunks and the marks, asynchronous as ``chunks`` is.

    Raises:
        CannotCarry: if the words are too many for a prompt.
        InvalidLabel: if the middle, words between paragraphs, or corner marks are asked for.
        UsageError: at the first chunk that is neither ``str`` nor ``bytes``.
    """
    marked: Iterator[AnyStr] | AsyncIterator[AnyStr] = drive(
        chunks, _Chunks(_Marks(explicit, markdown=markdown))
    )
    return marked


class _Marks:
    """The marks around a text."""

    def __init__(self, explicit: ExplicitLabel, *, markdown: bool) -> None:
        require_ends(explicit)
        self._line = text_mark.line_of(explicit, markdown=markdown)[1]
        self._places = explicit.places
        self._opening: Opening | None = Opening(self._line, markdown=markdown)
        self._ending = Ending(markdown=markdown)
        self._seam = Seam()
        self._empty = True
        self.settled = False

    def feed(self, text: str) -> list[str]:
        bom = []
        if self._empty and text:
            self._empty = False
            if text[0] == _BOM:
                bom, text = [_BOM], text[1:]
        begun = None
        if self._opening is not None:
            begun = self._opening.feed(text)
        else:
            self._ending.observe(text)
        if begun is not None:
            self._begin(begun)
        if "start" not in self._places or (begun is None and self._opening is None):
            return _filled(*bom, self._seam.feed(text))
        return _filled(*bom, *self._headed(begun))

    def close(self) -> list[str]:
        head = []
        if self._opening is not None:
            begun = self._opening.close()
            if begun is None:  # nothing to label
                held = self._opening.held if "start" in self._places else self._seam.held
                return _filled(held)
            self._begin(begun)
            head = self._headed(begun) if "start" in self._places else []
        return _filled(*head, self._tail() if "end" in self._places else "")

    def _begin(self, begun: Begun) -> None:
        self._opening = None
        if "end" in self._places:
            self._ending.observe(begun.content)
        else:
            self.settled = True

    def _headed(self, begun: Begun | None) -> list[str]:
        if begun is None:
            return []
        if self.settled:
            return [begun.above, begun.mark, begun.content]
        self._seam = Seam(begun.above)
        return [begun.above, begun.mark, self._seam.feed(begun.content)]

    def _tail(self) -> str:
        self._ending.observe("", final=True)
        closing = self._ending.open_until
        if closing is not None and "start" not in self._places:
            return self._seam.held + self._seam.closed(closing, self._line)
        if closing is not None or self._ending.bears_prompt:
            return self._seam.held
        return self._seam.joined(self._line)


def _filled(*texts: str) -> list[str]:
    return [text for text in texts if text]


class _Chunks:
    """Chunks as text, and back as what they were."""

    def __init__(self, marks: _Marks) -> None:
        self._marks = marks
        self._kind: type[str | bytes] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.settled = False

    def feed(self, chunk: Any) -> list[Any]:
        kind: type[str | bytes] = bytes if isinstance(chunk, bytes) else str
        if not isinstance(chunk, kind) or self._kind not in (None, kind):
            raise UsageError(
                "chunks must be str, or all of them bytes, "
                f"not {type(chunk).__name__}; give the text of each chunk"
            )
        self._kind = kind
        if isinstance(chunk, str):
            passed = self._marks.feed(chunk)
            self.settled = self._marks.settled
            return passed
        out = _encoded(self._marks.feed(self._decoder.decode(chunk)))
        if self._marks.settled:
            self.settled = True
            out += [pending] if (pending := self._decoder.getstate()[0]) else []
        return out

    def close(self) -> list[Any]:
        if self.settled:
            return []
        if self._kind is not bytes:
            return self._marks.close()
        last = self._decoder.decode(b"", final=True)
        out = self._marks.feed(last) if last else []
        return _encoded(out if self._marks.settled else [*out, *self._marks.close()])


def _encoded(texts: list[str]) -> list[bytes]:
    return [text.encode("utf-8", "surrogateescape") for text in texts]
