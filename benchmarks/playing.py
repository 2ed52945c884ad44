"""Playing a film from start to end in a headless Chromium, and what the browser says of it."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import subprocess
import tempfile
import threading
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

FASTEST = 16
"""The most that Chromium plays faster."""

_PAGE = b"""<!doctype html><video id=v muted src=/film></video><script>
const v = document.getElementById("v");
let shown = 0, stalls = 0, done = false;
const count = () => { shown++; v.requestVideoFrameCallback(count); };
v.requestVideoFrameCallback(count);
v.onwaiting = () => stalls++;
function tell(end) {
  if (done) return;
  done = true;
  const seen = v.getVideoPlaybackQuality();
  fetch("/told", {method: "POST", body: JSON.stringify({end, time: v.currentTime,
    duration: v.duration, shown, stalls, decoded: seen.totalVideoFrames,
    dropped: seen.droppedVideoFrames, corrupt: seen.corruptedVideoFrames,
    tracks: v.textTracks.length})});
}
v.onended = () => tell("ended");
v.onerror = () => tell("error " + v.error.code + " " + v.error.message);
v.playbackRate = RATE;
v.play().catch(error => tell("refused " + error));
</script>"""


def played(path: Path, *, rate: float = FASTEST, patience: float = 900) -> dict[str, Any]:
    """Play a film.

    Args:
        path: the film.
        rate: how many times faster than it is.
        patience: seconds after which it is given up.

    Returns:
        ``end`` ("ended" or what went wrong), ``time`` and ``duration`` in seconds, ``shown``
        frames by callback, ``stalls``, ``decoded``, ``dropped`` and ``corrupt`` frames.
    """
    told: Queue[dict[str, Any]] = Queue()
    page = _PAGE.replace(b"RATE", str(rate).encode())
    size = path.stat().st_size

    class Site(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Be silent."""

        def do_GET(self) -> None:
            if self.path != "/film":
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
                return
            asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            first = int(asked[1]) if asked else 0
            last = int(asked[2]) if asked and asked[2] else size - 1
            self.send_response(206 if asked else 200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            with contextlib.suppress(OSError), path.open("rb") as file:
                file.seek(first)
                left = last + 1 - first
                while left and (data := file.read(min(left, 1 << 18))):
                    self.wfile.write(data)
                    left -= len(data)

        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={profile}",
                f"http://127.0.0.1:{site.server_port}/",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return told.get(timeout=patience)
        except Empty:
            return {"end": f"not over after {patience:g} seconds"}
        finally:
            browser.terminate()
            browser.wait()
            site.shutdown()
            site.server_close()
