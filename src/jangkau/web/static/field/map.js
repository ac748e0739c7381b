// A small map from the area pack, drawn on a canvas: outlines, rivers, places, points, and where the phone is.

import { h } from "/static/js/dom.js";
import { here } from "./position.js";
import { metres } from "./rules.js";
import { distance, t } from "./words.js";

const PER_DEGREE = 10_000;
const WIDEST_M = 400_000;
const NARROWEST_M = 300;
const MOST_NAMES = 14;

/** Return the map and how to draw it again; a tap on a place calls back with its code. */
export function map(pack, points, tapped) {
  const canvas = h("canvas", { class: "map", role: "img", "aria-label": t("field.map.label", { count: points.length }) });
  const view = first(pack, points);
  const zoom = (by) => () => { view.width_m = Math.min(WIDEST_M, Math.max(NARROWEST_M, view.width_m * by)); draw(); };
  const home = () => { const at = here(); if (at) Object.assign(view, { longitude: at.longitude, latitude: at.latitude, width_m: 6000 }); draw(); };
  const scale = h("p", { class: "scale" });
  const root = h("div", { class: "mapbox" }, canvas, scale, h("div", { class: "mapkeys" },
    h("button", { type: "button", "aria-label": t("field.map.in"), onclick: zoom(0.5) }, "+"),
    h("button", { type: "button", "aria-label": t("field.map.out"), onclick: zoom(2) }, "−"),
    h("button", { type: "button", "aria-label": t("field.map.here"), onclick: home }, "◎")));
  drag(canvas, view, draw, tap);

  function draw() {
    const box = canvas.getBoundingClientRect();
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.max(1, Math.round(box.width * sharp));
    canvas.height = Math.max(1, Math.round(box.height * sharp));
    const pen = canvas.getContext("2d");
    pen.scale(sharp, sharp);
    paint(pen, box.width, box.height, pack, points, view);
    const quarter = view.width_m / 4;
    scale.textContent = `├ ${distance(quarter)} ┤`;
  }

  function tap(x, y) {
    const box = canvas.getBoundingClientRect();
    const screen = onto(view, box.width, box.height);
    let [best, near] = [null, 28];
    for (const one of points) {
      const [px, py] = screen(one.longitude, one.latitude);
      const away = Math.hypot(px - x, py - y);
      if (away < near) [best, near] = [one, away];
    }
    if (best) tapped(best.code);
  }
  return { root, draw };
}

function first(pack, points) {
  const at = here() ?? points.find((p) => p.longitude !== null) ?? { longitude: 117, latitude: 0 };
  const far = points.filter((p) => p.longitude !== null).slice(0, 8).map((p) => metres(at.longitude, at.latitude, p.longitude, p.latitude));
  return { longitude: at.longitude, latitude: at.latitude, width_m: Math.min(60_000, Math.max(4000, 2.4 * Math.max(0, ...far))) };
}

/** Return a function from degrees to pixels of a view. */
function onto(view, width, height) {
  const a_degree = 111_195;
  const pixels = width / view.width_m;
  const shrink = Math.cos((view.latitude * Math.PI) / 180);
  return (longitude, latitude) => [
    width / 2 + (longitude - view.longitude) * a_degree * shrink * pixels,
    height / 2 - (latitude - view.latitude) * a_degree * pixels,
  ];
}

function paint(pen, width, height, pack, points, view) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const screen = onto(view, width, height);
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, width, height);
  const lines = (all, stroke, thick, dash) => {
    pen.strokeStyle = stroke; pen.lineWidth = thick; pen.setLineDash(dash);
    pen.beginPath();
    for (const line of all) {
      for (let n = 0; n < line.length; n += 2) {
        const [x, y] = screen(line[n] / PER_DEGREE, line[n + 1] / PER_DEGREE);
        if (n) pen.lineTo(x, y); else pen.moveTo(x, y);
      }
    }
    pen.stroke(); pen.setLineDash([]);
  };
  lines(pack.outlines, colour("edge"), 1, [5, 4]);
  lines(pack.rivers, colour("water"), 2, []);
  const seen = points.filter((one) => one.longitude !== null).map((one) => [one, ...screen(one.longitude, one.latitude)])
    .filter(([, x, y]) => x > -20 && y > -20 && x < width + 20 && y < height + 20);
  for (const [one, x, y] of seen) mark(pen, x, y, one, colour);
  names(pen, width, seen, colour);
  const at = here();
  if (at) self(pen, ...screen(at.longitude, at.latitude), (at.accuracy_m * width) / view.width_m, colour);
}

/** Write the names of the most useful places, none over another or cut off at the edge. */
function names(pen, width, seen, colour) {
  pen.font = "13px system-ui, sans-serif";
  pen.textAlign = "center";
  const taken = [];
  for (const [one, x, y] of seen) {
    const half = pen.measureText(one.name).width / 2 + 3;
    const free = taken.every(([left, right, level]) => x + half < left || x - half > right || Math.abs(level - y) > 18);
    if (!free || x - half < 0 || x + half > width || taken.length === MOST_NAMES) continue;
    taken.push([x - half, x + half, y]);
    pen.strokeStyle = colour("paper"); pen.lineWidth = 4; pen.strokeText(one.name, x, y + 24);
    pen.fillStyle = colour("ink"); pen.fillText(one.name, x, y + 24);
  }
}

function mark(pen, x, y, one, colour) {
  pen.beginPath();
  if (one.kind === "polling_station") pen.rect(x - 8, y - 8, 16, 16);
  else pen.arc(x, y, 8, 0, 7);
  pen.fillStyle = one.tested ? colour("served") : one.group === 0 ? colour("none") : colour("sheet");
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = colour("ink");
  pen.stroke();
}

function self(pen, x, y, radius, colour) {
  pen.fillStyle = `${colour("zone")}33`;
  pen.beginPath(); pen.arc(x, y, Math.max(radius, 10), 0, 7); pen.fill();
  pen.fillStyle = colour("zone");
  pen.beginPath(); pen.arc(x, y, 7, 0, 7); pen.fill();
  pen.strokeStyle = "#fff"; pen.lineWidth = 2; pen.stroke();
}

function drag(canvas, view, draw, tap) {
  let from = null;
  canvas.addEventListener("pointerdown", (event) => { from = { x: event.offsetX, y: event.offsetY, moved: 0 }; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [dx, dy] = [event.offsetX - from.x, event.offsetY - from.y];
    from = { x: event.offsetX, y: event.offsetY, moved: from.moved + Math.hypot(dx, dy) };
    const degrees = view.width_m / canvas.clientWidth / 111_195;
    view.longitude -= (dx * degrees) / Math.cos((view.latitude * Math.PI) / 180);
    view.latitude += dy * degrees;
    draw();
  });
  canvas.addEventListener("pointerup", (event) => { if (from && from.moved < 8) tap(event.offsetX, event.offsetY); from = null; });
}
