// What is asked: quantity, operator, and filters; the legend is a filter too and shows shares of people.

import { choice, field, fill, h, later } from "./dom.js";
import { VALUES, bar, COLOURS, sign } from "./looks.js";
import { differs, go, state, watch } from "./state.js";
import { number, percent, t } from "./words.js";

const QUANTITIES = ["signal", "send", "office"];
const KINDS = ["settlement", "polling_station", "village_office", "district_office", "school", "clinic", "other"];
const POWERS = ["pln", "solar", "generator", "none"];
const MORE = ["district", "kind", "power", "stale", "remote", "q", "value"];

/** Draw the questions above the list. */
export function drawFilters(root, desk) {
  const draw = () => fill(root,
    segments("quantity", QUANTITIES.filter((q) => q !== "send" || desk.seesSend).map((q) => [q, t(`quantity.${q}`)]), t("desk.quantity")),
    segments("level", ["district", "village", "place", ...(desk.seesSend ? ["test"] : [])].map((level) => [level, t(`desk.level.${level}`)]), t("desk.level")),
    h("div", { class: "beside" }, search(),
      state().quantity === "signal" && chosen("operator", t("desk.operator"),
        [["any", t("desk.any_operator")], ...desk.region.operators.map((o) => [o, o])])),
    more(desk));
  draw();
  watch((now, before) => {
    if (differs(now, before, "quantity", "level", "operator", ...MORE) && now.q === before.q) draw();
  });
}

function segments(name, options, label) {
  const buttons = options.map(([value, text]) =>
    h("button", { type: "button", "aria-pressed": String(state()[name] === value), onclick: () => go({ [name]: value }) }, text));
  return h("div", { class: "segments", role: "group", "aria-label": label }, buttons);
}

function chosen(name, label, options) {
  return choice(options, state()[name], { "aria-label": label, onchange: (event) => go({ [name]: event.target.value }) });
}

function search() {
  const type = later(200, (text) => go({ q: text }));
  return h("input", {
    type: "search", id: "search", placeholder: t("desk.search"), "aria-label": t("desk.search"), value: state().q,
    oninput: (event) => type(event.target.value),
  });
}

function more(desk) {
  const now = state();
  const all = [["", t("desk.all")]];
  const used = MORE.filter((name) => now[name]).length;
  return h("details", { class: "more", open: sessionStorage.getItem("jangkau.more") === "1",
    ontoggle: (event) => sessionStorage.setItem("jangkau.more", event.target.open ? "1" : "") },
  h("summary", {}, t("desk.filters"), used ? h("span", { class: "count" }, number(used)) : null),
  h("div", { class: "grid" },
    field(t("desk.district"), chosen("district", t("desk.district"), [...all, ...desk.districts.map((d) => [d.code, d.name])])),
    now.level === "place" && field(t("desk.kind"), chosen("kind", t("desk.kind"), [...all, ...KINDS.map((k) => [k, t(`desk.kind.${k}`)])])),
    field(t("desk.power"), chosen("power", t("desk.power"), [...all, ...POWERS.map((p) => [p, t(`desk.power.${p}`)])])),
    field(t("desk.stale"), chosen("stale", t("desk.stale"), [...all, ["true", t("desk.stale.yes")], ["false", t("desk.stale.no")]])),
    field(t("desk.remote"), chosen("remote", t("desk.remote"), [...all, ["true", t("desk.remote.yes")], ["false", t("desk.remote.no")]]))),
  used ? h("button", { type: "button", class: "quiet", onclick: clear }, t("desk.clear")) : null);
}

function clear() {
  go(Object.fromEntries(MORE.map((name) => [name, ""])));
}

/** Draw the legend of grades: how many areas, what share of people; pressing one filters by it. */
export function drawLegend(root, areas) {
  const unit = areas.find((a) => a.denominator)?.unit ?? "people";
  const amounts = { served: 0, weak: 0, none: 0, unknown: 0 };
  for (const area of areas) for (const value of Object.keys(amounts)) amounts[value] += area[value] ?? 0;
  const total = Object.values(amounts).reduce((sum, one) => sum + one, 0);
  const share = (value) => (total && value in amounts ? amounts[value] / total : null);
  const entries = VALUES.map((value) => {
    const pressed = state().value === value;
    const count = areas.filter((a) => a.value === value).length;
    const part = share(value);
    const said = part === null ? "" : t(`desk.share.${unit}`, { share: percent(part), amount: Math.round(amounts[value]) });
    return h("button", { type: "button", "aria-pressed": String(pressed), title: said, onclick: () => go({ value: pressed ? "" : value }) },
      sign(value), h("span", { class: "word" }, t(`value.${value}`)), h("b", {}, number(count)),
      h("small", {}, part === null ? "" : percent(part)));
  });
  const order = ["served", "weak", "none", "unknown"];
  const label = order.map((value) => `${t(`value.${value}`)} ${percent(share(value))}`).join(", ");
  fill(root, h("div", { class: "legend", role: "group", "aria-label": t("desk.legend") }, entries),
    bar(order.map((value) => [value, amounts[value], COLOURS[value], `${t(`value.${value}`)} ${percent(share(value))}`]), label),
    h("p", { class: "hint" }, t(`desk.legend.${unit}`)));
}
