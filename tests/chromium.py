"""A browser without a window, for tests of pages; skipped by name where there is none."""

import json
import os
import select
import shutil
import subprocess
import time

import pytest

READY = 'performance.getEntriesByName("ready").length'  # said by the page itself
LOADED = 'location.href !== "about:blank" && document.readyState === "complete"'


class Browser:
    """Chromium, told what to do through a pipe of its own."""

    def __init__(self, folder):
        program = shutil.which("chromium") or shutil.which("google-chrome")
        if program is None or os.name == "nt":
            pytest.skip("needs Chromium")
        import fcntl

        (take, self._out), (self._in, give) = os.pipe(), os.pipe()
        # It reads at 3 and writes at 4; from places above, so that neither is put over the other.
        high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in (take, give)]
        words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                 "--disable-background-networking", "--disable-component-update",
                 "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]  # fmt: skip
        self.process = subprocess.Popen(
            [program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=lambda: [os.dup2(one, at) for at, one in zip((3, 4), high, strict=True)],
        )  # fmt: skip
        for one in (take, give, *high):
            os.close(one)
        self._kept, self._last, self.said, self._session, self._page = b"", 0, [], {}, None

    def __call__(self, method, **params):
        self._last += 1
        told = {"id": self._last, "method": method, "params": params, **self._session}
        os.write(self._out, json.dumps(told).encode() + b"\0")
        while True:
            while b"\0" not in self._kept:
                assert select.select([self._in], [], [], 60)[0], f"no answer to {method}"
                more = os.read(self._in, 1 << 16)
                assert more, "Chromium has ended"
                self._kept += more
            one, _, self._kept = self._kept.partition(b"\0")
            got = json.loads(one)
            if got.get("id") == self._last:
                assert "error" not in got, got
                return got["result"]
            self.said.append(got)

    def _new_tab(self):
        """A tab that has shown nothing: to navigate from a page that still loads may never end."""
        before, self._session = self._page, {}
        self._page = self("Target.createTarget", url="about:blank")["targetId"]
        if before:
            self("Target.closeTarget", targetId=before)
        told = self("Target.attachToTarget", targetId=self._page, flatten=True)
        self._session = {"sessionId": told["sessionId"]}
        for room in ("Page", "Runtime", "Log", "Network"):
            self(f"{room}.enable")

    def js(self, text):
        told = self("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def open(self, page, state="", width=1280, dark=False, language="en-US", ready=READY, query=""):
        self._new_tab()
        self("Emulation.setDeviceMetricsOverride", width=width, height=850, deviceScaleFactor=1,
             mobile=width < 600)  # fmt: skip
        shade = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[shade])
        agent = self("Browser.getVersion")["userAgent"]
        self("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        self.said.clear()
        self("Page.navigate", url=f"{page.as_uri()}{query}#{state}")
        for _ in range(200):
            if self.js(f"Boolean({ready})"):
                return
            time.sleep(0.05)
        raise AssertionError(f"{page.name} is not ready: {self.js('document.readyState')}")

    def press(self, key, code):
        for kind in ("rawKeyDown", "keyUp"):
            self("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def complaints(self):
        kinds = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [one for one in self.said if one.get("method") in kinds]

    def asked(self):
        return {one["params"]["request"]["url"].split("#")[0] for one in self.said
                if one.get("method") == "Network.requestWillBeSent"}  # fmt: skip

    def close(self):
        self._session = {}
        self("Browser.close")
        self.process.wait(20)
        os.close(self._in)
        os.close(self._out)
