// The signs of grades: shape repeats colour, so that they speak in grey too. The same on list, map and legend.

import { h, svg } from "./dom.js";
import { t } from "./words.js";

export const VALUES = ["none", "partial", "weak", "unknown", "served"];
export const COLOURS = { served: "#1b7f8c", weak: "#d99a2b", none: "#a5224f", unknown: "#8b919a", partial: "#5d6470" };
export const STATES = ["proven", "predicted", "stale", "partial", "none", "unknown"];
export const STATE_COLOURS = {
  proven: "#12606b", predicted: "#5fb0ba", stale: "#b7d3a8", partial: "#d99a2b", none: "#a5224f", unknown: "#8b919a",
};

/** Return the sign of a grade as a small drawing. */
export function sign(value, size = 16) {
  const colour = `var(--${value})`;
  const ring = (more = {}) => svg("circle", { cx: 8, cy: 8, r: 6, fill: "none", stroke: colour, "stroke-width": 2, ...more });
  const shapes = {
    served: () => [svg("circle", { cx: 8, cy: 8, r: 7, fill: colour })],
    weak: () => [ring(), svg("path", { d: "M8 2a6 6 0 0 0 0 12z", fill: colour })],
    none: () => [ring({ "stroke-width": 2.4 }), svg("path", { d: "M3 8h10", stroke: colour, "stroke-width": 2.4 })],
    unknown: () => [ring({ "stroke-dasharray": "2.3 2.4" })],
    partial: () => [
      svg("path", { d: "M8 1a7 7 0 0 0 0 14z", fill: "var(--none)" }), svg("path", { d: "M8 1a7 7 0 0 1 0 14z", fill: "var(--served)" }),
    ],
  };
  return svg("svg", { class: "sign", width: size, height: size, viewBox: "0 0 16 16", "aria-hidden": "true" }, shapes[value]());
}

/** Return a grade as sign and word. */
export function badge(value) {
  return h("span", { class: `badge ${value}` }, sign(value), t(`value.${value}`));
}

/** Return a bar of shares: [key, amount, colour, label] parts. */
export function bar(parts, label) {
  const total = parts.reduce((sum, [, amount]) => sum + amount, 0);
  if (!total) return null;
  let at = 0;
  const rects = parts.filter(([, amount]) => amount > 0).map(([key, amount, colour, said]) => {
    const width = (100 * amount) / total;
    const rect = svg("rect", { x: at, y: 0, width: Math.max(width - 0.4, 0.3), height: 10, fill: colour, class: `share ${key}` },
      svg("title", {}, said));
    at += width;
    return rect;
  });
  return svg("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": label }, rects);
}

function shade(value) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${value}`).trim();
}

/** Return a canvas with a sign for the map, at twice the size for sharp screens; tested points get an outline. */
export function stamp(value, tested, sheet, ink) {
  const size = 44;
  const canvas = h("canvas", { width: size, height: size });
  const pen = canvas.getContext("2d");
  const middle = size / 2;
  const disc = (radius, colour) => { pen.fillStyle = colour; pen.beginPath(); pen.arc(middle, middle, radius, 0, 7); pen.fill(); };
  const ring = (radius, width, colour, dash = []) => {
    pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash);
    pen.beginPath(); pen.arc(middle, middle, radius, 0, 7); pen.stroke(); pen.setLineDash([]);
  };
  const half = (colour, from) => { pen.fillStyle = colour; pen.beginPath(); pen.arc(middle, middle, 12, from, from + Math.PI); pen.fill(); };
  const colour = shade(value);
  disc(tested ? 19 : 15.5, tested ? ink : sheet);
  if (tested) disc(16, sheet);
  if (value === "served") disc(12.5, colour);
  if (value === "weak") { half(colour, Math.PI / 2); ring(11, 3, colour); }
  if (value === "none") { ring(10.5, 4.5, colour); pen.fillStyle = colour; pen.fillRect(middle - 10, middle - 2.5, 20, 5); }
  if (value === "unknown") ring(10.5, 4, colour, [4.5, 4]);
  if (value === "partial") { half(shade("none"), Math.PI / 2); half(shade("served"), -Math.PI / 2); }
  return pen.getImageData(0, 0, size, size);
}

/** Return the tenths of an area's people that are served, weak and none; the rest is unknown. */
export function tenths(area) {
  const whole = Math.max(area.denominator ?? 0, 1e-9);
  return ["served", "weak", "none"].map((value) => Math.round((10 * (area[value] ?? 0)) / whole));
}

/** Return a tile for filling an area of a grade; a partial one shows its tenths as stripes. */
export function weave(value, parts = []) {
  const size = value === "partial" ? 40 : 16;
  const pen = h("canvas", { width: size, height: size }).getContext("2d");
  const colour = COLOURS[value];
  const wash = (alpha) => { pen.globalAlpha = alpha; pen.fillStyle = colour; pen.fillRect(0, 0, size, size); };
  if (value === "served") wash(0.5);
  if (value === "weak") {
    wash(0.4);
    pen.globalAlpha = 0.8;
    for (const [x, y] of [[4, 4], [12, 12]]) { pen.beginPath(); pen.arc(x, y, 1.8, 0, 7); pen.fill(); }
  }
  if (value === "none") {
    wash(0.4);
    pen.globalAlpha = 0.75;
    for (const y of [4, 12]) pen.fillRect(0, y, size, 2);
  }
  if (value === "unknown") {
    wash(0.14);
    Object.assign(pen, { globalAlpha: 0.75, strokeStyle: colour, lineWidth: 2 });
    for (const shift of [-size, 0, size]) { pen.beginPath(); pen.moveTo(shift - 2, size + 2); pen.lineTo(shift + size + 2, -2); pen.stroke(); }
  }
  if (value === "partial") stripes(pen, size, parts);
  return pen.getImageData(0, 0, size, size);
}

function stripes(pen, size, [served, weak, none]) {
  pen.globalAlpha = 0.5;
  for (let x = 0; x < size; x += 1) {
    for (let y = 0; y < size; y += 1) {
      const at = (((x + y) % size) * 10) / size;
      pen.fillStyle = at < served ? COLOURS.served : at < served + weak ? COLOURS.weak : at < served + weak + none ? COLOURS.none : COLOURS.unknown;
      pen.fillRect(x, y, 1, 1);
    }
  }
}
