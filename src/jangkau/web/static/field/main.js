// The field page: one thing at a time, everything on the phone, the unsent count always in view.

import { fill, h } from "/static/js/dom.js";
import * as base from "./base.js";
import * as clock from "./clock.js";
import { drawEnrol } from "./enrol.js";
import { drawGuide } from "./guide.js";
import { drawOutbox, drawSheet } from "./box.js";
import { drawPhone } from "./phone.js";
import { drawMap, drawPlace, drawPoints } from "./points.js";
import * as outbox from "./outbox.js";
import { ask, carry } from "./server.js";
import { drawTest } from "./test.js";
import { chosen, live, number, speak, t } from "./words.js";

const SCREENS = { "": drawPoints, map: drawMap, outbox: drawOutbox, phone: drawPhone, place: drawPlace, test: drawTest, guide: drawGuide, sheet: drawSheet };
const TABS = ["", "map", "outbox", "phone"];
const PACK_AGE_MS = 600_000;
const RENEW_MS = 6 * 3_600_000;
const screen = document.getElementById("screen");
const field = { phone: null, pack: null, sheets: [], leave: () => {} };

async function begin() {
  await Promise.all([base.open(), speak(chosen())]);
  await clock.begin();
  navigator.serviceWorker?.register("/field/worker.js");
  field.phone = (await base.kept("phone")) ?? null;
  field.pack = (await base.kept("pack")) ?? null;
  carry(field.phone?.token);
  live(field.pack?.timezone ?? "UTC");
  await base.keep("opened", { at: Date.now() });
  addEventListener("hashchange", show);
  outbox.whenChanged(refresh);
  await refresh();
  await show();
  if (field.phone) await work();
}

/** Once the phone is let in: take the pack along, and send. */
async function work() {
  if (!field.pack || Date.now() - field.pack.taken > PACK_AGE_MS) takePack();
  outbox.begin();
}

async function takePack() {
  field.asked = Date.now();
  try {
    const pack = await ask("GET", "/pack", undefined, 120);
    field.pack = { ...pack, taken: Date.now() };
    await base.keep("pack", field.pack);
    live(pack.timezone);
    bar();
    if (!location.hash.startsWith("#test/")) await show(); // nobody's half-typed test is drawn anew
  } catch (error) {
    if (!field.pack) say(t(error.status ? "field.pack.refused" : "field.pack.waiting"));
  }
}

/** Take up what has changed in the outbox. */
async function refresh() {
  field.sheets = await base.sheets();
  bar();
  field.renew?.();
  const old = Date.now() - Math.max(field.pack?.taken ?? 0, field.asked ?? 0) > RENEW_MS;
  if (field.phone && old && !outbox.busy() && !outbox.trouble()) takePack();
}

function bar() {
  const { unsent, unsafe, all } = outbox.count(field.sheets);
  const trouble = outbox.trouble();
  const [sign, text] = unsent ? ["●", t("field.unsent", { count: unsent })] : unsafe ? ["◐", t("field.all_sent")] : ["✓", t(all ? "field.all_safe" : "field.nothing_yet")];
  fill(document.getElementById("bar"),
    h("strong", {}, field.pack?.region ?? "Jangkau"),
    h("a", { href: "#outbox", class: `count ${unsent ? "unsent" : unsafe ? "sent" : "safe"}`, "data-unsent": unsent },
      h("span", { "aria-hidden": "true" }, sign), " ", text, trouble && trouble.status >= 400 && trouble.status < 500 ? " !" : ""));
}

async function show() {
  field.leave();
  field.leave = () => {};
  field.renew = null;
  if (location.hash.startsWith("#code=") || !field.phone) {
    drawTabs(null);
    drawEnrol(screen, location.hash.startsWith("#code=") ? location.hash.slice(6) : "", let_in);
    return;
  }
  const [name, ...parts] = location.hash.slice(1).split("/").map(decodeURIComponent);
  drawTabs(TABS.includes(name) ? name : null);
  screen.setAttribute("aria-busy", "true");
  await (SCREENS[name] ?? drawPoints)(screen, { ...tools, field }, ...parts);
  screen.removeAttribute("aria-busy");
  screen.scrollTo(0, 0);
}

async function let_in(phone) {
  field.phone = phone;
  await base.keep("phone", phone);
  carry(phone.token);
  location.hash = "";
  await show();
  await work();
}

function drawTabs(current) {
  const nav = document.getElementById("tabs");
  nav.hidden = current === null;
  nav.setAttribute("aria-label", t("field.tabs"));
  const icons = { "": "◎", map: "▲", outbox: "✉", phone: "☰" };
  fill(nav, TABS.map((name) => h("a", { href: `#${name}`, "aria-current": name === current && "page" },
    h("span", { "aria-hidden": "true" }, icons[name]), t(`field.tab.${name || "points"}`))));
}

/** Say something for some seconds. */
function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { said.textContent = ""; }, 6000);
}

const tools = {
  say,
  go: (hash) => { location.hash = hash; },
  refresh,
  show,
  takePack,
  speak: async (language) => { await speak(language); bar(); await show(); },
  send: () => outbox.now(),
  number,
  onLeave: (call) => { field.leave = call; },
  renew: (call) => { field.renew = call; },
};

begin().catch((error) => {
  console.error(error);
  fill(screen, h("p", { class: "warn" }, "Halaman tidak dapat dibuka; data di telepon tidak hilang. Tutup lalu buka lagi. / The page cannot open; nothing on the phone is lost. Close it and open it again."),
    h("p", {}, h("small", {}, String(error.message))));
});
