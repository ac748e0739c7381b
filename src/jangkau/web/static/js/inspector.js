// The inspector: why comes first, then the drawing, then numbers, then evidence with age, then what is done about it.

import { get } from "./api.js";
import { profile } from "./charts.js";
import { fill, h } from "./dom.js";
import { COLOURS, badge, bar } from "./looks.js";
import { close } from "./panel.js";
import { drawRemedies } from "./remedies.js";
import { sayRefusal } from "./said.js";
import { go, picked, state, watch } from "./state.js";
import { visitForm } from "./visit.js";
import { drawWhatIf } from "./whatif.js";
import { age, day, has, moment, number, percent, spoken, t } from "./words.js";

const MAKERS = { village: drawArea, district: drawArea, place: drawPlace, point: drawPoint, site: drawWhatIf };

const MEDIA = ["fibre", "wireless", "cellular", "vsat", "leo"];

/** Keep the inspector showing what is picked. */
export function drawInspector(root, desk) {
  let current = null;

  async function draw() {
    current?.abort();
    current = new AbortController();
    const own = picked(state().pick);
    const make = MAKERS[own.kind];
    root.classList.toggle("empty", !make);
    if (!make) return fill(root, h("p", { class: "hint" }, t("desk.pick_something")));
    root.setAttribute("aria-busy", "true");
    try {
      await make(root, desk, own, current.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 404) fill(root, close(), h("p", { class: "hint" }, error.message));
      else sayRefusal(error);
    }
    root.removeAttribute("aria-busy");
  }

  watch((now, before) => {
    if (now.pick !== before.pick) {
      root.scrollTop = 0;
      draw();
    }
  });
  desk.whenAltered(draw);
  return draw();
}

async function drawArea(root, desk, own, signal) {
  const said = await get(`/${own.kind}s/${encodeURIComponent(own.code)}`, {}, signal);
  const area = said.grades.find((g) => g.quantity === state().quantity && g.operator === (g.quantity === "signal" ? state().operator : "any")) ?? said.area;
  const worst = said.places.find((p) => p.longitude !== null && p.quantity === "signal") ?? said.places.find((p) => p.longitude !== null);
  const point = worst ?? (area.longitude !== null ? area : null);
  const explained = h("div", { class: "why", "aria-busy": String(Boolean(point)) });
  const parent = area.level === "village" && area.district_code;
  fill(root, close(),
    h("header", {}, h("h2", {}, area.name), badge(area.value),
      h("p", { class: "hint" },
        parent ? h("a", { href: `/?pick=district+${area.district_code}`, onclick: step(`district ${area.district_code}`) }, area.district_name) : t("desk.level.district"),
        area.remote ? ` · ${t("desk.remote.yes")}` : "", area.population ? ` · ${t("desk.of.people", { count: area.population })}` : "")),
    h("p", { class: "reason" }, area.reason), explained,
    shares(said.grades), claims(said.claims), placesList(said.places),
    drawRemedies(desk, said.remedies, area.level === "village" ? { village_code: area.code, quantity: state().quantity, operator: "any", name: area.name } : null),
    sources(said.sources, area.rule));
  if (point) {
    await explain(explained, desk, point, worst ? t("desk.why.worst", { place: worst.name }) : t("desk.why.inside"), signal);
  }
}

async function drawPlace(root, desk, own, signal) {
  const said = await get(`/places/${encodeURIComponent(own.code)}`, {}, signal);
  const { place } = said;
  const explained = h("div", { class: "why" });
  fill(root, close(),
    h("header", {}, h("h2", {}, place.name), badge(place.value),
      h("p", { class: "hint" }, t(`desk.kind.${place.kind}`), " · ",
        h("a", { href: `/?pick=village+${place.village_code}`, onclick: step(`village ${place.village_code}`) }, place.village_name ?? place.village_code),
        place.population ? ` · ${t("desk.of.people", { count: place.population })}` : "",
        place.voters ? ` · ${t("desk.voters", { count: place.voters })}` : "",
        place.power ? ` · ${has(`desk.power.${place.power}`) ? t(`desk.power.${place.power}`) : place.power}` : "")),
    h("p", { class: "reason" }, place.reason), explained, answers(said.grades),
    evidence(said), visitForm(desk, place),
    drawRemedies(desk, said.remedies, { place_code: place.code, quantity: place.quantity, operator: "any", name: place.name }));
  if (place.longitude !== null) await explain(explained, desk, place, null, signal);
}

async function drawPoint(root, desk, own, signal) {
  const [longitude, latitude] = own.point;
  const explained = h("div", { class: "why", "aria-busy": "true" });
  fill(root, close(), h("header", {}, h("h2", {}, t("desk.point"))), explained);
  const said = await explain(explained, desk, { longitude, latitude }, null, signal);
  fill(root, close(),
    h("header", {}, h("h2", {}, t("desk.point")),
      h("p", { class: "hint" }, `${number(latitude, 5)}°; ${number(longitude, 5)}°`,
        said.terrain_amsl_m === null ? "" : ` · ${t("desk.altitude", { height: said.terrain_amsl_m })}`,
        said.village_code ? [" · ", h("a", { href: `/?pick=village+${said.village_code}`, onclick: step(`village ${said.village_code}`) }, said.village_name)] : "")),
    explained,
    h("button", { type: "button", onclick: () => go({ pick: `site ${longitude} ${latitude}` }) }, t("desk.whatif.here")));
}

