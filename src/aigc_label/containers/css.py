"""The rules of a style sheet, and which of them apply to an element (CSS 2.2, 4 to 6).

Selectors are understood as far as they name elements, classes and ids, and what is around them.
A rule of which more would have to be known (a state, an attribute, a neighbour) is left out, as
are rules for paper and for windows of some size: what remains holds for whoever looks at the whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_RULES = 1 << 14
"""Rules of one page that are kept."""

MOST_TESTS = 1 << 22
"""How often rules are held against the elements of one page."""

_MOST_CHARACTERS = 1 << 21
_DEEPEST = 8  # blocks within blocks
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_HEAD = re.compile(r"[^{};]*")
_SCREEN = re.compile(
    r"@media\s+(?:only\s+)?(?:screen|all)\s*\Z|@(?:layer|supports)\b", re.IGNORECASE
)
_SIMPLE = re.compile(r"(\*|[\w-]+)?((?:[.#][\w-]+)*)")
_PART = re.compile(r"([.#])([\w-]+)")
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;]*)")
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)


class Node(NamedTuple):
    """An element as selectors know it."""

    name: str
    number: str = ""
    classes: frozenset[str] = frozenset()


class _Compound(NamedTuple):
    """What one element has to be; ``child`` if it stands right within the one before."""

    name: str
    number: str
    classes: frozenset[str]
    child: bool

    def fits(self, node: Node) -> bool:
        return (
            self.name in ("", node.name)
            and self.number in ("", node.number)
            and self.classes <= node.classes
        )


class _Rule(NamedTuple):
    selector: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    declarations: tuple[tuple[str, str, bool], ...]


@dataclass(slots=True)
class Sheet:
    """The rules of the style sheets of one page, in their order.

    Attributes:
        partial: whether there were more that mattered than were understood.
    """

    _rules: dict[str, list[tuple[int, _Rule]]] = field(default_factory=lambda: defaultdict(list))
    partial: bool = False
    _count: int = 0
    _tests: int = 0

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return self._count > 0

    def add(self, text: str, *, wanted: str = "") -> None:
        """Take the rules of one more style sheet.

        Args:
            text: the style sheet.
            wanted: an expression for the properties that matter; of others nothing is kept.
        """
        if len(text) > _MOST_CHARACTERS:
            self.partial = True
            return
        keep = re.compile(wanted or ".", re.IGNORECASE)
        for selectors, body in _blocks(_COMMENT.sub(" ", text)):
            declarations = tuple(one for one in declared(body) if keep.match(one[0]))
            for selector in selectors.split(",") if declarations else ():
                parts = _selector(selector)
                if parts is None or self._count >= MOST_RULES:
                    self.partial = True
                    continue
                last = parts[-1]
                key = "#" + last.number if last.number else ""
                key = key or ("." + min(last.classes) if last.classes else last.name)
                self._rules[key].append((self._count, _Rule(parts, _weight(parts), declarations)))
                self._count += 1

    def of(self, path: Sequence[Node], inline: str = "") -> dict[str, str]:
        """What is declared for an element, each property in lower case with the value that wins.

        Args:
            path: the elements around it, the outermost first, and it.
            inline: its own ``style`` attribute.

        Raises:
            LimitExceeded: the page has too many elements for so many rules.
        """
        node = path[-1]
        keys = ("", node.name, "#" + node.number, *("." + name for name in node.classes))
        found = [one for key in dict.fromkeys(keys) for one in self._rules.get(key, ())]
        self._tests += len(found)
        if self._tests > MOST_TESTS:
            raise LimitExceeded("the page's style sheets have too many rules for its elements")
        applying = [(rule.weight, n, rule) for n, rule in found if _applies(rule.selector, path)]
        told = [one for _, _, rule in sorted(applying) for one in rule.declarations]
        return resolved([*told, *declared(inline)])


def resolved(told: Sequence[tuple[str, str, bool]]) -> dict[str, str]:
    """The values that win of declarations, the weakest first; a shorthand undoes what it names."""
    won: dict[str, str] = {}
    for name, value, _ in sorted(told, key=lambda one: one[2]):
        if name == "all":
            won.clear()
        elif name == "font":
            won.pop("font-size", None)
        won[name] = value
    return won


def declared(body: str) -> Iterator[tuple[str, str, bool]]:
    """The declarations of a rule or a ``style`` attribute: property, value, if it is important."""
    for name, value in _DECLARATION.findall(body):
        bare = _IMPORTANT.sub("", value.strip())
        yield name.lower(), bare, bare != value.strip()


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """The selectors and the inside of each rule that holds on a screen of any size."""
    at, skipped, depth = 0, 0, 0
    while at < len(text):
        head = _HEAD.match(text, at)
        assert head is not None  # noqa: S101 - it matches nothing at worst
        at = head.end() + 1
        sign = text[head.end() : at]
        if sign == "}":
            depth = max(depth - 1, 0)
            skipped = min(skipped, depth)
        elif sign == "{":
            said = head.group().strip()
            if said.startswith("@") or skipped:
                depth += 1
                if not skipped and (depth > _DEEPEST or not _SCREEN.match(said)):
                    skipped = depth
                continue
            end = text.find("}", at)
            end = len(text) if end < 0 else end
            yield said, text[at:end]
            at = end + 1


def _selector(text: str) -> tuple[_Compound, ...] | None:
    """The elements that a selector names, the outermost first; ``None`` if it names more."""
    parts: list[_Compound] = []
    child = False
    for word in text.replace(">", " > ").split():
        if word == ">":
            child = True
            continue
        simple = _SIMPLE.fullmatch(word)
        if simple is None:
            return None
        names = _PART.findall(simple[2])
        numbers = {name for sign, name in names if sign == "#"}
        classes = frozenset(name for sign, name in names if sign == ".")
        if len(numbers) > 1:
            return None
        name = "" if simple[1] in (None, "*") else simple[1].lower()
        parts.append(_Compound(name, next(iter(numbers), ""), classes, child))
        child = False
    return tuple(parts) or None


def _weight(parts: Sequence[_Compound]) -> tuple[int, int, int]:
    return (
        sum(bool(part.number) for part in parts),
        sum(len(part.classes) for part in parts),
        sum(bool(part.name) for part in parts),
    )


def _applies(selector: tuple[_Compound, ...], path: Sequence[Node]) -> bool:
    """Whether a selector means the last element of a path: what is around it, from within."""
    if not selector[-1].fits(path[-1]):
        return False
    at = len(path) - 1
    for number in range(len(selector) - 2, -1, -1):
        wanted = selector[number]
        at -= 1
        if not selector[number + 1].child:
            while at >= 0 and not wanted.fits(path[at]):
                at -= 1
        if at < 0 or not wanted.fits(path[at]):
            return False
    return True
