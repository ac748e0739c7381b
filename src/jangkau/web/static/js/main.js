// The desk: who comes in, the frame of the page, and what happens when its address changes.

import { get, note, remove } from "./api.js";
import { fill, h } from "./dom.js";
import { drawInspector } from "./inspector.js";
import { drawList, pickWorst } from "./list.js";
import { comeIn } from "./gate.js";
import { bar } from "./looks.js";
import { drawOutline } from "./outline.js";
import { drawAdmin } from "./admin.js";
import { drawBoard, parts } from "./board.js";
import { say, sayRefusal } from "./said.js";
import { go, picked, state, unwatch, watch } from "./state.js";
import { day, live, number, speak, spoken, t } from "./words.js";

const EDITORS = ["admin", "planner"];
const SEND_READERS = ["admin", "planner", "officer"];
const TESTERS = ["admin", "planner", "officer", "device"];
const app = document.getElementById("app");

async function begin() {
  const [session] = await Promise.all([get("/session"), speak(document.documentElement.lang)]);
  const opened = session.account ? session : await comeIn(app, session);
  note({ csrf: opened.csrf, lost: () => location.reload() });
  await openDesk(opened);
}

async function openDesk({ account, oidc }) {
  const [region, districts] = await Promise.all([get("/region"), get("/areas", { level: "district" })]);
  live(region.timezone);
  document.title = `${region.name} · Jangkau`;
  const desk = makeDesk({ account, oidc, region }, districts.items);
  const places = Object.fromEntries(["list", "map", "inspector", "board", "admin"].map((name) => [name, h("div", { id: name, tabindex: "-1" })]));
  drawFrame(desk, places);
  app.removeAttribute("aria-busy");
  const started = [drawList(places.list, desk), drawMap(places.map, desk), drawInspector(places.inspector, desk)];
  follow(desk, places);
  await Promise.all(started);
}

/** Return what every part of the page needs to know, and how parts tell each other that something has changed. */
function makeDesk({ account, oidc, region }, districts) {
  const listeners = [];
  const desk = {
    account, oidc, region,
    districts: districts.map(({ code, name }) => ({ code, name })).sort((one, other) => one.name.localeCompare(other.name)),
    editor: EDITORS.includes(account.role),
    seesSend: SEND_READERS.includes(account.role),
    mayTest: TESTERS.includes(account.role),
    whenAltered: (call) => listeners.push(call),
    altered: () => { for (const call of listeners) call(); },
    shown: (level, fitting) => {
      desk.fitting = { level, codes: fitting && fitting.map((area) => area.code) };
      desk.map?.fit(desk.fitting);
      if (!desk.opened && level !== "place") pickWorst(fitting);
      desk.opened = true;
    },
    coverage: (found) => { desk.latest = found; desk.map?.coverage(found); },
    ready: () => {},
    map: null, fitting: null, latest: null, opened: false,
    linked: picked(state().pick).kind !== "",
  };
  return desk;
}

/** Draw outlines at once, then the full map when its library has come; outlines stay where that cannot run. */
async function drawMap(root, desk) {
  const plain = h("div", { class: "plainmap" });
  fill(root, plain);
  await drawOutline(plain, desk);
  performance.mark("jangkau.map");
  try {
    const { openMap } = await import("./map.js");
    desk.map = await openMap(root, desk);
    plain.remove();
    if (desk.fitting) desk.map.fit(desk.fitting);
    if (desk.latest) desk.map.coverage(desk.latest);
    root.dataset.ready = "full";
  } catch (error) {
    console.info("outlines only:", error.message);
    root.dataset.ready = "outline";
    root.append(h("p", { class: "hint note" }, t("desk.map.plain")));
    watch((now, before) => (now.quantity !== before.quantity || now.operator !== before.operator || now.pick !== before.pick) && drawOutline(plain, desk));
  }
}

