// The list: what is worst comes first, with one sentence of why.

import { get } from "./api.js";
import { drawFilters, drawLegend } from "./filters.js";
import { fill, h } from "./dom.js";
import { sign } from "./looks.js";
import { sayRefusal } from "./said.js";
import { testRows } from "./tests.js";
import { differs, filters, go, picked, state, watch } from "./state.js";
import { number, t } from "./words.js";

const ASKED = ["quantity", "operator", "level", "district", "kind", "power", "remote", "stale", "q", "value"];
const AT_ONCE = 150;

/** Draw the list and keep it up to date; `desk.shown` hears the areas that fit the filters, or null for places. */
export function drawList(root, desk) {
  const rows = h("ol", { class: "rows", onkeydown: walk });
  const legend = h("div");
  const count = h("p", { class: "hint", role: "status" });
  const questions = h("div", { class: "questions" });
  const more = h("button", { type: "button", class: "quiet", hidden: true });
  fill(root, questions, legend, count, rows, more);
  drawFilters(questions, desk);
  let current = null;

  async function load() {
    current?.abort();
    current = new AbortController();
    root.setAttribute("aria-busy", "true");
    try {
      await ({ place: loadPlaces, test: loadTests }[state().level] ?? loadAreas)(current.signal);
      root.removeAttribute("aria-busy");
      mark();
    } catch (error) {
      sayRefusal(error);
    }
  }

  async function fetchAreas(level, signal) {
    const { value, ...asked } = filters(state());
    const { items } = await get("/areas", { ...asked, level }, signal);
    return items;
  }

  async function loadAreas(signal) {
    const all = await fetchAreas(state().level, signal);
    drawLegend(legend, all);
    const fitting = all.filter((area) => !state().value || area.value === state().value);
    show(fitting.map((area) => () => areaRow(area)), fitting.length);
    desk.shown(state().level, fitting);
  }

  async function loadPlaces(signal) {
    const asked = { ...filters(state()), kind: state().kind };
    const [areas, page] = await Promise.all([
      get("/areas", { quantity: asked.quantity, operator: asked.operator, district: asked.district, level: "village" }, signal),
      get("/places", asked, signal),
    ]);
    drawLegend(legend, areas.items);
    fill(rows, page.items.map(placeRow));
    const next = (cursor) => {
      more.hidden = !cursor;
      count.textContent = t(cursor ? "desk.more_than" : "desk.found", { count: rows.children.length });
      more.textContent = t("desk.show_more");
      more.onclick = async () => {
        const following = await get("/places", { ...asked, cursor });
        rows.append(...following.items.map(placeRow));
        next(following.next);
        mark();
      };
    };
    next(page.next);
    if (!page.items.length) empty();
    desk.shown("place", null);
  }

  async function loadTests(signal) {
    const said = await get("/survey", {}, signal);
    fill(legend);
    more.hidden = true;
    count.textContent = said.sentences.join(" ");
    fill(rows, testRows(said.days, state().district));
    if (said.days.length && !state().show.split(",").includes("tests")) go({ show: [...state().show.split(",").filter(Boolean), "tests"].join(",") });
    desk.shown("place", null);
  }

  function show(makers, total) {
    fill(rows, makers.slice(0, AT_ONCE).map((make) => make()));
    count.textContent = t("desk.found", { count: total });
    more.hidden = total <= AT_ONCE;
    more.textContent = t("desk.show_more");
    more.onclick = () => {
      rows.append(...makers.slice(rows.children.length, rows.children.length + AT_ONCE).map((make) => make()));
      more.hidden = rows.children.length >= total;
      mark();
    };
    if (!total) empty();
  }

  function empty() {
    const filtered = ["district", "value", "kind", "power", "remote", "stale", "q"].some((name) => state()[name]);
    fill(rows, h("li", { class: "empty" }, t(filtered ? "desk.nothing_fits" : "desk.nothing_graded")));
  }

  function mark() {
    const { pick } = state();
    for (const button of rows.querySelectorAll("button.row")) {
      const own = button.dataset.pick === pick;
      button.setAttribute("aria-current", String(own));
      if (own) button.scrollIntoView({ block: "nearest" });
    }
  }

  watch((now, before) => {
    if (differs(now, before, ...ASKED)) load();
    else if (now.pick !== before.pick) mark();
  });
  desk.whenAltered(load);
  return load();
}

function areaRow(area) {
  const bad = (area.none ?? 0) + (area.weak ?? 0);
  const said = bad > 0 ? t(`desk.without.${area.unit}`, { count: Math.round(bad) }) : t(`desk.of.${area.unit}`, { count: Math.round(area.denominator ?? 0) });
  return row(`${area.level} ${area.code}`, area, [area.level === "village" ? area.district_name : null, said], badges(area));
}

function placeRow(place) {
  const who = place.population ? t("desk.of.people", { count: place.population }) : place.voters ? t("desk.voters", { count: place.voters }) : null;
  return row(`place ${place.code}`, place, [t(`desk.kind.${place.kind}`), place.village_name, who], badges(place));
}

function row(pick, item, facts, marks) {
  const button = h("button", { type: "button", class: "row", "data-pick": pick, onclick: () => go({ pick }) },
    h("span", { class: "head" }, sign(item.value), h("strong", {}, item.name), marks, h("span", { class: "unseen" }, t(`value.${item.value}`))),
    h("small", {}, facts.filter(Boolean).join(" · ")),
    h("span", { class: "reason" }, item.reason));
  return h("li", {}, button);
}

function badges(item) {
  const found = [
    item.remote && ["remote", t("desk.badge.remote"), t("desk.remote.yes")],
    item.stale && ["stale", t("desk.badge.stale"), t("desk.stale.yes")],
    item.evidence === "tested" && ["tested", t("desk.badge.tested"), t("evidence.tested")],
    item.claimed_blank && ["claimed", t("desk.badge.claimed"), t("desk.claimed_blank")],
    item.stage && ["stage", t(`desk.stage.${item.stage}`), t("desk.remedy")],
  ].filter(Boolean);
  return found.map(([kind, text, title]) => h("span", { class: `tag ${kind}`, title }, text));
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = event.target.closest("li");
  if (!step || !at) return;
  const next = step > 0 ? at.nextElementSibling : at.previousElementSibling;
  next?.querySelector("button")?.focus();
  event.preventDefault();
}

/** Pick the worst village when nothing is picked, so that the page opens with an answer. */
export function pickWorst(areas) {
  if (picked(state().pick).kind === "" && areas.length && matchMedia("(min-width: 900px)").matches) {
    go({ pick: `${areas[0].level} ${areas[0].code}` });
  }
}
