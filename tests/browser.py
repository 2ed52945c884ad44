"""Chromium without a window, driven through its debugging pipe: no package, no port."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time

# The ends of the pipe must be descriptors 3 and 4.
_STARTER = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execvp("chromium", ["chromium", *sys.argv[3:]])
"""


class Browser:
    """One page in one browser; remembers what it complained about and what it asked for.

    Attributes:
        console: messages, exceptions and entries of its log, as text.
        requests: the addresses it asked for, ``data:`` aside.
    """

    def __init__(self, folder, *, size=(1200, 900), dark=False):
        self._numbers = itertools.count(1)
        self._rest = b""
        self.console, self.requests = [], []
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        arguments = (
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--no-first-run", "--disable-background-networking", "--disable-extensions"),
            *(f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}"),
            *("--remote-debugging-pipe", "about:blank"),
        )
        self._program = subprocess.Popen(
            [sys.executable, "-c", _STARTER, str(theirs_in), str(theirs_out), *arguments],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        session, self._session = self._session, None
        with contextlib.suppress(OSError, EOFError):
            self.call("Browser.close")
        del session
        try:
            self._program.wait(10)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def open(self, address):
        """Load a page, and give the seconds until it stood."""
        began = time.monotonic()
        self.call("Page.navigate", url=address)
        while self.run("document.readyState") != "complete":
            time.sleep(0.02)
        return time.monotonic() - began

    def run(self, script):
        """The value of an expression; a promise is waited for."""
        done = self.call(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, key, text=""):
        told = {"key": key, "text": text} if text else {"key": key}
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def _next(self):
        while b"\0" not in self._rest:
            more = os.read(self._in, 1 << 20)
            if not more:
                raise EOFError("the browser is gone")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        answer = json.loads(line)
        told = answer.get("params", {})
        match answer.get("method"):
            case "Runtime.consoleAPICalled":
                self.console.append(json.dumps(told["args"]))
            case "Runtime.exceptionThrown":
                self.console.append(json.dumps(told["exceptionDetails"]))
            case "Log.entryAdded":
                self.console.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
            case "Network.requestWillBeSent" if not told["request"]["url"].startswith("data:"):
                self.requests.append(told["request"]["url"])
        return answer
