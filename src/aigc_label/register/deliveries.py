"""The register as people use it: add, look up, verify, prune."""

from __future__ import annotations

import contextlib
import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Literal

from aigc_label import essence, output, registry, syncing
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, UsageError
from aigc_label.inspecting import inspect
from aigc_label.register import chain
from aigc_label.register.chain import Broken, Entry, Verified

try:
    import fcntl
except ImportError:  # Windows has no flock; there one writer at a time is up to the caller
    fcntl = None  # type: ignore[assignment] # asked before every use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset, Source

KEPT_DAYS = 184
"""Six months at their longest (Measures, art. 9); no younger delivery is ever pruned."""

_PIECE = 1 << 20


class Register:
    """The deliveries without an explicit label, in one file.

    Args:
        path: the file; the first delivery makes it. One writer at a time; readers may read on.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def add(
        self,
        source: Source,
        *,
        recipient: str,
        agreement: str,
        reason: str = "",
        name: str | None = None,
    ) -> Entry:
        """Record a delivery; it is on the disk when this returns.

        Args:
            source: what was handed over: a path, the bytes, or a binary stream.
            recipient: who received it: the name or account that the agreement knows.
            agreement: where the agreement stands that makes the duty to label clear: a version,
                a contract's number, an address.
            reason: why it was asked for.
            name: a name for bytes and streams.

        Raises:
            UsageError: recipient or agreement is empty.
            AssetError: the file cannot be read, or bears no implicit label, which is still due.
            Broken: the register's last line is not as it was written.
            OSError: unwrapped.
        """
        for key, value in (("recipient", recipient), ("agreement", agreement)):
            if not value.strip():
                raise UsageError(f"article 9 asks for the {key}; it is empty")
        with open_asset(source, name=name) as asset:
            facts = _facts(asset)
        words = {"recipient": recipient, "agreement": agreement, "reason": reason}
        return self._append({"event": "delivered", **facts, **words})

    def entries(
        self, *, since: datetime | None = None, until: datetime | None = None, recipient: str = ""
    ) -> Iterator[Entry]:
        """Yield the deliveries in order, each proved to follow the line before.

        Args:
            since: those at or after that time.
            until: those before that time.
            recipient: those whose recipient contains this.

        Raises:
            Broken: where the chain does; what was yielded before is sound.
            OSError: unwrapped.
        """
        with open(self.path, "rb") as stream:
            for entry in chain.walk(stream, self.path):
                if entry["event"] != "delivered" or recipient not in entry["recipient"]:
                    continue
                at = datetime.fromisoformat(entry["at"])
                if (since is None or at >= since) and (until is None or at < until):
                    yield entry

    def verify(self, head: str = "") -> Verified:
        """Prove all of the chain.

        Args:
            head: a hash noted earlier; the register must still hold the line that bears it.

        Raises:
            Broken: where the chain does, or that line is gone.
            OSError: unwrapped.
        """
        entries = deliveries = 0
        found = ""
        known = not head
        with open(self.path, "rb") as stream:
            for entry in chain.walk(stream, self.path):
                entries += 1
                deliveries += entry["event"] == "delivered"
                found = entry["hash"]
                known = known or head in (found, entry["prev"])
            _, _, torn = chain.last(stream, self.path)
        if not known:
            raise Broken(
                f"no line up to here has the hash {head}: lines are missing, or all were written "
                "anew",
                line=entries,
                asset=self.path,
            )
        return Verified(entries, deliveries, found, len(torn))

    def prune(self, before: datetime) -> int:
        """Take out the deliveries before a time; the chain begins with what was taken out.

        Returns:
            How many lines went.

        Raises:
            UsageError: six months have not passed since that time.
            Broken: the register does not hold together; nothing is changed.
            OSError: unwrapped.
        """
        if before > datetime.now(UTC) - timedelta(days=KEPT_DAYS):
            raise UsageError(
                f"article 9 keeps deliveries for six months; give a time {KEPT_DAYS} days ago or "
                "earlier"
            )
        with _locked(self.path, "rb") as stream:
            gone: Entry | None = None
            for entry in chain.walk(stream, self.path):
                if datetime.fromisoformat(entry["at"]) >= before:
                    break
                gone = entry
            if gone is None or gone["event"] == "pruned":
                return 0
            return self._rewrite(stream, gone)

    def _rewrite(self, stream: IO[bytes], gone: Entry) -> int:
        """Keep the lines behind one as they stand, behind a new one that says what is gone."""
        stream.seek(0)
        removed = 0
        with output.staged(self.path, like=self.path) as staged:
            said = {"n": gone["n"], "event": "pruned", "at": _now(), "last": gone["hash"]}
            staged.file.write(chain.line_of(chain.chained(said, chain.ORIGIN)))
            for entry in chain.walk(stream, self.path):
                if entry["n"] <= gone["n"]:
                    removed += entry["event"] == "delivered"
                else:
                    staged.file.write(chain.line_of(entry))
            staged.commit()
        return removed

    def _append(self, entry: Entry) -> Entry:
        with _locked(self.path, "a+b") as stream:
            last, end, torn = chain.last(stream, self.path)
            if torn:  # cut off by a crash, and never acknowledged
                os.truncate(stream.fileno(), end)
                entry = {**entry, "torn": torn.decode("ascii", "backslashreplace")}
            number, prev = _following(last)
            made = chain.chained({"n": number, "at": _now(), **entry}, prev)
            stream.write(chain.line_of(made))
            stream.flush()
            os.fsync(stream.fileno())
        if last is None:
            syncing.sync_folder(os.path.dirname(self.path) or ".")
        return made


def _following(last: Entry | None) -> tuple[int, str]:
    """The number of the next entry, and the hash before it."""
    if last is None:
        return 1, chain.ORIGIN
    return last["n"] + 1, last["last" if last["event"] == "pruned" else "hash"]


@contextlib.contextmanager
def _locked(path: str, mode: Literal["rb", "a+b"]) -> Iterator[IO[bytes]]:
    """The register, while nobody else writes it."""
    while True:
        with open(path, mode) as stream:
            if fcntl is not None:
                fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
            # Pruning may have put another file in its place between the opening and the lock.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(stream.fileno()), os.stat(path)):
                    yield stream
                    return


def _facts(asset: Asset) -> Entry:
    """What identifies a content: its name, size, digests, and its implicit label."""
    seen = inspect(asset, perceive=False)
    if seen.problem is not None:
        raise seen.problem
    if not seen.labels:
        raise AssetError(
            "bears no implicit label, and article 9 spares a content the explicit one only; "
            "label it with --no-explicit first",
            asset=asset.name,
        )
    whole = hashlib.sha256()
    for at in range(0, asset.size, _PIECE):
        whole.update(asset.read(at, min(_PIECE, asset.size - at)))
    fmt = registry.identify(asset)
    told = essence.digest(asset, fmt)
    return {
        "file": asset.name,
        "format": fmt.id,
        "size": asset.size,
        "sha256": whole.hexdigest(),
        "essence": told.hex() if told is not None else "",
        "label": dict(seen.labels[0].fields),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
