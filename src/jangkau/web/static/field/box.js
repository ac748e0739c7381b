// The outbox as people see it: where each test stands, why, and what to do.

import { fill, h } from "/static/js/dom.js";
import { kept, photo } from "./base.js";
import { bundle, handOver } from "./bundle.js";
import * as outbox from "./outbox.js";
import { show as draw } from "./photos.js";
import { back } from "./points.js";
import { moment, rate, said, spoken, t } from "./words.js";

/** Draw the list. */
export async function drawOutbox(root, tools) {
  const redraw = async () => {
    const { field } = tools;
    const { unsent, unsafe } = outbox.count(field.sheets);
    const own = field.sheets.filter((s) => s.state !== "draft").sort((one, other) => other.number - one.number);
    const [restored, backup_at] = [await kept("restored"), await kept("backup_at")];
    fill(root, h("h1", {}, t("field.tab.outbox")), status(unsent, unsafe),
      restored && h("p", { class: "note" }, t("field.restored", { date: moment(restored.at), count: restored.lacking })),
      h("p", { class: "hint" }, backup_at ? t("field.backup_at", { date: moment(backup_at) }) : t("field.no_backup")),
      h("div", { class: "buttons" },
        h("button", { class: unsent ? "main" : "", onclick: tools.send }, outbox.busy() ? t("field.sending") : t("field.send_now")),
        h("button", { onclick: carry, disabled: own.length === 0 }, t("field.hand_over"))),
      own.length === 0 && h("p", {}, t("field.outbox_empty")),
      h("ul", { class: "rows" }, own.slice(0, 300).map(row)));
  };
  tools.renew(redraw);
  await redraw();

  async function carry() {
    try {
      await handOver(await bundle());
      tools.say(t("field.handed_over"));
    } catch (error) {
      if (error.name !== "AbortError") tools.say(t("field.hand_over_failed", { reason: error.message }));
    }
  }
}

function status(unsent, unsafe) {
  const trouble = outbox.trouble();
  const why = said(trouble?.sentences);
  if (trouble?.status >= 500 && unsent && why) return h("p", { class: "warn" }, why);
  if (trouble?.status >= 400 && trouble.status < 500) return h("p", { class: "warn" }, why || t("field.refused_all"));
  if (trouble && unsent) return h("p", { class: "note" }, t("field.offline", { count: unsent }));
  if (unsent) return h("p", { class: "note" }, t("field.unsent_long", { count: unsent }));
  return h("p", {}, t(unsafe ? "field.all_sent_long" : "field.all_safe_long"));
}

const SIGNS = { done: "●", kept: "◐", safe: "✓" };

/** Return the word for where a test stands. */
function standing(own) {
  if (own.problem) return "field.state.refused";
  if (own.state === "kept" && !outbox.sent(own)) return "field.state.photos";
  return `field.state.${own.state}`;
}

function row(own) {
  return h("li", {}, h("a", { class: `row ${own.problem ? "problem" : own.state}`, href: `#sheet/${own.id}` },
    h("span", { class: "mark", "aria-hidden": "true" }, own.problem ? "!" : SIGNS[own.state]),
    h("span", { class: "what" }, h("b", {}, own.place_name), h("small", {}, `${t("field.number", { number: own.number })} · ${moment(own.made)}`), h("small", {}, t(standing(own)))),
    h("span", { class: "go", "aria-hidden": "true" }, "›")));
}

/** Draw one test that is done. */
export async function drawSheet(root, tools, id) {
  const own = tools.field.sheets.find((s) => s.id === id);
  if (!own || own.state === "draft") return tools.go("outbox");
  const pictures = own.photos.map((one) => [one, h("canvas", { class: "photo" })]);
  const broken = own.counts_less ?? (own.rules ?? []).filter((r) => !r.kept).map((r) => ({ sentences: { [spoken()]: t(r.code, r.fields) } }));
  fill(root, back("outbox", t("field.tab.outbox")), h("h1", {}, own.place_name),
    h("p", { class: "hint" }, `${t("field.number", { number: own.number })} · ${moment(own.made)} · ${own.place_code}`),
    h("p", { class: own.problem ? "warn" : own.state === "done" ? "note" : "good" }, t(standing(own)), own.problem && [" ", said(own.problem.sentences) || t(own.problem.code)]),
    h("ul", { class: "results" }, own.said.results.map((r) => h("li", {}, h("b", {}, r.operator), " ", t(`field.service.${r.service}`), " ", r.technology ?? "", r.rsrp_dbm !== null && ` ${r.rsrp_dbm} dBm`))),
    own.said.speed && h("p", {}, `↓ ${rate(own.said.speed.download_mbps)} · ↑ ${rate(own.said.speed.upload_mbps)}`),
    h("h2", {}, t("field.rules")),
    broken.length ? h("ul", { class: "rules" }, broken.map((b) => h("li", { class: "broken" }, "✗ ", said(b.sentences)))) : h("p", {}, "✓ ", t("field.counts_full")),
    broken.length > 0 && h("p", {}, t("field.counts_less")),
    own.photos.length > 0 && h("div", { class: "photos" }, pictures.map(([one, canvas]) => h("figure", {}, canvas, h("figcaption", {}, t(one.gone ? "field.photo.gone" : one.sent ? "field.photo.sent" : "field.photo.waiting"))))));
  for (const [one, canvas] of pictures) {
    const content = await photo(one.sha256);
    if (content) await draw(content, canvas).catch(() => {});
  }
  return null;
}
