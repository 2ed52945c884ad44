"""Marked films as other programs see them, and a browser plays them."""

import contextlib
import http.server
import queue
import re
import subprocess
import threading
import urllib.parse

import pytest

from aigc_label import api
from aigc_label.explicit_label import ExplicitLabel
from film_samples import made, marked


@pytest.fixture
def scratch(tmp_path):
    return lambda name: tmp_path / name


@pytest.mark.foreign
def test_other_programs_see_a_sound_film(tmp_path, scratch):
    new, _ = marked(made("H.264, header first"), scratch)
    path = tmp_path / "new.mp4"
    path.write_bytes(new)
    done = subprocess.run(
        ["ffmpeg", "-xerror", "-v", "error", "-i", path, "-f", "null", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stderr == b""
    told = subprocess.run(["mediainfo", path], capture_output=True, text=True, check=True).stdout
    assert "IsTruncated" not in told
    assert "4 s 0 ms" in told
    args = ["exiftool", "-validate", "-a", path]
    told = subprocess.run(args, capture_output=True, text=True, check=True)
    assert "OK" in told.stdout


PAGE = b"""<!doctype html><video id=v muted src=/film></video><script>
const say = words => fetch('/said?' + encodeURIComponent(words));
v.onerror = () => say('error ' + v.error.message);
const frames = () => v.getVideoPlaybackQuality().totalVideoFrames;
v.onended = () => say('ended ' + v.currentTime + ' ' + frames());
v.playbackRate = 4; v.play().catch(error => say('refused ' + error));
</script>"""


def played(raw, tmp_path):
    """What a page says that plays a film to its end in Chromium."""
    said = queue.Queue()

    class Site(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Be silent."""

        def do_GET(self):
            if self.path.startswith("/said"):
                said.put(urllib.parse.unquote(self.path.partition("?")[2]))
            body = raw if self.path == "/film" else PAGE
            asked = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
            first = int(asked[1]) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Type", "video/mp4" if body is raw else "text/html")
            self.send_header("Accept-Ranges", "bytes")
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - first))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body[first:])

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    args = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
    ]
    args += ["--autoplay-policy=no-user-gesture-required", f"http://127.0.0.1:{site.server_port}/"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(args, stdout=quiet, stderr=quiet) as browser:
        try:
            return said.get(timeout=60)
        finally:
            browser.terminate()
            site.shutdown()


@pytest.mark.foreign
def test_a_browser_plays_from_start_to_end(tmp_path):
    explicit = ExplicitLabel(seconds=2, soft_track=True)
    new = api.label(made("H.264, header last"), None, explicit=explicit, name="a.mp4").data
    assert played(new, tmp_path) == "ended 4 40"
