// A phone takes part in a drill: log in, wait for the agreed hour by the server's clock, send noise, try three times.

const RETRY_MS = 60_000;
const MOST_TRIES = 3;
const BLOCK = 65_536; // as much noise as a browser gives at once

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function noise(size) {
  const bytes = new Uint8Array(size);
  for (let start = 0; start < size; start += BLOCK) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(start + BLOCK, size)));
  }
  return bytes;
}

// A UUID of version 4; crypto.randomUUID is missing where the page did not come over TLS.
function newId() {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  hex[6] = `4${hex[6][1]}`;
  hex[8] = `a${hex[8][1]}`;
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function ask(path, options = {}) {
  const answer = await fetch(`/api/v1${path}`, options);
  const said = await answer.json();
  if (!answer.ok) {
    throw new Error(said.detail ?? String(answer.status));
  }
  return said;
}

async function takePart(name, password, place) {
  const credentials = { method: "POST", headers: { "Content-Type": "application/json" } };
  const { csrf } = await ask("/session", { ...credentials, body: JSON.stringify({ name, password }) });
  const { now, items } = await ask("/drills");
  const drill = items.at(-1);
  if (!drill) {
    throw new Error("Tidak ada gladi / there is no drill");
  }
  const began = Date.now() + Math.max(Date.parse(drill.at) - Date.parse(now), 0);
  while (Date.now() < began) {
    status.textContent = `Menunggu / waiting: ${Math.ceil((began - Date.now()) / 1000)} s`;
    await pause(500);
  }
  const file = newId();
  const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/octet-stream" };
  for (let tries = 1; ; tries += 1) {
    status.textContent = `Mengirim / sending (${tries})`;
    const path = `/drills/${drill.id}/files?id=${file}&place=${encodeURIComponent(place)}&tries=${tries}`;
    try {
      const done = await ask(path, { method: "POST", headers, body: noise(drill.size_bytes) });
      return `Terkirim / sent: ${done.seconds.toFixed(1)} s`;
    } catch (error) {
      if (!(error instanceof TypeError) || tries === MOST_TRIES) {
        throw error; // refused, or broken off too often
      }
      await pause(RETRY_MS);
    }
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(form);
  form.hidden = true;
  try {
    status.textContent = await takePart(given.get("name"), given.get("password"), given.get("place"));
  } catch (error) {
    status.textContent = `Gagal / failed: ${error.message}`;
    form.hidden = false;
  }
});
