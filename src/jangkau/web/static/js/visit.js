// Writing down a field test that somebody reports by phone or on paper.

import { post } from "./api.js";
import { choice, field, h, values } from "./dom.js";
import { newId } from "./ids.js";
import { say, sayRefusal } from "./said.js";
import { t } from "./words.js";

/** Return the form for a test at a place, folded away; nothing for who may not write. */
export function visitForm(desk, place) {
  if (!desk.mayTest) return null;
  let id = newId();
  const local = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  const form = h("form", { onsubmit: send },
    field(t("desk.visit.time"), h("input", { name: "time", type: "datetime-local", required: true, value: local, max: local })),
    field(t("desk.operator"), choice(desk.region.operators.map((o) => [o, o]), null, { name: "operator" })),
    field(t("desk.visit.service"), choice(["none", "limited", "ok"].map((s) => [s, t(`desk.service.${s}`)]), "ok", { name: "service" })),
    field(t("desk.visit.technology"), choice(["2G", "3G", "4G", "5G"].map((g) => [g, g]), desk.region.technology, { name: "technology" })),
    field(t("desk.visit.level"), h("input", { name: "rsrp_dbm", type: "number", min: -160, max: -20, step: "any" })),
    field(t("desk.visit.download"), h("input", { name: "download_mbps", type: "number", min: 0, step: "any" })),
    field(t("desk.visit.upload"), h("input", { name: "upload_mbps", type: "number", min: 0, step: "any" })),
    field(t("desk.visit.tester"), h("input", { name: "tester", maxlength: 200 })),
    h("button", { class: "main" }, t("desk.visit.keep")));
  return h("details", { class: "act" }, h("summary", {}, t("desk.visit.new")), form);

  async function send(event) {
    event.preventDefault();
    const said = values(form);
    try {
      await post("/visits", { id, place_code: place.code, ...said, time: new Date(said.time).toISOString() });
      id = newId();
      say(t("desk.visit.kept", { place: place.name }));
      desk.altered();
    } catch (error) {
      sayRefusal(error);
    }
  }
}
