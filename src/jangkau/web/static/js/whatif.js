// What if a tower stood here: its coverage on the map, which places it would serve, and a remedy made of it.

import { post } from "./api.js";
import { choice, field, fill, h, values } from "./dom.js";
import { newId } from "./ids.js";
import { badge } from "./looks.js";
import { close } from "./panel.js";
import { say, sayRefusal } from "./said.js";
import { go, state } from "./state.js";
import { number, percent, t } from "./words.js";

const kept = { height_agl_m: 45, frequency_mhz: 900, eirp_dbm: 60, bandwidth_mhz: 10 };

/** Ask for a site at a point and show what it would bring. */
export async function drawWhatIf(root, desk, own) {
  const [longitude, latitude] = own.point;
  const result = h("div", { class: "result", role: "status" });
  const form = h("form", { class: "grid", onsubmit: compute },
    field(t("desk.whatif.longitude"), h("input", { name: "longitude", type: "number", step: "any", required: true, value: longitude, min: -180, max: 180 })),
    field(t("desk.whatif.latitude"), h("input", { name: "latitude", type: "number", step: "any", required: true, value: latitude, min: -89, max: 89 })),
    field(t("desk.operator"), choice(desk.region.operators.map((o) => [o, o]), kept.operator ?? state().operator, { name: "operator" })),
    field(t("desk.whatif.height"), h("input", { name: "height_agl_m", type: "number", min: 1, max: 300, step: "any", required: true, value: kept.height_agl_m })),
    field(t("desk.whatif.frequency"), choice([700, 800, 850, 900, 1800, 2100, 2300, 2600].map((f) => [String(f), `${f} MHz`]), String(kept.frequency_mhz), { name: "frequency_mhz" })),
    field(t("desk.whatif.eirp"), h("input", { name: "eirp_dbm", type: "number", min: 0, max: 80, step: "any", required: true, value: kept.eirp_dbm })),
    field(t("desk.whatif.bandwidth"), choice([1.4, 3, 5, 10, 15, 20].map((b) => [String(b), `${number(b, 1)} MHz`]), String(kept.bandwidth_mhz), { name: "bandwidth_mhz" })),
    h("button", { class: "main" }, t("desk.whatif.compute")));
  fill(root, close(), h("header", {}, h("h2", {}, t("desk.whatif")), h("p", { class: "hint" }, t("desk.whatif.lead"))), form, result);
  await compute();

  async function compute(event) {
    event?.preventDefault();
    const asked = values(form);
    asked.frequency_mhz = Number(asked.frequency_mhz);
    asked.bandwidth_mhz = Number(asked.bandwidth_mhz);
    Object.assign(kept, asked);
    result.setAttribute("aria-busy", "true");
    fill(result, h("p", { class: "hint" }, t("desk.whatif.computing")));
    try {
      const found = await post("/whatif", asked);
      desk.coverage({ ...found, longitude: asked.longitude, latitude: asked.latitude });
      show(found, asked);
    } catch (error) {
      fill(result);
      sayRefusal(error);
    }
    result.removeAttribute("aria-busy");
  }

  function show(found, asked) {
    const served = found.closes.filter((c) => c.after === "served");
    fill(result,
      h("p", { class: "big" }, t("desk.whatif.closes", { people: found.people_closed, places: served.length })),
      !found.closes.length && h("p", { class: "hint" }, t("desk.whatif.nothing")),
      h("ul", { class: "places" }, found.closes.slice(0, 100).map((c) => h("li", {},
        h("button", { type: "button", class: "quiet", onclick: () => go({ pick: `place ${c.code}` }) }, badge(c.before), " → ", badge(c.after), ` ${c.name}`,
          h("small", {}, ` ${c.village_name ?? ""} · ${percent(c.probability)}`))))),
      h("p", { class: "hint" }, t("desk.whatif.guess", { seconds: number(found.seconds, 1) })),
      desk.editor && served.length > 0 && h("button", { type: "button", class: "main", onclick: () => propose(served, asked) }, t("desk.whatif.propose")));
  }

  async function propose(served, asked) {
    const people = new Map();
    for (const c of served) people.set(c.village_code, (people.get(c.village_code) ?? 0) + (c.population ?? 1));
    const [village] = [...people].sort((one, other) => other[1] - one[1])[0];
    const name = t("desk.whatif.name", { operator: asked.operator, height: asked.height_agl_m });
    try {
      await post("/remedies", {
        id: newId(), village_code: village, quantity: "signal", operator: "any", kind: "new_site", name,
        longitude: asked.longitude, latitude: asked.latitude,
      });
      say(t("desk.remedy.kept"));
      desk.altered();
      go({ pick: `village ${village}` });
    } catch (error) {
      sayRefusal(error);
    }
  }
}
