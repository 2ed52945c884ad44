"""What a model leaves in memory, a picture or samples, as the bytes of a file to label.

Nothing is lost on the way unless the name that was given asks for it: pictures become PNG and
samples WAV, and a name such as ``cover.jpg`` is a choice of the caller's.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aigc_label.errors import AssetError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from aigc_label.asset import Source
    from aigc_label.output import Scratch

_QUALITY = 95  # of what is encoded with loss: the highest that Pillow advises for JPEG
_MOST_CHANNELS = 8
_SAMPLES = {"u1": "u8", "i2": "s16le", "i4": "s32le", "f4": "f32le", "f8": "f64le"}  # ffmpeg's
_WRITTEN = ("-rf64", "auto", "-fflags", "+bitexact", "-f", "wav")  # not signed by ffmpeg


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """Sound as a model has made it.

    Attributes:
        data: amplitudes of shape ``(frames,)`` or ``(frames, channels)``: floats from -1 to 1, or
            integers of 8 (unsigned), 16 or 32 bits. Half floats are widened.
        rate: frames a second, in Hz.
    """

    data: NDArray[Any]
    rate: int


Made: TypeAlias = "Source | Image | Samples"
"""What :func:`aigc_label.label` takes: a file, or what is to become one."""


def as_source(
    made: Made, name: str | None, to: object, scratch: Scratch
) -> tuple[Source, str | None]:
    """What was given, as a file: itself, if it is one; and what to call it.

    Args:
        made: a file's path, bytes or stream; or a ``PIL.Image.Image`` that no file was opened
            for, or :class:`Samples`.
        name: tells the format of what has none, if ``to`` is no path.
        to: where the result goes; the end of a path tells the format.
        scratch: gives paths for temporary files that are there until the result is.

    Raises:
        UsageError: it can be no file of that name; the message says what can.
        MissingExtra: there is no ffmpeg, which writes the samples.
    """
    if isinstance(made, Samples):
        return _sound(made, _suffix(name, to), scratch), name or "<samples>"
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(made, pillow.Image):
        return _picture(made, _suffix(name, to)), name or "<picture>"
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(made, numpy.ndarray):
        raise UsageError(
            "an array does not say what it is: give Samples(data=array, rate=44100) for sound, "
            "PIL.Image.fromarray(array) for a picture"
        )
    return made, name  # type: ignore[return-value] # what is no file is refused where it is opened


def _suffix(name: str | None, to: object) -> str:
    """The extension that tells the format, in lower case; ``""`` if nothing does."""
    for told in (to, name):
        if isinstance(told, (str, os.PathLike)):
            return os.path.splitext(os.fsdecode(told))[1].lower()
    return ""


def _picture(image: Image, suffix: str) -> bytes:
    from PIL import Image as pillow  # noqa: PLC0415, N813 - loaded already, or there is no picture
    from PIL.ImageFile import ImageFile  # noqa: PLC0415 - as above

    if isinstance(image, ImageFile):
        raise UsageError(
            "this picture was opened from a file: give the file's path or bytes, so that nothing "
            "it bears is lost"
        )
    if any("AIGC" in f"{key}{value}" for key, value in image.info.items()):
        raise UsageError(
            "this picture was made from a file that bears a label: save it, and carry() the label "
            "from the file"
        )
    kind = pillow.registered_extensions().get(suffix or ".png")
    if kind is None or kind not in pillow.SAVE:
        raise UsageError(f"Pillow writes no {suffix or 'file without an extension'}; name a .png")
    out = io.BytesIO()
    try:
        image.save(out, kind, **_options(image, kind))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"this picture cannot become {kind}: {error}; name a .png") from error
    return out.getvalue()


def _options(image: Image, kind: str) -> dict[str, Any]:
    """What a picture knows of itself goes with it."""
    kept = {key: image.info[key] for key in ("icc_profile", "dpi") if image.info.get(key)}
    if exif := image.getexif():
        kept["exif"] = exif.tobytes()
    if kind == "PNG":
        return {**kept, "compress_level": 3}  # six costs four times as much, for some per cent
    if kind == "WEBP":
        return {**kept, "lossless": True}
    return {**kept, "quality": _QUALITY} if kind in ("JPEG", "AVIF") else kept


def _sound(samples: Samples, suffix: str, scratch: Scratch) -> Source:
    import numpy as np  # noqa: PLC0415 - only where there are samples

    from aigc_label import ffmpeg  # noqa: PLC0415 - as above

    if suffix not in ("", ".wav"):
        raise UsageError(
            f"samples become WAV, which loses nothing; name a .wav, or encode the {suffix} with "
            "what you choose and give its bytes"
        )
    data = np.asarray(samples.data)
    if data.dtype == np.float16:
        data = data.astype(np.float32)
    frames = data.reshape(len(data), -1) if data.ndim in (1, 2) and data.size else None
    if frames is None:
        raise UsageError(f"samples of shape {data.shape}: (frames,) or (frames, channels)")
    if frames.shape[1] > _MOST_CHANNELS:
        raise UsageError(
            f"{frames.shape[1]:,} channels are no sound: the shape is (frames, channels), so give "
            "the transpose (data.T)"
        )
    _refuse(frames, samples.rate)
    coding = _SAMPLES[frames.dtype.str[1:]]
    target = scratch("generated.wav")
    raw = frames.astype(frames.dtype.newbyteorder("<"), copy=False).tobytes()
    given = ("-f", coding, "-ar", str(samples.rate), "-ac", str(frames.shape[1]), "-i", "pipe:0")
    try:
        ffmpeg.run(
            (*given, "-c:a", f"pcm_{coding}", *_WRITTEN, ffmpeg.url(target)),
            input=raw,
        )
    except AssetError as error:
        raise UsageError(f"these samples cannot become WAV: {error.reason}") from error
    return target


def _refuse(frames: NDArray[Any], rate: object) -> None:
    import numpy as np  # noqa: PLC0415 - as above

    if frames.dtype.str[1:] not in _SAMPLES:
        raise UsageError(
            f"samples of type {frames.dtype} have no scale that a WAV knows; give floats from -1 "
            "to 1, or int16"
        )
    if isinstance(rate, bool) or not isinstance(rate, (int, np.integer)) or not 0 < rate < 1 << 31:
        raise UsageError(f"a rate is a whole number of frames a second, not {rate!r}")
    if frames.dtype.kind == "f" and not np.isfinite(frames).all():
        raise UsageError("the samples hold NaN or infinity; the model has not made a sound")
