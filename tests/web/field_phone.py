"""A phone for tests: a browser of its size with a folder of its own, so that it can be killed and started again."""

import contextlib
import io
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from PIL import Image

ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--disable-gpu"]

CLOCK = """
{ const Real = Date;
  const skew = () => globalThis.skewMs ?? 0;
  Date = class extends Real {
    constructor(...those) { if (those.length) super(...those); else super(Real.now() + skew()); }
    static now() { return Real.now() + skew(); }
  }; }
"""

FILL = """async ([codes, count, withPhoto, service]) => {
  const base = await import("/field/base.js");
  const draft = await import("/field/draft.js");
  const { take } = await import("/field/photos.js");
  const { places } = await import("/field/points.js");
  const pack = await base.kept("pack");
  const phone = await base.kept("phone");
  const known = places(pack);
  const ids = [];
  for (let n = 0; n < count; n += 1) {
    const place = known.get(codes[n % codes.length]);
    const own = await draft.newDraft(place, null);
    own.draft.environment = "outdoor";
    own.draft.position = { longitude: place.longitude, latitude: place.latitude, accuracy_m: 7, at: Date.now() };
    for (const operator of pack.operators) own.draft.results[operator] = { service, technology: "4G", rsrp_dbm: -92 };
    if (withPhoto) {
      const [wide, high] = withPhoto;
      const canvas = new OffscreenCanvas(wide, high);
      const pen = canvas.getContext("2d");
      const noise = pen.createImageData(wide, high);
      for (let at = 0; at < noise.data.length; at += 65536) {
        crypto.getRandomValues(noise.data.subarray(at, Math.min(noise.data.length, at + 65536)));
      }
      pen.putImageData(noise, 0, 0);
      own.photos.push({ ...(await take(await canvas.convertToBlob())), sent: false, gone: false });
    }
    await base.keepSheet(own);
    await base.keepSheet({ ...(await draft.finish(own, phone, pack)), rules: [] });
    ids.push(own.id);
  }
  return ids;
}"""

STATES = """async () => {
  const base = await import("/field/base.js");
  const { sent } = await import("/field/outbox.js");
  const all = await base.sheets();
  return all.map((own) => ({ id: own.id, state: own.state, sent: sent(own), photos: own.photos }));
}"""

SEND = """async () => { const outbox = await import("/field/outbox.js"); await outbox.now(); }"""


def chromium():
    """Return the browser, or skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here")
    return found


@contextlib.contextmanager
def serving(app, port=0):
    """Serve an app; gives its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


class FieldPhone:
    """A phone at an address. `start` opens the page, `kill` ends the browser as a dead battery would.

    `skew_ms` is by how much its clock is ahead; `set_clock` sets it while the page is open.
    """

    def __init__(self, playwright, folder, address, at=(116.9, 1.0)):
        self._playwright, self._folder, self.address, self._at = playwright, Path(folder), address, at
        self.context = self.page = None
        self.skew_ms = 0
        self.complaints = []

    def start(self, path="/field/", **more):
        options = {
            "viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True,
            "geolocation": {"longitude": self._at[0], "latitude": self._at[1], "accuracy": 9},
            "permissions": ["geolocation"], "accept_downloads": True,
        }  # fmt: skip
        self.context = self._playwright.chromium.launch_persistent_context(
            str(self._folder), executable_path=chromium(), args=ARGUMENTS, headless=True, **(options | more)
        )
        self.context.add_init_script(f"globalThis.skewMs = {self.skew_ms};")
        self.context.add_init_script(CLOCK)
        self.page = self.context.pages[0]
        self.page.set_default_timeout(60_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(self.address + path)
        return self.page

    def set_clock(self, skew_ms):
        self.skew_ms = skew_ms
        self.context.add_init_script(f"globalThis.skewMs = {skew_ms};")
        self.page.evaluate("(skew) => { globalThis.skewMs = skew; }", skew_ms)

    def kill(self):
        """End the browser at once: only the processes that hold this phone's folder."""
        wanted = str(self._folder).encode()
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and wanted in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
        with contextlib.suppress(Exception):
            self.context.close()

    def close(self):
        if self.context is not None:
            with contextlib.suppress(Exception):
                self.context.close()

    def fill(self, codes, count, photo=False, service="ok", size=(160, 120)):
        return self.page.evaluate(FILL, [codes, count, list(size) if photo else None, service])

    def states(self):
        return {one["id"]: one for one in self.page.evaluate(STATES)}

    def send_until(self, done, seconds=120):
        """Try to send until what is on the phone is as wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.page.evaluate(SEND)
            found = self.states()
            if done(found):
                return found
            time.sleep(0.3)
        raise AssertionError(f"not within {seconds} s: {list(self.states().values())[:3]}")


def all_sent(found):
    return all(one["sent"] for one in found.values())


def picture(size=(800, 600)):
    """Return a photo as a camera writes it."""
    out, data = io.BytesIO(), Image.Exif()
    data[0x010F], data[0x0110] = "Maker", "Model"
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", exif=data)
    return out.getvalue()
