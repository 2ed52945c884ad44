"""Films of all codings that are joined, and what ffmpeg sees of a result."""

import io
import subprocess

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.explicit.film import smart
from aigc_label.explicit_label import ExplicitLabel
from mp4_samples import film, workshop

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=192x128:rate=10:duration=4")
SOUND = ("-f", "lavfi", "-i", "sine=duration=4")
AAC = ("-c:a", "aac", "-b:a", "32k")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "10", "-pix_fmt", "yuv420p")
H265 = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1")
X265 = "log-level=error:bframes=3:keyint=10:min-keyint=10:b-adapt=2:scenecut=0"
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "10", "-b:v", "1M")
PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,format=yuv420p10le"
TAGS = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
LIGHT = (
    "hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    ":max-cll=1000,400"
)
FIELDS = ("-vf", "scale=192:128,format=yuv420p,interlace=lowpass=0", "-flags", "+ildct+ilme")
TWO = ExplicitLabel(seconds=2)

FILMS = {
    "H.264, header last": (*SOURCE, *SOUND, *H264, *AAC),
    "H.264, header first": (*SOURCE, *SOUND, *H264, *AAC, "-movflags", "+faststart"),
    "H.264, 10 bit, slices": (*SOURCE, *H264, "-pix_fmt", "yuv420p10le", "-x264-params",
                              "slices=3"),
    "H.264, sets in samples": (*SOURCE, *H264, "-x264-params", "aud=1:repeat-headers=1",
                               "-bsf:v", "dump_extra=freq=keyframe"),
    "H.264, each frame a key": (*SOURCE, *H264, "-g", "1", "-bf", "0"),
    "H.264, fields": (*SOURCE, *H264, *FIELDS, "-x264-params", "tff=1"),
    "H.264, uneven": (*SOURCE, *H264, "-vf", r"select=not(mod(n\,3))+lt(n\,25)",
                      "-fps_mode", "passthrough", "-video_track_timescale", "10000"),
    "H.264, late": ("-itsoffset", "0.5", *SOURCE, *SOUND, *H264, *AAC),
    "HEVC, open": (*SOURCE, *SOUND, *H265, *AAC, "-x265-params", X265),
    "HEVC, closed": (*SOURCE, *H265, "-x265-params", f"{X265}:open-gop=0"),
    "HEVC, sets in samples": (*SOURCE, *H265, "-x265-params", f"{X265}:repeat-headers=1",
                              "-tag:v", "hev1", "-bsf:v", "dump_extra=freq=keyframe"),
    "HEVC, HDR10": (*SOURCE, *H265, "-x265-params", f"{X265}:{LIGHT}", "-vf", PQ, *TAGS,
                    "-pix_fmt", "yuv420p10le"),
    "VP9": (*SOURCE, *VP9, "-pix_fmt", "yuv420p"),
    "AV1": (*SOURCE, "-c:v", "libsvtav1", "-preset", "12", "-g", "10", "-pix_fmt", "yuv420p"),
    "MPEG-4": (*SOURCE, "-c:v", "mpeg4", "-q:v", "5", "-bf", "2", "-g", "10"),
}  # fmt: skip


def made(name, suffix=".mp4"):
    return film(*FILMS[name], name=name.replace(":", "") + suffix)


def marked(raw, scratch, explicit=TWO):
    with open_asset(raw) as asset:
        new = smart.mark(asset, explicit, scratch)
        return read(new.asset), new.mark


def read(asset):
    data = io.BytesIO()
    asset.copy_to(data, 0, asset.size)
    return data.getvalue()


def frames(raw, kind="v"):
    """Time and checksum of each frame that is decoded, in the order of showing."""
    path = workshop("seen.mp4")
    path.write_bytes(raw)
    args = ("-xerror", "-copyts", "-i", ffmpeg.url(path), "-map", f"0:{kind}")
    args = (*args, "-fps_mode", "passthrough", "-f", "framemd5", "-")
    done = subprocess.run(
        [ffmpeg.executable(), "-v", "error", *args], capture_output=True, check=True
    )
    assert not done.stderr
    rows = (line.split(b",") for line in done.stdout.splitlines() if not line.startswith(b"#"))
    return [(int(row[2]), row[-1].strip()) for row in rows]


def packets(raw, kind):
    """The times of packets as the container has them."""
    path = workshop("packets.mp4")
    path.write_bytes(raw)
    args = ("-copyts", "-i", ffmpeg.url(path), "-map", f"0:{kind}", "-c", "copy", "-f", "framemd5")
    rows = ffmpeg.run([*args, "-"]).splitlines()
    return [line.split(b",") for line in rows if not line.startswith(b"#")]
