// The readiness board: what is proven, what only predicted, what will not make it, and who must answer.

import { get } from "./api.js";
import { burnDown } from "./charts.js";
import { fill, h } from "./dom.js";
import { STATES, STATE_COLOURS, bar } from "./looks.js";
import { wide } from "./panel.js";
import { sayRefusal } from "./said.js";
import { go } from "./state.js";
import { day, number, percent, t } from "./words.js";

const READY = ["proven", "predicted"];

/** Return the parts of a bar of states. */
export function parts(counts) {
  return STATES.map((state) => [state, counts[state], STATE_COLOURS[state], `${t(`desk.ready.${state}`)} ${number(counts[state])}`]);
}

/** Draw the board. */
export async function drawBoard(root, desk) {
  let said;
  try {
    said = await get("/board");
  } catch (error) {
    return sayRefusal(error);
  }
  const all = sum(said.total.villages), ready = READY.reduce((n, state) => n + said.total.villages[state], 0);
  fill(root,
    h("header", { class: "figures" },
      figure(said.days_left === null ? "–" : number(said.days_left), t("desk.days_left"), said.deadline ? t("desk.until", { date: day(said.deadline) }) : t("desk.no_deadline")),
      figure(`${number(ready)} / ${number(all)}`, t("desk.villages_ready"), t("desk.proven_only", { count: said.total.villages.proven })),
      figure(percent(people(said.total, READY)), t("desk.people_ready"), t("desk.of.people", { count: Math.round(sum(said.total.people)) })),
      figure(number(said.late.length), t("desk.late"), t("desk.late.lead"))),
    h("section", {}, h("h2", {}, t("desk.burn_down")), h("p", { class: "hint" }, t("desk.burn_down.lead")),
      wide(t("desk.burn_down"), burnDown(said.burn_down, said.planned, said.deadline)), key()),
    h("section", {}, h("h2", {}, t("desk.by_district")), wide(t("desk.by_district"), table(said.districts))),
    h("section", {}, h("h2", {}, t("desk.late")), lateList(said.late), unsure(said.total.villages)),
    h("section", {}, h("h2", {}, t("desk.requests")), stakeholders(said.stakeholders)),
    h("p", { class: "hint" }, t("desk.as_of", { date: day(said.as_of) })),
    desk.editor && h("p", {}, h("a", { class: "button", href: "/api/v1/register.xlsx", download: "" }, t("desk.workbook"))));
  desk.ready(said);
}

function figure(value, name, about) {
  return h("div", { class: "figure" }, h("b", {}, value), h("span", {}, name), h("small", {}, about));
}

const sum = (counts) => Object.values(counts).reduce((total, one) => total + one, 0);
const people = (own, states) => states.reduce((n, state) => n + own.people[state], 0) / Math.max(sum(own.people), 1);

function key() {
  return h("p", { class: "keys" }, h("i", { class: "line past" }), t("desk.burn_down.past"), h("i", { class: "line planned" }), t("desk.burn_down.planned"),
    h("i", { class: "line deadline" }), t("desk.deadline"));
}

function table(districts) {
  const head = h("tr", {}, h("th", { scope: "col" }, t("desk.district")), h("th", { scope: "col" }, t("desk.state")),
    STATES.map((state) => h("th", { scope: "col", class: "number" }, h("i", { class: `state ${state}` }), t(`desk.ready.${state}`))),
    h("th", { scope: "col", class: "number" }, t("desk.people_ready")), h("th", { scope: "col", class: "number" }, t("desk.planned_left")));
  const rows = districts.map((d) => h("tr", {},
    h("th", { scope: "row" }, h("button", { type: "button", class: "quiet", onclick: () => go({ view: "map", district: d.code, level: "village", pick: `district ${d.code}` }) }, d.name)),
    h("td", { class: "wide" }, bar(parts(d.villages), parts(d.villages).map((p) => p[3]).join(", "))),
    STATES.map((state) => h("td", { class: "number" }, d.villages[state] ? number(d.villages[state]) : "·")),
    h("td", { class: "number" }, percent(people(d, READY))), h("td", { class: "number" }, number(d.planned[d.planned.length - 1]?.open ?? d.open))));
  return h("table", { class: "board" }, h("thead", {}, head), h("tbody", {}, rows));
}

function lateList(late) {
  if (!late.length) return h("p", { class: "hint" }, t("desk.late.none"));
  return h("ul", { class: "plain" }, late.slice(0, 200).map((one) => h("li", {},
    h("button", { type: "button", class: "quiet", onclick: () => go({ view: "map", pick: `village ${one.village_code}` }) },
      h("strong", {}, one.village_name), h("small", {}, ` ${one.district_name ?? ""}${one.people ? ` · ${t("desk.without.people", { count: Math.round(one.people) })}` : ""}`)),
    h("span", {}, one.name ? `${one.name}: ` : "", one.sentence))));
}

function unsure(villages) {
  const count = villages.unknown + villages.stale;
  return count > 0 && h("p", { class: "hint" }, t("desk.late.unknown", { count }));
}

function stakeholders(found) {
  if (!found.length) return h("p", { class: "hint" }, t("desk.requests.none"));
  return found.map((who) => h("article", { class: "stakeholder" },
    h("h3", {}, who.name, h("small", {}, ` ${t("desk.requests.open", { open: who.open, days: who.oldest_days })}`),
      who.overdue > 0 && h("span", { class: "tag stale" }, t("desk.requests.overdue", { count: who.overdue }))),
    h("ul", { class: "plain" }, who.requests.map((r) => h("li", { class: r.overdue ? "overdue" : "" }, r.name, " ",
      h("small", {}, [t(`desk.request.${r.state}`), t("desk.asked_on", { date: day(r.asked_on) }), r.answer_due && `${t("desk.answer_due")} ${day(r.answer_due)}`,
        r.overdue && t("desk.overdue")].filter(Boolean).join(" · ")))))));
}
