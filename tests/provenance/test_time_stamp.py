"""A time stamp from a service of RFC 3161, which here is openssl behind a server of our own."""

from __future__ import annotations

import http.server
import io
import subprocess
import threading
from pathlib import Path

import pytest

from aigc_label import ImplicitLabel, Trust, label
from aigc_label.provenance import reading
from credential_samples import credentials, identity, stamper
from foreign_tools import require

MADE = ImplicitLabel(content_producer="ExampleStudio", produce_id="42")
SOURCE = Path(__file__).parent.parent.parent / "fixtures/jpeg/plain/ffmpeg.jpg"
SETTINGS = """
[tsa]
default_tsa = here
[here]
serial = {0}/serial
signer_cert = {0}/cert.pem
certs = {0}/root.pem
signer_key = {0}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


@pytest.fixture
def service(tmp_path):
    one = stamper()
    (tmp_path / "cert.pem").write_bytes(one.chain)
    (tmp_path / "key.pem").write_bytes(one.key)
    (tmp_path / "root.pem").write_text(one.root)
    (tmp_path / "serial").write_text("01")
    (tmp_path / "settings").write_text(SETTINGS.format(tmp_path))
    line = ["openssl", "ts", "-reply", "-config", tmp_path / "settings", "-queryfile"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            (tmp_path / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            answer = subprocess.run([*line, tmp_path / "query"], capture_output=True, check=True)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer.stdout)))
            self.end_headers()
            self.wfile.write(answer.stdout)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


@pytest.mark.foreign
def test_the_time_of_signing_is_stamped(service):
    require("openssl")
    data = label(SOURCE, MADE, credentials=credentials(tsa=service)).data
    found = reading.validated(io.BytesIO(data), "jpg", Trust(anchors=identity().root))
    assert (found.state, found.problems) == ("trusted", ())
    assert found.time.startswith("20")
    bare = label(SOURCE, MADE, credentials=credentials()).data
    assert reading.validated(io.BytesIO(bare), "jpg", Trust()).time == ""
