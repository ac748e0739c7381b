// How to read the signal level on the phone, in pictures drawn for it.

import { fill, h, svg } from "/static/js/dom.js";
import { back } from "./points.js";
import { t } from "./words.js";

/** Draw the guide. */
export function drawGuide(root, tools, ...where) {
  fill(root, back(where.join("/"), t("field.back")), h("h1", {}, t("field.guide.title")),
    [1, 2, 3].map((n) => h("section", { class: "guide" }, picture(n), h("p", {}, h("b", {}, `${n}. `), t(`field.guide.${n}`)))),
    h("h2", {}, t("field.guide.scale")), ladder(tools.field.pack), h("p", { class: "hint" }, t("field.guide.other")));
}

function picture(n) {
  const lines = {
    1: ["", "field.guide.settings", ""],
    2: ["field.guide.about", "field.guide.status", "field.guide.sim"],
    3: ["field.guide.strength", "", ""],
  }[n];
  return svg("svg", { viewBox: "0 0 120 150", class: "phone", "aria-hidden": "true" },
    svg("rect", { x: 4, y: 4, width: 112, height: 142, rx: 12, class: "shell" }),
    svg("rect", { x: 10, y: 16, width: 100, height: 118, class: "glass" }),
    lines.map((code, k) => [
      svg("rect", { x: 14, y: 22 + 36 * k, width: 92, height: 30, rx: 4, class: code ? "line chosen" : "line" }),
      svg("text", { x: 20, y: 41 + 36 * k }, code ? t(code) : ""),
    ]),
    n === 3 && [svg("rect", { x: 14, y: 58, width: 92, height: 30, rx: 4, class: "line chosen" }), svg("text", { x: 20, y: 78, class: "level" }, "-97 dBm 43 asu")]);
}

function ladder(pack) {
  const rows = [
    ["served", t("field.guide.good", { dbm: pack.served_rsrp_dbm })],
    ["weak", t("field.guide.weak", { from: pack.weak_rsrp_dbm, to: pack.served_rsrp_dbm })],
    ["none", t("field.guide.none", { dbm: pack.weak_rsrp_dbm })],
  ];
  return h("ul", { class: "ladder" }, rows.map(([value, text]) => h("li", { class: value }, text)));
}
