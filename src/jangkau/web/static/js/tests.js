// Points to test: the stops of the newest survey as rows of the list and as features of the map.

import { h } from "./dom.js";
import { go } from "./state.js";
import { day, t } from "./words.js";

export const TEAM_COLOURS = ["#1f5fbf", "#b3541e", "#5b3fa0", "#2f6f3a", "#8a2a5f", "#3b6a7a"];

const hour = (time) => time.slice(11, 16);

function teamsOf(days) {
  return [...new Set(days.map((one) => one.team))];
}

/** Return a row a stop, by day and team, in the order of the way; only of one district where one is given. */
export function testRows(days, district) {
  const teams = teamsOf(days);
  return days.flatMap((one) => one.stops.filter((stop) => !district || stop.district_code === district).map((stop) => {
    const number = h("span", { class: "order" }, String(stop.order));
    number.style.background = TEAM_COLOURS[teams.indexOf(one.team) % TEAM_COLOURS.length];
    const what = `${stop.tests.map((test) => t(`desk.test.${test}`)).join(", ")}: ${stop.operators.join(", ")}`;
    return h("li", {}, h("button", { type: "button", class: "row", "data-pick": `place ${stop.place_code}`, onclick: () => go({ pick: `place ${stop.place_code}` }) },
      h("span", { class: "head" }, number, h("strong", {}, stop.name), h("span", { class: "tag" }, one.team)),
      h("small", {}, [`${day(one.date)} ${hour(stop.arrives)}`, stop.village_name, stop.district_name, what].filter(Boolean).join(" · ")),
      h("span", { class: "reason whole" }, stop.why)));
  }));
}

/** Return the ways of all days and their stops as GeoJSON. */
export function testFeatures(days) {
  const teams = teamsOf(days);
  return { type: "FeatureCollection", features: days.flatMap((one) => {
    const colour = TEAM_COLOURS[teams.indexOf(one.team) % TEAM_COLOURS.length];
    const start = [one.start_longitude, one.start_latitude];
    const at = one.stops.map((stop) => [stop.longitude, stop.latitude]);
    return [
      { type: "Feature", properties: { colour }, geometry: { type: "LineString", coordinates: [start, ...at, start] } },
      ...one.stops.map((stop, k) => ({
        type: "Feature",
        properties: { code: stop.place_code, colour, order: String(stop.order), name: `${one.team} · ${day(one.date)} ${hour(stop.arrives)} · ${stop.name}` },
        geometry: { type: "Point", coordinates: at[k] },
      })),
    ];
  }) };
}
