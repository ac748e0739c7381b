// The card of the map's layers: one surface, any overlays, the legend of the surface, and how right the map is.

import { choice, fill, h } from "./dom.js";
import { go, state } from "./state.js";
import { number, t } from "./words.js";

const SURFACES = ["grade", "corrected", "error", "probability", "rsrp", "server", "none"];
const OVERLAYS = ["places", "gaps", "tests", "sites", "links", "claims", "measurements"];

/** Return the card: {element, chosen, draw, some}. */
export function layerPanel(desk, pictures) {
  const body = h("div");
  const legend = h("div");
  const note = h("p", { class: "hint", hidden: true }, t("desk.layers.some"));
  const score = h("p", { class: "hint score" }, desk.region.score);
  const element = h("details", { class: "layers", open: matchMedia("(min-width: 1280px)").matches }, h("summary", {}, t("desk.layers")), body, legend, note, score);

  function chosen() {
    const { surface, operator } = state();
    if (surface === "grade" || surface === "none") return null;
    const fitting = pictures.filter((picture) => picture.kind === surface && (operator === "any" || picture.operator === operator));
    return fitting.find((picture) => picture.technology?.toUpperCase() === desk.region.technology) ?? fitting[0] ?? null;
  }

  function draw() {
    const there = SURFACES.filter((kind) => kind === "grade" || kind === "none" || pictures.some((picture) => picture.kind === kind));
    const shown = new Set(state().show.split(",").filter(Boolean));
    const turn = (name, on) => {
      shown[on ? "add" : "delete"](name);
      go({ show: OVERLAYS.filter((one) => shown.has(one)).join(",") });
    };
    fill(body,
      choice(there.map((kind) => [kind, t(`desk.surface.${kind}`)]), state().surface,
        { "aria-label": t("desk.surface"), onchange: (event) => go({ surface: event.target.value }) }),
      h("div", { class: "checks" }, OVERLAYS.filter((name) => name !== "tests" || desk.seesSend).map((name) => h("label", {},
        h("input", { type: "checkbox", checked: shown.has(name), onchange: (event) => turn(name, event.target.checked) }), t(`desk.overlay.${name}`)))));
    drawLegend(chosen());
  }

  function drawLegend(picture) {
    if (!picture) return fill(legend);
    const numeric = picture.legend.every((stop) => typeof stop.value === "number");
    fill(legend, h("p", { class: "title" }, picture.title),
      h("ul", { class: numeric ? "stops" : "stops words" }, picture.legend.map((stop) => {
        const said = picture.unit === "" && typeof stop.value === "number" ? `${number(stop.value * 100)} %` : stop.label;
        const swatch = h("i", {});
        swatch.style.background = stop.colour;
        return h("li", {}, swatch, said);
      })), picture.unit ? h("small", {}, picture.unit) : null);
  }

  return { element, chosen, draw, some: (more) => { note.hidden = !more; } };
}
