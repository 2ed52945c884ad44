"""Objects of S3, and of whatever speaks its language, through s3fs."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from aigc_label.errors import AssetError
from aigc_label.library.local import CHANGED
from aigc_label.library.objects import Found, refusal, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PART = 16 << 20
"""Bytes of a piece of an upload; what is smaller is put at once. No more of a file is in memory."""

_MOST_PARTS = 10_000
_LARGEST_COPY = 5 << 30  # bytes that one request copies
_OF, _WRITE = "aigc-label-of", "aigc-label-write"
_TAKEN_OVER = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "SSEKMSKeyId",
    "ServerSideEncryption",
    "StorageClass",
    "WebsiteRedirectLocation",
)
"""What a result takes over from the object that it replaces, besides user metadata and tags."""


class _Sent(NamedTuple):
    """A file on its way, what its object shall have besides, and on which condition."""

    file: IO[bytes]
    size: int
    about: Mapping[str, Any]
    condition: Mapping[str, str]
    note: str


class S3Objects:
    """The objects below a prefix of a bucket; see :class:`~aigc_label.library.objects.Objects`.

    Args:
        fs: an ``s3fs.S3FileSystem``; only its calls are used, neither its caches nor its paths.
        root: bucket and prefix.
    """

    writable = True

    def __init__(self, fs: Any, root: str) -> None:
        self._fs = fs
        self.root = root

    def obstacle(self) -> str:
        """Buckets are not made; who may not ask for one may write into it yet."""
        with contextlib.suppress(PermissionError), translated(self.root):
            try:
                self._fs.call_s3("head_bucket", Bucket=_split(self.root)[0])
            except FileNotFoundError:
                return "is in no bucket that there is; make it first, or check the spelling"
        return ""

    def listed(self) -> Iterator[tuple[str, Found]]:
        """A thousand at a time.

        Raises:
            FileNotFoundError: there are none, and a prefix is nothing by itself.
            OSError: unwrapped.
        """
        empty = "/" in self.root
        for each in self._all():
            empty = False
            yield each
        if empty:
            why = "nothing stands below it; check the spelling"
            raise FileNotFoundError(errno.ENOENT, why, self.root)

    def _all(self) -> Iterator[tuple[str, Found]]:
        bucket, prefix = _split(self.root)
        prefix = f"{prefix}/" if prefix else ""
        more: dict[str, str] = {}
        while True:
            with translated(self.root):
                page = self._fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
            for item in page.get("Contents", ()):
                yield item["Key"][len(prefix) :], _found(item, "Size")
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def head(self, path: str) -> Found | None:
        """One request."""
        told = self._head(path)
        return None if told is None else _found(told, "ContentLength")

    def fetch(self, path: str, start: int, end: int, found: Found) -> bytes:
        """One request, of that version only."""
        import fsspec.asyn  # noqa: PLC0415 - only where there are stores

        bucket, key = _split(path)

        async def body() -> bytes:
            answer = await self._fs._call_s3(  # noqa: SLF001 - its bodies are read in its loop
                "get_object",
                Bucket=bucket,
                Key=key,
                Range=f"bytes={start}-{end - 1}",
                IfMatch=found.version,
            )
            async with answer["Body"] as stream:
                return bytes(await stream.read())

        with translated(path):
            try:
                return bytes(fsspec.asyn.sync(self._fs.loop, body))
            except OSError as error:
                if _status(error) == _NOT_SO:
                    raise OSError(errno.EBUSY, "changed while it was read", path) from None
                raise

    def put(self, local: str, path: str, *, replaces: Found | None, of: str, note: str) -> None:
        """Conditional, and compared before and after."""
        told = self._head(path)
        now = None if told is None else told["ETag"]
        if now != (None if replaces is None else replaces.version):
            raise refusal(path, replaces)
        write = uuid.uuid4().hex
        about = self._about(path, told or {})
        about["Metadata"] = {**about.get("Metadata", {}), _OF: of, _WRITE: write}
        condition = {"IfNoneMatch": "*"} if now is None else {"IfMatch": now}
        size = os.path.getsize(local)
        version, refused = "", None
        try:
            with open(local, "rb") as file:
                version = self._send(path, _Sent(file, size, about, condition, note))
        except OSError as error:
            if not isinstance(error, FileNotFoundError) and _status(error) != _NOT_SO:
                raise
            refused = error
        after = self._head(path)
        if after is None or after["Metadata"].get(_WRITE) != write:
            if isinstance(refused, FileNotFoundError) and replaces is None:
                raise refused  # there is no such bucket
            raise refusal(path, replaces) if refused else AssetError(CHANGED)
        # Where it was refused, the answer to an earlier try was lost: what stands there is ours.
        if after["ContentLength"] != size or (version and after["ETag"] != version):
            raise OSError(errno.EIO, "does not stand in the store as it was sent", path)

    def copy(self, source: str, target: str) -> None:
        """Within the store, with all that belongs to it."""
        told = self._head(source)
        if told is None:
            raise FileNotFoundError(errno.ENOENT, "there is no such file or bucket", source)
        if told["ContentLength"] > _LARGEST_COPY:
            with translated(source):
                self._fs.cp_file(source, target)
            return
        bucket, key = _split(source)
        self._call(
            "copy_object",
            target,
            CopySource={"Bucket": bucket, "Key": key},
            CopySourceIfMatch=told["ETag"],
        )

    def delete(self, path: str) -> None:
        """One request."""
        self._call("delete_object", path)

    def abort(self, path: str, note: str) -> None:
        """What is noted below ``note``: an object for each upload, which holds its id."""
        noted = [name for name, _ in S3Objects(self._fs, note)._all()]  # noqa: SLF001 - its own
        for name in noted:
            found = self.head(f"{note}/{name}")
            if found is None:
                continue
            upload = self.fetch(f"{note}/{name}", 0, found.size, found).decode()
            with contextlib.suppress(FileNotFoundError):  # it was complete, or given up
                self._call("abort_multipart_upload", path, UploadId=upload)
            self.delete(f"{note}/{name}")

    def _send(self, path: str, sent: _Sent) -> str:
        """Put the object where its condition holds; return its ETag."""
        if sent.size > PART:
            return self._in_parts(path, sent)
        body = sent.file.read()
        answer = self._conditional("put_object", path, sent.condition, Body=body, **sent.about)
        return str(answer["ETag"])

    def _in_parts(self, path: str, sent: _Sent) -> str:
        length = max(PART, -(-sent.size // _MOST_PARTS))
        upload = self._call("create_multipart_upload", path, **sent.about)["UploadId"]
        note = f"{sent.note}/{uuid.uuid4().hex}"
        try:
            self._call("put_object", note, Body=upload.encode())
            parts: list[dict[str, object]] = []
            while data := sent.file.read(length):
                number = len(parts) + 1
                answer = self._call(
                    "upload_part", path, Body=data, PartNumber=number, UploadId=upload
                )
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
            answer = self._conditional(
                "complete_multipart_upload",
                path,
                sent.condition,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
            )
            return str(answer["ETag"])
        except BaseException:
            with contextlib.suppress(OSError):
                self._call("abort_multipart_upload", path, UploadId=upload)
            raise
        finally:
            with contextlib.suppress(OSError):
                self.delete(note)

    def _conditional(
        self, method: str, path: str, condition: Mapping[str, str], **given: Any
    ) -> Any:
        """A call under a condition; without it where the store has no such thing.

        It was compared just before, then: a moment is left in which another run may write.
        """
        try:
            return self._call(method, path, **condition, **given)
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
        return self._call(method, path, **given)

    def _about(self, path: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """What a result takes over from what it replaces; a new one has the type of its name."""
        if not told:
            import mimetypes  # noqa: PLC0415 - as above

            guessed = mimetypes.guess_type(path)[0]
            return {"ContentType": guessed} if guessed else {}
        about = {name: told[name] for name in _TAKEN_OVER if told.get(name)}
        about["Metadata"] = dict(told.get("Metadata", {}))
        try:
            tags = self._call("get_object_tagging", path).get("TagSet", ())
        except OSError:
            if told.get("TagCount"):  # they would be lost
                raise
            tags = ()
        if tags:
            about["Tagging"] = urlencode([(tag["Key"], tag["Value"]) for tag in tags])
        return about

    def _head(self, path: str) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = self._call("head_object", path)
        except FileNotFoundError:
            return None
        return told

    def _call(self, method: str, path: str, **given: Any) -> Any:
        bucket, key = _split(path)
        with translated(path):
            return self._fs.call_s3(method, Bucket=bucket, Key=key, **given)


_NOT_SO = 412  # precondition failed


def _split(path: str) -> tuple[str, str]:
    bucket, _, key = path.partition("/")
    return bucket, key


def _found(told: Mapping[str, Any], size: str) -> Found:
    # Listings tell fractions of seconds on some servers, and single looks on none.
    seconds = int(told["LastModified"].timestamp())
    return Found(
        told[size],
        seconds * 1_000_000_000,
        told["ETag"],
        told.get("Metadata", {}).get(_OF, ""),
    )


def _status(error: BaseException | None) -> int:
    """The status that the server has answered with, 0 for none."""
    while error is not None:
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        error = error.__cause__
    return 0
