// A plain map from outlines alone: seen at once, before the map library is there, and where it cannot run.

import { get } from "./api.js";
import { fill, svg } from "./dom.js";
import { COLOURS, tenths } from "./looks.js";
import { go, picked, state } from "./state.js";
import { t } from "./words.js";

/** Draw the outlines of the villages of the region with their grades; gives a function that draws them anew. */
export async function drawOutline(root, desk) {
  const { quantity, operator } = state();
  const asked = { quantity, operator: quantity === "signal" ? operator : "any", coarse: true };
  const { features } = await get("/geo/villages", asked);
  const drawn = features.filter((feature) => feature.geometry);
  const [west, south, east, north] = desk.region.bounds;
  const narrow = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = 1000 / Math.max((east - west) * narrow, north - south);
  const at = ([longitude, latitude]) =>
    `${((longitude - west) * narrow * scale).toFixed(1)} ${((north - latitude) * scale).toFixed(1)}`;
  const rings = (geometry) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates ?? []).flat();
  const outline = (geometry) => rings(geometry).map((ring) => `M${ring.map(at).join("L")}Z`).join("");
  const shares = [...new Set(drawn.filter((f) => f.properties.value === "partial").map((f) => tenths(f.properties).join("-")))];
  const paths = drawn.map(({ geometry, properties }) =>
    svg("path", {
      d: outline(geometry), class: `area${picked(state().pick).code === properties.code ? " picked" : ""}`,
      fill: `url(#plain-${properties.value === "partial" ? tenths(properties).join("-") : properties.value})`, onclick: () => go({ pick: `village ${properties.code}` }),
    }, svg("title", {}, `${properties.name}: ${t(`value.${properties.value}`)}`)));
  fill(root, svg("svg", {
    class: "outline", role: "img", "aria-label": t("desk.map_of", { region: desk.region.name }),
    viewBox: `0 0 ${(east - west) * narrow * scale} ${(north - south) * scale}`,
  }, svg("defs", {}, ["served", "weak", "none", "unknown"].map(pattern), shares.map(partial)), paths));
}

function pattern(value) {
  const colour = COLOURS[value];
  const marks = {
    served: [],
    weak: [svg("circle", { cx: 3, cy: 3, r: 1.6, fill: colour }), svg("circle", { cx: 9, cy: 9, r: 1.6, fill: colour })],
    none: [svg("path", { d: "M0 3h12M0 9h12", stroke: colour, "stroke-width": 1.6 })],
    unknown: [svg("path", { d: "M-2 14L14 -2M-2 2L2 -2M10 14L14 10", stroke: colour, "stroke-width": 1.4 })],
  };
  const wash = svg("rect", { width: 12, height: 12, fill: colour, opacity: value === "unknown" ? 0.12 : 0.45 });
  return svg("pattern", { id: `plain-${value}`, width: 12, height: 12, patternUnits: "userSpaceOnUse" }, wash, marks[value]);
}

function partial(share) {
  const [served, weak, none] = share.split("-").map(Number);
  const widths = { served, weak, none, unknown: Math.max(10 - served - weak - none, 0) };
  let x = 0;
  const stripes = Object.entries(widths).map(([value, width]) => {
    x += width * 2;
    return svg("rect", { x: x - width * 2, width: width * 2, height: 20, fill: COLOURS[value], opacity: 0.55 });
  });
  return svg("pattern", { id: `plain-${share}`, width: 20, height: 20, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, stripes);
}
