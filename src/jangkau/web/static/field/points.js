// Where to test: the list by group and distance, the small map, and one place with its way.

import { fill, h, svg } from "/static/js/dom.js";
import { keepSheet } from "./base.js";
import { map } from "./map.js";
import { follow, heading, here, problem } from "./position.js";
import { bearing, metres } from "./rules.js";
import { newDraft } from "./draft.js";
import { distance, said, t } from "./words.js";

const MOST_ROWS = 60;

/** Return all places of the pack by code. */
export function places(pack) {
  return new Map(pack.places.map(([code, name, kind, longitude, latitude, accuracy_m, village, send_place]) =>
    [code, { code, name, kind, longitude, latitude, accuracy_m, village: pack.villages[village] ?? "", send_place }]));
}

/** Return the points of the pack with their places, tested ones marked, the most useful first. */
function points(field) {
  const known = places(field.pack);
  const tested = new Set(field.sheets.filter((own) => own.state !== "draft").map((own) => own.place_code));
  const at = here();
  const found = field.pack.points.filter((p) => known.has(p.code)).map((p) => {
    const place = known.get(p.code);
    return { ...place, ...p, tested: tested.has(p.code), away: away(at, place) };
  });
  return found.sort((one, other) => one.tested - other.tested || Math.floor(one.group / 10) - Math.floor(other.group / 10)
    || (at ? (one.away ?? Infinity) - (other.away ?? Infinity) : one.group - other.group));
}

function away(at, place) {
  return at && place.longitude !== null ? metres(at.longitude, at.latitude, place.longitude, place.latitude) : null;
}

export function drawPoints(root, tools) {
  const { field } = tools;
  if (!field.pack) return waiting(root);
  const list = h("ul", { class: "rows" });
  const gps = h("p", { class: "hint" });
  const search = h("input", { type: "search", placeholder: t("field.search"), "aria-label": t("field.search") });
  const drafts = field.sheets.filter((own) => own.state === "draft");
  fill(root, drafts.map((own) => h("a", { class: "row draft", href: `#test/${own.id}/${own.draft.step ?? 1}` }, h("b", {}, t("field.draft_of", { place: own.place_name })), h("span", { class: "go" }, "›"))),
    h("h1", {}, t("field.today")), gps, list, h("div", { class: "field" }, search),
    field.pack.note && h("p", { class: "hint" }, field.pack.note), h("p", { class: "hint" }, field.pack.licences.join(" · ")));
  const draw = () => {
    const at = here();
    gps.textContent = at ? t("field.gps.ok", { metres: at.accuracy_m }) : t(problem() ?? "field.gps.searching");
    const wanted = search.value.trim().toLowerCase();
    const all = wanted ? found(field, wanted) : points(field);
    fill(list, all.slice(0, MOST_ROWS).map((one) => row(one)), all.length === 0 && h("li", { class: "hint" }, t(wanted ? "field.none_found" : "field.all_tested")));
  };
  search.addEventListener("input", draw);
  let [last, known] = [0, false];
  tools.onLeave(follow(() => { // no row moves under a thumb: drawn anew only now and then
    if (known && Date.now() - last < 15_000) return;
    [last, known] = [Date.now(), Boolean(here())];
    draw();
  }));
  tools.renew(draw);
  draw();
  return null;
}

function found(field, wanted) {
  const at = here();
  return [...places(field.pack).values()].filter((p) => `${p.name} ${p.code} ${p.village}`.toLowerCase().includes(wanted))
    .map((p) => ({ ...p, away: away(at, p) })).sort((one, other) => (one.away ?? 0) - (other.away ?? 0));
}

function row(one) {
  const why = one.why && said(one.why);
  return h("li", {}, h("a", { class: "row", href: `#place/${encodeURIComponent(one.code)}` },
    h("span", { class: "what" }, h("b", {}, one.tested && "✓ ", one.name), h("small", {}, [t(`field.kind.${one.kind}`), one.village].filter(Boolean).join(" · ")), why && h("span", { class: "why" }, why)),
    h("span", { class: "far" }, distance(one.away)), h("span", { class: "go", "aria-hidden": "true" }, "›")));
}

export function drawMap(root, tools) {
  const { field } = tools;
  if (!field.pack) return waiting(root);
  const known = places(field.pack);
  const listed = points(field);
  const rest = new Set(listed.map((p) => p.code));
  const all = [...listed, ...[...known.values()].filter((p) => !rest.has(p.code))];
  const { root: box, draw } = map(field.pack, all, (code) => tools.go(`place/${encodeURIComponent(code)}`));
  fill(root, box);
  draw();
  const stop = follow(draw);
  addEventListener("resize", draw);
  tools.onLeave(() => { stop(); removeEventListener("resize", draw); });
  return null;
}

export function drawPlace(root, tools, code) {
  const { field } = tools;
  const place = field.pack && places(field.pack).get(code);
  if (!place) return waiting(root);
  const point = field.pack.points.find((p) => p.code === code);
  const way = h("div", { class: "way" });
  const own = field.sheets.filter((s) => s.place_code === code && s.state !== "draft");
  fill(root, back("", t("field.tab.points")), h("h1", {}, place.name),
    h("p", { class: "hint" }, [t(`field.kind.${place.kind}`), place.village, code].filter(Boolean).join(" · ")),
    point && h("p", { class: "why big" }, said(point.why)),
    way,
    h("button", { class: "main", onclick: start }, t("field.start")),
    own.length > 0 && h("section", {}, h("h2", {}, t("field.tested_here")), h("ul", { class: "rows" }, own.map((s) => h("li", {}, h("a", { class: "row", href: `#sheet/${s.id}` }, h("span", { class: "what" }, t("field.number", { number: s.number }), h("small", {}, t(`field.state.${s.state}`))), h("span", { class: "go" }, "›")))))));
  const draw = () => fill(way, direction(place));
  tools.onLeave(follow(draw));
  draw();
  return null;

  async function start() {
    const draft = await newDraft(place, point?.task ?? null);
    await keepSheet(draft);
    await tools.refresh();
    tools.go(`test/${draft.id}/1`);
  }
}

/** Return distance and arrow to a place. */
export function direction(place) {
  const at = here();
  if (place.longitude === null) return h("p", { class: "warn" }, t("field.no_place_position"));
  if (!at) return h("p", { class: "hint" }, t(problem() ?? "field.gps.searching"));
  const far = metres(at.longitude, at.latitude, place.longitude, place.latitude);
  const angle = bearing(at.longitude, at.latitude, place.longitude, place.latitude);
  const turned = heading() === null ? angle : angle - heading();
  const wind = t(`field.wind.${Math.round(angle / 45) % 8}`);
  return [
    svg("svg", { class: "arrow", viewBox: "-50 -50 100 100", role: "img", "aria-label": t("field.arrow", { wind, degrees: Math.round(angle) }) },
      svg("circle", { r: 46, class: "dial" }), svg("path", { d: "M0-40 L22 30 L0 16 L-22 30Z", transform: `rotate(${turned})`, class: "needle" })),
    h("div", {}, h("p", { class: "distance" }, distance(far)), h("p", {}, `${wind} · ${Math.round(angle)}°`),
      h("small", {}, t(heading() === null ? "field.arrow_north" : "field.arrow_phone")), h("br"), h("small", {}, t("field.gps.ok", { metres: at.accuracy_m }))),
  ];
}

export function back(hash, text) {
  return h("a", { class: "back", href: `#${hash}` }, "‹ ", text);
}

function waiting(root) {
  fill(root, h("h1", {}, t("field.pack.title")), h("p", {}, t("field.pack.waiting")));
  return null;
}

