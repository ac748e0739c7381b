// The wall of a counting night: every district, what is stuck, the curve against the rehearsal, and what to do now.

import { get, note, post } from "/static/js/api.js";
import { fill, h, svg } from "/static/js/dom.js";
import { comeIn } from "/static/js/gate.js";
import { newId } from "/static/js/ids.js";
import { live, number, speak, spoken, t } from "/static/js/words.js";

const STATES = ["sent", "by_radio", "moved", "waiting", "no_contact"];
const MARKS = { sent: "●", by_radio: "◉", moved: "◐", waiting: "○", no_contact: "⊖", up: "▲", degraded: "◆", down: "▼", unknown: "◌" };
const LINKS = ["up", "degraded", "down", "unknown"];
const STALE_S = 20;
const SILENT_S = 40; // the server speaks every 15 s
const root = document.getElementById("app");
const night = new URLSearchParams(location.search).get("night") ?? "";
const shown = { wall: null, at: 0, ahead: 0, district: null, station: null, lost: false };

const [session] = await Promise.all([get("/session"), speak(document.documentElement.lang)]);
const opened = session.account ? session : await comeIn(root, session);
note({ csrf: opened.csrf, lost: () => location.reload() });
root.removeAttribute("aria-busy");
listen();
setInterval(tick, 1000);

/** Follow the server; after a break the browser comes again by itself and gets the whole wall. */
function listen() {
  const asked = new URLSearchParams({ lang: spoken(), ...(night && { night }) });
  const stream = new EventSource(`/api/v1/wall/events?${asked}`);
  shown.stream = stream;
  stream.onmessage = (event) => {
    shown.wall = JSON.parse(event.data);
    shown.at = Date.now();
    shown.lost = false;
    live(shown.wall.timezone);
    draw();
  };
  stream.addEventListener("beat", (event) => {
    shown.at = Date.now();
    shown.ahead = new Date(event.data) - shown.at;
  });
  stream.onerror = () => {
    shown.lost = true;
    tick();
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
}

/** The time by the clock of the server: that of this screen may be wrong. */
function now() {
  return Date.now() + shown.ahead;
}

function tick() {
  const clock = root.querySelector(".clock");
  if (!clock || !shown.wall) return;
  clock.textContent = new Date(now()).toLocaleTimeString("id-ID", { timeZone: shown.wall.timezone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const age = root.querySelector(".age");
  const seconds = Math.round((Date.now() - shown.at) / 1000);
  if (seconds > SILENT_S && !shown.lost) { // the line is dead, and nobody told the browser
    shown.lost = true;
    shown.stream.close();
    listen();
  }
  age.textContent = shown.lost ? t("wall.lost", { seconds }) : "";
  for (const one of root.querySelectorAll("[data-since]")) one.textContent = ago(one.dataset.since);
  root.querySelector(".unwatched").textContent = unwatched(shown.wall);
  age.className = `age ${shown.lost && seconds > STALE_S ? "old" : ""}`;
}

function draw() {
  const wall = shown.wall;
  const done = sum(wall, "sent") + sum(wall, "by_radio");
  const focus = document.activeElement?.dataset?.key;
  fill(root, h("main", { class: "wall" },
    h("header", {},
      h("h1", {}, t("wall.title", { region: wall.region })),
      h("span", { class: "big" }, t("wall.done", { done, total: wall.total })),
      STATES.slice(2).map((state) => h("span", { class: state }, mark(state), `${number(sum(wall, state))} ${t(`wall.${state}`)}`)),
      h("span", { class: "age", role: "status" }),
      h("span", { class: "unwatched", role: "status" }),
      h("span", { class: "clock" })),
    h("section", {}, districts(wall)),
    h("aside", {},
      h("section", {}, h("h2", {}, t("wall.todo")), todo(wall)),
      h("section", {}, h("h2", {}, t("wall.curve")), curve(wall, done))),
    wall.listed && shown.district && stations(wall)));
  tick();
  if (focus) root.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
}

/** Say that the links are not watched, if so, and for how long. */
function unwatched(wall) {
  if (wall.is_watched) return "";
  return `${MARKS.unknown} ${wall.watched_until ? t("wall.unwatched", { age: ago(wall.watched_until) }) : t("wall.never_watched")}`;
}

function sum(wall, state) {
  return wall.districts.reduce((total, one) => total + one.stations[state], 0);
}

function mark(name) {
  return h("span", { class: `mark ${name}`, "aria-hidden": "true" }, MARKS[name]);
}

function districts(wall) {
  const head = [t("wall.district"), ...STATES.map((state) => [mark(state), t(`wall.${state}`)]), "", ...LINKS.map((one) => [mark(one), one === "unknown" ? t("wall.unknown") : t(`watch.${one}`)]), t("wall.since")];
  return h("table", {},
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, wall.districts.map((one) => h("tr", { class: one.stations.sent + one.stations.by_radio === one.total ? "done" : "" },
      h("td", {}, wall.listed
        ? h("button", { onclick: () => open(one.code), "data-key": `d${one.code}`, "aria-expanded": String(shown.district === one.code) }, one.name)
        : one.name),
      STATES.map((state) => cell(one.stations[state], state)),
      h("td", {}, bar(one)),
      LINKS.map((condition) => cell(one.links[condition], condition)),
      h("td", {}, ages(one))))));
}

/** For how long the oldest outage of a district lasts, and for how long something of it is unknown. */
function ages(one) {
  const found = [["down", one.down_since], ["unknown", one.unknown_since]].filter(([, since]) => since);
  return found.length ? found.map(([name, since]) => h("span", { class: name }, " ", mark(name), h("span", { "data-since": since }, ago(since)))) : "–";
}

function cell(value, name) {
  return h("td", { class: value ? name : "zero" }, value ? [mark(name), number(value)] : "0");
}

function bar(one) {
  return h("span", { class: "bar", "aria-hidden": "true" },
    ["sent", "by_radio", "moved", "no_contact"].map((state) => {
      const part = h("i", { class: state });
      part.style.width = `${one.total ? (100 * one.stations[state]) / one.total : 0}%`;
      return part;
    }));
}

function ago(iso) {
  const minutes = Math.max(Math.round((now() - new Date(iso)) / 60000), 0);
  return minutes < 120 ? t("wall.minutes", { minutes }) : t("wall.hours", { hours: Math.round(minutes / 60) });
}

function todo(wall) {
  if (!wall.todo.length) return h("p", {}, t("wall.nothing_to_do"));
  return h("ol", {}, wall.todo.map((one) => h("li", {}, h("b", {}, one.what),
    h("small", {}, t("wall.hangs_on", { stations: one.stations }), one.call && ` · ${t("wall.call", { who: one.call })}`))));
}

/** The arrival curve by the clock of the region, over the band of the newest rehearsal. */
function curve(wall, done) {
  if (!wall.arrivals.length && !wall.band.length) return h("p", {}, t("wall.no_curve"));
  const width = 560, height = 270, left = 58, right = 12, top = 14, foot = 32;
  const clock = (time) => (new Date(time) - new Date(wall.midnight)) / 3.6e6;
  const hours = wall.arrivals.map((one) => clock(one.time));
  const here = clock(now());
  const known = [...hours, ...wall.band.flatMap((one) => [one.early_h, one.late_h])];
  const first = Math.floor(Math.min(...known)), last = Math.ceil(Math.max(...known, Math.min(here, first + 24), first + 1));
  const until = Math.min(Math.max(here, ...hours), last);
  const x = (hour) => left + ((width - left - right) * (hour - first)) / (last - first);
  const y = (share) => height - foot - (height - top - foot) * share;
  const steps = wall.arrivals.map((one, i) => `H${x(hours[i]).toFixed(1)}V${y(one.count / wall.total).toFixed(1)}`);
  const edge = (name) => wall.band.map((one) => `${x(one[name]).toFixed(1)} ${y(one.share).toFixed(1)}`);
  const marks = [first, Math.round((first + last) / 2), last];
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("wall.done", { done, total: wall.total }) },
    wall.band.length && svg("path", { class: "band", d: `M${x(first)} ${y(0)}L${edge("early_h").join("L")}L${edge("late_h").reverse().join("L")}Z` }),
    wall.band.length && svg("path", { class: "middle", d: `M${x(first)} ${y(0)}L${edge("middle_h").join("L")}` }),
    [0, 0.5, 1].map((share) => [svg("path", { class: "axis", d: `M${left} ${y(share)}H${width - right}` }),
      svg("text", { x: left - 6, y: y(share) + 7, "text-anchor": "end" }, number(share * wall.total))]),
    svg("path", { class: "curve", d: `M${x(first)} ${y(0)}${steps.join("")}H${x(Math.max(until, first)).toFixed(1)}` }),
    marks.map((hour, i) => svg("text", { x: x(hour), y: height - 7, "text-anchor": ["start", "middle", "end"][i] }, `${String(hour % 24).padStart(2, "0")}.00`)));
}