function step(pick) {
  return (event) => {
    event.preventDefault();
    go({ pick });
  };
}

/** Say why the signal at a point is as it is, operator by operator; the picked operator, else the best, is open. */
async function explain(root, desk, point, about, signal) {
  root.setAttribute("aria-busy", "true");
  fill(root, h("p", { class: "hint" }, t("desk.why.computing")));
  const said = await get("/why", { longitude: point.longitude, latitude: point.latitude }, signal);
  const first = said.operators.find((one) => one.operator === state().operator) ?? said.operators[0];
  const width = Math.max(280, Math.min(root.clientWidth || 380, 640));
  fill(root, about && h("h3", {}, about),
    said.operators.map((one) => h("details", { class: "operator", open: one === first },
      h("summary", {}, badge(one.value), h("strong", {}, one.operator), h("span", { class: "number" }, one.rsrp_dbm === null ? "" : `${number(one.rsrp_dbm)} dBm`)),
      h("p", { class: "sentence" }, one.sentence), one.path && profile(one.path, one.cell, width), facts(one), nearby(one.measured), terms(one))));
  root.removeAttribute("aria-busy");
  return said;
}

function facts(one) {
  const cell = one.cell;
  const rows = [
    one.probability_served !== null && [t("desk.probability"), percent(one.probability_served), t(one.corrected ? "desk.source.corrected" : "desk.source.predicted")],
    one.probability_weak !== null && [t("desk.probability_weak"), percent(one.probability_weak), t(one.corrected ? "desk.source.corrected" : "desk.source.predicted")],
    one.rsrp_dbm !== null && [t("desk.level_dbm"), `${number(one.rsrp_dbm, 1)} dBm ± ${number(one.error_db, 1)} dB`, t(one.corrected ? "desk.source.corrected" : "desk.source.predicted")],
    cell && [t("desk.cell"), `${cell.code} · ${number(cell.frequency_mhz)} MHz · ${cell.site_name}`, t("desk.source.register")],
    cell && cell.distance_km !== null && [t("desk.distance"), `${number(cell.distance_km, 1)} km`, t("desk.source.register")],
    cell && [t("desk.antenna"), `${number(cell.height_agl_m)} m · ${number(cell.reference_signal_eirp_dbm, 1)} dBm`,
      cell.assumed.length ? t("desk.source.assumed", { what: cell.assumed.map((name) => t(`assumed.${name}`)).join(", ") }) : t("desk.source.register")],
  ].filter(Boolean);
  return h("dl", { class: "facts" }, rows.map(([name, value, source]) =>
    [h("dt", {}, name), h("dd", { title: source }, value, h("small", {}, source))]));
}

function nearby(measured) {
  if (!measured.length) return h("p", { class: "hint" }, t("desk.measured.none"));
  return h("table", {}, h("caption", {}, t("desk.measured")),
    measured.slice(0, 5).map((m) => h("tr", {},
      h("td", {}, m.service === "none" ? t("desk.service.none") : `${number(m.rsrp_dbm)} dBm`),
      h("td", {}, `${number(m.distance_m)} m`), h("td", { title: moment(m.time) }, age(m.age_days)))));
}

function terms(one) {
  if (!one.path) return null;
  return h("details", { class: "terms" }, h("summary", {}, t("desk.terms", { loss: number(one.path.loss_db, 1) })),
    h("table", {}, one.path.terms.map((term) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, term.name)), h("td", {}, `${number(term.value, 2)} ${term.unit}`)))),
    h("p", { class: "hint" }, t("desk.rule", { rule: one.rule })));
}

const ORDER = ["served", "weak", "none", "unknown"];

function shares(grades) {
  const rows = grades.map((g) => {
    const parts = ORDER.map((value) => [value, g[value] ?? 0, COLOURS[value], `${t(`value.${value}`)} ${number(g[value] ?? 0)}`]);
    const name = g.quantity === "signal" ? (g.operator === "any" ? t("desk.any_operator") : g.operator) : t(`quantity.${g.quantity}`);
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, badge(g.value)),
      h("td", { class: "wide" }, bar(parts, parts.map((p) => p[3]).join(", ")), h("small", {}, t(`desk.of.${g.unit}`, { count: Math.round(g.denominator ?? 0) }))));
  });
  return h("section", {}, h("h3", {}, t("desk.shares")), h("table", { class: "shares" }, rows));
}

