"""Chromium plays marked films from start to end, and finds every place in them."""

import contextlib
import http.server
import json
import subprocess
import threading

import pytest

from aigc_label.asset import open_asset
from aigc_label.explicit import matroska as marker
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mkv
from matroska_samples import AV1, H264, OPUS, SOUND, SOURCE, VP8, VP9, film

PAGE = """<video id=v muted></video><script>
const told = [], v = document.getElementById("v");
let films = FILMS, film, places;
function next() {
  if (!(film = films.shift())) return fetch("/told", {method: "POST", body: JSON.stringify(told)});
  places = [3.5, 0.5, 2.5];
  v.src = film; v.playbackRate = 8; v.play();
}
function tell(error) {
  const seen = v.getVideoPlaybackQuality();
  told.push({film, error, time: v.currentTime, duration: v.duration, left: places.length,
             corrupt: seen.corruptedVideoFrames});
  next();
}
v.onerror = () => tell(v.error.code + " " + v.error.message);
v.onended = () => { if (places.length) v.currentTime = places.shift(); else tell(null); };
v.onseeked = () => { if (places.length) v.currentTime = places.shift(); else v.play(); };
next();
</script>"""


@contextlib.contextmanager
def served(films, told, done):
    """A server of these films on this machine, and what the page tells it."""
    page = PAGE.replace("FILMS", json.dumps([f"/{name}" for name in films])).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            name = self.path[1:]
            data = films.get(name, page)
            span = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            first, last = int(span[0]), int(span[2] or len(data) - 1)
            self.send_response(206 if name in films else 200)
            kind = "video/webm" if name.endswith("webm") else "video/x-matroska"
            self.send_header("Content-Type", kind if name in films else "text/html")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(data[first : last + 1])

        def do_POST(self):
            told.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            done.set()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.foreign("chromium")
def test_chromium_plays_them_from_start_to_end(tmp_path):
    sources = {
        "vp9.webm": (*SOURCE, *SOUND, *VP9, *OPUS),
        "vp8.webm": (*SOURCE, *VP8),
        "av1.webm": (*SOURCE, *AV1),
        "h264.mkv": (*SOURCE, *H264),
    }
    films = {}
    for name, args in sources.items():
        with open_asset(film(*args, name=name)) as asset:
            explicit = ExplicitLabel(seconds=2, soft_track=name != "av1.webm")
            fmt = mkv.MKV if name.endswith("mkv") else mkv.WEBM
            done = marker.MARKER.mark(asset, fmt, explicit, lambda n: tmp_path / n)
            with done.asset as new:
                films[name] = new.read(0, new.size)
    told, over = [], threading.Event()
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")
    free = ("--autoplay-policy=no-user-gesture-required", f"--user-data-dir={tmp_path / 'own'}")
    with served(films, told, over) as address:
        browser = subprocess.Popen(
            ["chromium", *quiet, *free, address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        over.wait(90)
        browser.terminate()
        browser.wait(30)
    assert [one["film"] for one in told] == [f"/{name}" for name in films]
    for one in told:
        assert (one["error"], one["left"], one["corrupt"]) == (None, 0, 0), one
        assert one["time"] == one["duration"] >= 3.9, one