function open(code) {
  shown.district = shown.district === code ? null : code;
  shown.station = null;
  draw();
}

/** The stations of the open district: one touch chooses, the second marks. */
function stations(wall) {
  const own = wall.stations.filter((one) => one.district_code === shown.district);
  own.sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || a.name.localeCompare(b.name));
  const chosen = own.find((one) => one.code === shown.station);
  const name = wall.districts.find((one) => one.code === shown.district)?.name;
  return h("section", { class: "stations" }, h("h2", {}, t("wall.stations_of", { district: name })),
    h("div", { class: "chips" }, own.map((one) => h("button", {
      "aria-pressed": String(one.code === shown.station), "data-key": `s${one.code}`,
      onclick: () => { shown.station = one.code === shown.station ? null : one.code; draw(); },
    }, mark(one.state), one.name, " ", h("small", {}, t(`wall.${one.state}`))))),
    chosen && acts(wall, chosen));
}

function acts(wall, chosen) {
  const where = h("select", { "aria-label": t("wall.moved_to") }, h("option", { value: "" }, t("wall.moved_to")),
    wall.stations.filter((one) => one.district_code === chosen.district_code && one.code !== chosen.code)
      .map((one) => h("option", { value: one.code, selected: one.code === chosen.send_place_code }, one.name)));
  const send = (state, more = {}) => keep({ id: newId(), place_code: chosen.code, state, ...(night && { night }), ...more });
  return h("div", { class: "marking" }, h("b", {}, chosen.name),
    h("button", { onclick: () => send("sent") }, mark("sent"), t("wall.mark_sent")),
    h("button", { onclick: () => send("by_radio") }, mark("by_radio"), t("wall.mark_by_radio")),
    where, h("button", { onclick: () => where.value && send("moved", { send_place_code: where.value }) }, mark("moved"), t("wall.mark_moved")),
    chosen.state !== "waiting" && h("button", { onclick: () => send("waiting") }, mark("waiting"), t("wall.mark_waiting")),
    chosen.by && h("small", {}, t("wall.marked_by", { who: chosen.by })));
}

/** Send a mark until the server has it: the same id, so that it is noted once. */
async function keep(body) {
  for (let wait = 1; ; wait = Math.min(wait * 2, 30)) {
    try {
      await post("/wall/marks", body);
      shown.station = null;
      say(t("wall.kept"));
      return;
    } catch (error) {
      if (error.status) return say(error.message);
      say(t("wall.not_yet"));
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}

function say(text) {
  document.getElementById("said").textContent = text;
}