function answers(grades) {
  return h("section", {}, h("h3", {}, t("desk.answers")), h("ul", { class: "plain" }, grades.map((g) => h("li", {},
    badge(g.value), h("strong", {}, g.quantity === "signal" ? (g.operator === "any" ? t("desk.any_operator") : g.operator) : t(`quantity.${g.quantity}`)),
    h("small", {}, `${t(`evidence.${g.evidence}`)}${g.tests ? ` · ${t("desk.corrected", { count: g.tests })}` : ""}${g.evidence_date ? ` ${day(g.evidence_date)}` : ""}${g.stale ? ` · ${t("desk.stale.yes")}` : ""} · ${g.rule}`),
    h("p", {}, g.reason)))));
}

function claims(found) {
  if (!found.length) return null;
  const verdict = { true: "desk.claim.agrees", false: "desk.claim.disagrees", null: "desk.claim.unsettled" };
  const subject = (claim) => `desk.subject.${claim.says_served ? "served" : claim.subject}`;
  return h("section", {}, h("h3", {}, t("desk.claims")), h("ul", { class: "plain" }, found.map((claim) => h("li", {},
    h("p", {}, h("span", { class: "tag claimed" }, t("desk.badge.claimed")), ` ${has(subject(claim)) ? t(subject(claim)) : claim.subject}`,
      claim.statement ? `: ${claim.statement}` : ""),
    h("small", {}, [claim.publisher, day(claim.claimed_on), t(verdict[claim.agrees])].filter(Boolean).join(" · "))))));
}

function placesList(places) {
  if (!places.length) return h("p", { class: "hint" }, t("desk.no_places"));
  return h("section", {}, h("h3", {}, t("desk.places")), h("ul", { class: "places" }, places.slice(0, 60).map((place) => h("li", {},
    h("button", { type: "button", class: "quiet", onclick: () => go({ pick: `place ${place.code}` }) }, badge(place.value), ` ${place.name}`,
      h("small", {}, ` ${t(`desk.kind.${place.kind}`)}`))))));
}

/** How a link that is in use did: a picture that is fetched when somebody opens it. */
function smoke(link) {
  if (!["fitted", "tested", "accepted"].includes(link.stage)) return null;
  const picture = h("img", { alt: t("desk.smoke"), class: "smoke" });
  const show = () => { picture.src ||= `/api/v1/links/${encodeURIComponent(link.code)}/smoke.svg?lang=${spoken()}`; };
  return h("details", { ontoggle: show }, h("summary", {}, t("desk.smoke")), picture);
}

function evidence({ visits, probes, links, rate_changes: changes }) {
  return h("section", {}, h("h3", {}, t("desk.evidence")),
    !visits.length && !probes.length && h("p", { class: "hint" }, t("desk.evidence.none")),
    h("ul", { class: "plain" }, visits.slice(0, 20).map((v) => h("li", {},
      h("strong", {}, v.operator ?? t("desk.internet")), ` ${t(`desk.service.${v.service}`)}${v.rsrp_dbm !== null ? ` · ${number(v.rsrp_dbm)} dBm` : ""}`,
      speeds(v), h("small", { title: moment(v.time) }, [age(v.age_days), v.tester].filter(Boolean).join(" · ")),
      v.counts_less.length > 0 && h("small", { class: "tag stale" }, t("desk.visit.counts_less", { reasons: v.counts_less.join(" ") }))))),
    h("ul", { class: "plain" }, probes.slice(0, 20).map((p) => h("li", {},
      h("strong", {}, p.link_code), ` ${t(p.up ? "desk.link.up" : "desk.link.down")}`, speeds(p), h("small", { title: moment(p.time) }, age(p.age_days))))),
    links.length > 0 && h("h3", {}, t("desk.links")),
    h("ul", { class: "plain" }, links.map((link) => h("li", {},
      h("strong", {}, link.provider ?? link.code), ` ${medium(link.medium)} ${t(`desk.link.${link.stage}`)}`, speeds(link),
      h("small", {}, [day(link.valid_from), link.temporary && t("desk.link.temporary", { date: day(link.take_down_on) })].filter(Boolean).join(" · ")), smoke(link)))),
    changes.length > 0 && h("h3", {}, t("desk.rates")),
    h("ul", { class: "plain" }, changes.map((change) => h("li", {},
      h("strong", {}, day(change.on)), ` ${rates(change.before)} → ${rates(change.after)}`,
      h("small", {}, [change.tested_before && t("desk.rates.before", { rate: rates(change.tested_before) }),
        change.tested_after ? t("desk.rates.after", { rate: rates(change.tested_after), age: age(change.tested_after.age_days) })
          : t("desk.rates.untested")].filter(Boolean).join(" · "))))));
}

function medium(name) {
  return MEDIA.includes(name) ? t(`medium.${name}`) : name ?? "";
}

function rates(one) {
  return t("desk.speeds", { down: number(one.download_mbps, 1), up: number(one.upload_mbps, 1) });
}

function speeds(one) {
  if (one.download_mbps === null && one.upload_mbps === null) return null;
  return ` · ${t("desk.speeds", { down: number(one.download_mbps, 1), up: number(one.upload_mbps, 1) })}`;
}

function sources(found, rule) {
  return h("footer", { class: "sources" }, h("small", {}, t("desk.rule", { rule }), found.map((s) => ` · ${s.what} (${s.publisher ?? ""} ${day(s.date)})`)));
}
