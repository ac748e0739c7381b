// Drawings: the terrain along a path with what blocks it, and open gaps over time.

import { h, svg } from "./dom.js";
import { day, number, t } from "./words.js";

/** Return the drawing of a path: terrain, obstacles on it, the ray and its first Fresnel zone, what blocks it. */
export function profile(path, cell, width = 380) {
  const { distance_m: x, terrain_amsl_m: ground, obstacle_m: cover, ray_amsl_m: ray, fresnel_m: zone } = path.profile;
  const height = 200, left = 44, right = 10, top = 32, foot = 30;
  const tops = ground.map((z, i) => z + cover[i]);
  const low = Math.min(...ground), high = Math.max(...tops, ...ray.map((z, i) => z + zone[i]));
  const end = x[x.length - 1] || 1;
  const px = (d) => left + ((width - left - right) * d) / end;
  const py = (z) => height - foot - ((height - top - foot) * (z - low)) / Math.max(high - low, 1);
  const line = (values) => values.map((z, i) => `${px(x[i]).toFixed(1)} ${py(z).toFixed(1)}`);
  const area = (one, other) => `M${line(one).join("L")}L${line(other).reverse().join("L")}Z`;
  const floor = ground.map(() => low);
  const obstacle = path.obstacle;
  const at = obstacle && obstacle.blocks ? obstacle : null;
  const label = t(at ? "desk.profile.blocked" : "desk.profile.clear", {
    distance: number(end / 1000, 1), height: at ? at.terrain_amsl_m + at.obstacle_height_m : 0, at: at ? number(at.distance_m / 1000, 1) : 0,
  });
  return h("figure", { class: "profile" },
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      svg("path", { class: "cover", d: area(tops, ground) }),
      svg("path", { class: "ground", d: area(ground, floor) }),
      svg("path", { class: "zone", d: area(ray.map((z, i) => z + zone[i]), ray.map((z, i) => z - zone[i])) }),
      svg("path", { class: "ray", d: `M${line(ray).join("L")}` }),
      at && svg("g", { class: "blocks" },
        svg("path", { d: `M${px(at.distance_m)} ${py(at.terrain_amsl_m + at.obstacle_height_m) - 6}l-6 -9h12z` })),
      heights(low, high, py, left, width - right),
      distances(end, px, height - foot),
      svg("text", { class: "end", x: left, y: 11 }, cell.site_name),
      svg("text", { class: "end", x: width - right, y: 11, "text-anchor": "end" }, t("desk.profile.here"))),
    h("figcaption", {}, h("i", { class: "key ground" }), t("desk.profile.ground"), h("i", { class: "key cover" }), t("desk.profile.cover"),
      h("i", { class: "key zone" }), t("desk.profile.zone")));
}

function heights(low, high, py, left, right) {
  return ticks(low, high, 4).map((z) => [
    svg("path", { class: "grid", d: `M${left} ${py(z)}H${right}` }),
    svg("text", { x: left - 5, y: py(z) + 4, "text-anchor": "end" }, `${number(z)} m`),
  ]);
}

function distances(end, px, y) {
  return ticks(0, end / 1000, 5).map((km) => svg("text", { x: px(km * 1000), y: y + 15, "text-anchor": "middle" }, `${number(km, 1)} km`));
}

function ticks(low, high, about) {
  const rough = (high - low) / about || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(at);
  return found;
}

/** Return the drawing of open gaps over time: what was, what is planned, and the day by which all must be closed. */
export function burnDown(past, planned, deadline, width = 640) {
  const height = 230, left = 40, right = 16, top = 14, foot = 34;
  const days = [...past, ...planned].map((p) => p.date).concat(deadline ?? []);
  const first = Math.min(...days.map(Date.parse)), last = Math.max(...days.map(Date.parse));
  const most = Math.max(1, ...[...past, ...planned].map((p) => p.open));
  const px = (date) => left + ((width - left - right) * (Date.parse(date) - first)) / Math.max(last - first, 1);
  const py = (open) => height - foot - ((height - top - foot) * open) / most;
  const steps = (points) => points.map((p, i) => (i ? `H${px(p.date)}V${py(p.open)}` : `M${px(p.date)} ${py(p.open)}`)).join("");
  const until = planned.length && deadline ? [...planned, { date: deadline, open: planned[planned.length - 1].open }] : planned;
  const label = t("desk.burn_down.label", { open: past[past.length - 1]?.open ?? 0, planned: planned[planned.length - 1]?.open ?? 0 });
  return svg("svg", { class: "burn", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ticks(0, most, 4).filter(Number.isInteger).map((open) => [
      svg("path", { class: "grid", d: `M${left} ${py(open)}H${width - right}` }),
      svg("text", { x: left - 6, y: py(open) + 4, "text-anchor": "end" }, number(open)),
    ]),
    deadline && svg("path", { class: "deadline", d: `M${px(deadline)} ${top}V${height - foot}` }),
    deadline && svg("text", { x: px(deadline), y: height - foot + 16, "text-anchor": "end" }, day(deadline)),
    svg("path", { class: "planned", d: steps(until) }),
    svg("path", { class: "past", d: steps(past) }),
    past.map((p) => svg("circle", { cx: px(p.date), cy: py(p.open), r: 3.5 }, svg("title", {}, `${day(p.date)}: ${number(p.open)}`))),
    past.length && svg("text", { x: px(past[0].date), y: height - foot + 16 }, day(past[0].date)));
}