function drawFrame(desk, places) {
  const { region, account } = desk;
  const tab = (view, text) => h("a", { href: `/?view=${view}`, "data-view": view, onclick: (event) => { event.preventDefault(); go({ view }); } }, text);
  const days = region.days_left;
  const standing = h("a", { class: "ready", href: "/?view=board", title: t("desk.board"), onclick: (event) => { event.preventDefault(); go({ view: "board" }); } });
  desk.ready = (board) => {
    const all = Object.values(board.total.villages).reduce((n, one) => n + one, 0);
    const ready = board.total.villages.proven + board.total.villages.predicted;
    const label = t("desk.ready_of", { ready, all });
    fill(standing, bar(parts(board.total.villages), label), h("span", {}, label));
  };
  const loadReady = () => get("/board").then(desk.ready, sayRefusal);
  desk.whenAltered(loadReady);
  loadReady();
  fill(app,
    h("a", { class: "skip", href: "#list", onclick: (event) => { event.preventDefault(); places.list.focus(); } }, t("desk.skip")),
    h("header", { class: "top" },
      h("h1", {}, h("img", { src: "/static/icon.svg", alt: "", width: 26, height: 26 }), region.name),
      days !== null && h("p", { class: "deadline" }, h("b", {}, t("desk.days", { days: Math.abs(days) })), " ", h("small", {}, t(days < 0 ? "desk.days_ago_of" : "desk.until", { date: day(region.deadline) }))),
      standing,
      h("nav", { "aria-label": t("desk.views") }, tab("map", t("desk.view.map")), tab("board", t("desk.view.board")), editorsLink(desk), account.role === "admin" && tab("admin", t("desk.view.admin"))),
      h("details", { class: "own" }, h("summary", {}, account.name), h("div", {},
        h("small", {}, t(`desk.role.${account.role}`)),
        h("button", { type: "button", class: "quiet", lang: spoken() === "id" ? "en" : "id", onclick: otherLanguage }, spoken() === "id" ? "English" : "Bahasa Indonesia"),
        h("button", { type: "button", class: "quiet", onclick: otherTheme }, t("desk.theme")),
        h("button", { type: "button", class: "quiet", onclick: leave }, t("desk.leave"))))),
    h("main", { "data-view": state().view, "data-panel": "list" },
      panel(places.list, "section", t("desk.list")), panel(places.map, "section", t("desk.map")), panel(places.inspector, "aside", t("desk.detail")),
      panel(places.board, "section", t("desk.board")), panel(places.admin, "section", t("desk.view.admin"))),
    h("nav", { class: "tabs", "aria-label": t("desk.panels") }, ["list", "map", "inspector"].map((name) =>
      h("button", { type: "button", "data-panel": name, onclick: () => showPanel(name) }, t(`desk.panel.${name}`)))),
    h("footer", { class: "foot" }, attribution(region)));
}

/** Return the way to the page where phones are let in, for those who may. */
function editorsLink(desk) {
  return desk.editor && h("a", { href: "/phones" }, t("desk.view.phones"));
}

function panel(root, tag, label) {
  return h(tag, { class: `panel ${root.id}`, "aria-label": label }, root);
}

function attribution(region) {
  const graded = region.runs.graded_at ? t("desk.graded", { date: day(region.runs.graded_at) }) : t("desk.never_graded");
  return [h("small", {}, graded), h("small", {}, region.attributions.join(" · ")), h("small", {}, `Jangkau ${region.version}`)];
}

/** Let the frame follow the address. */
function follow(desk, places) {
  const main = app.querySelector("main");
  const draw = { board: () => drawBoard(places.board, desk), admin: () => drawAdmin(places.admin, desk) };
  const show = (now) => {
    main.dataset.view = now.view;
    for (const link of app.querySelectorAll("a[data-view]")) link.toggleAttribute("aria-current", link.dataset.view === now.view);
    draw[now.view]?.();
  };
  show(state());
  if (state().pick) showPanel("inspector");
  watch((now, before) => {
    if (now.view !== before.view) show(now);
    if (now.pick !== before.pick) showPanel(now.pick ? "inspector" : "list");
  });
  desk.whenAltered(() => state().view === "board" && draw.board());
}

function showPanel(name) {
  app.querySelector("main").dataset.panel = name;
  for (const button of app.querySelectorAll(".tabs button")) button.setAttribute("aria-pressed", String(button.dataset.panel === name));
}

async function otherLanguage() {
  await speak(spoken() === "id" ? "en" : "id");
  location.reload();
}

function otherTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem("jangkau.theme", dark ? "light" : "dark");
  location.reload();
}

async function leave() {
  await remove("/session");
  unwatch();
  location.href = "/";
}

addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, select, textarea")) return;
  if (event.key === "/") {
    event.preventDefault();
    showPanel("list");
    document.getElementById("search")?.focus();
  }
  if (event.key === "Escape" && picked(state().pick).kind) go({ pick: "" });
});

begin().catch((error) => {
  console.error(error);
  say(error.status ? error.message : "Server tidak menjawab. / The server does not answer.");
});
