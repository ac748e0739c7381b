// A test in five small steps, each kept as it is filled in: where, operators, speed, the place, result.

import { choice, field as labelled, fill, h } from "/static/js/dom.js";
import { dropSheet, keepSheet, photo, sheet } from "./base.js";
import { finish, judged } from "./draft.js";
import { reachable } from "./outbox.js";
import { show as drawPhoto, take } from "./photos.js";
import { back, direction, places } from "./points.js";
import { follow, here, problem } from "./position.js";
import { metres } from "./rules.js";
import { forms, measure, stations } from "./speed.js";
import { distance, number, rate, t } from "./words.js";

const STEPS = [where, operators, speed, place, result];

/** Draw a step of a draft. */
export async function drawTest(root, tools, id, step) {
  const own = await sheet(id);
  if (!own || own.state !== "draft") return tools.go("");
  const number = Math.min(STEPS.length, Math.max(1, Number(step) || 1));
  const spot = places(tools.field.pack).get(own.place_code);
  const test = {
    own, spot, tools, draft: own.draft, pack: tools.field.pack,
    keep: async () => { own.draft.step = number; await keepSheet(own); },
    next: () => tools.go(`test/${id}/${number + 1}`),
  };
  const body = h("div", { class: "step" });
  fill(root, back(number > 1 ? `test/${id}/${number - 1}` : `place/${encodeURIComponent(own.place_code)}`, number > 1 ? t("field.back") : own.place_name),
    h("ol", { class: "dots", "aria-label": t("field.step_of", { step: number, all: STEPS.length }) }, STEPS.map((_, n) => h("li", { class: n + 1 === number ? "now" : n + 1 < number ? "past" : "" }))),
    body);
  await STEPS[number - 1](body, test);
  return null;
}

/** Return buttons of which one is pressed; it calls back with its value. */
function segments(label, options, value, chosen) {
  const root = h("div", { class: "segments", role: "group", "aria-label": label });
  const draw = (now) => fill(root, options.map(([key, text]) => h("button", {
    type: "button", class: `pick ${key}`, "aria-pressed": String(key === now), onclick: () => { draw(key); chosen(key); },
  }, text)));
  draw(value);
  return root;
}

function next(test, text = t("field.next")) {
  return h("button", { class: "main bottom", onclick: test.next }, text);
}

async function where(root, test) {
  const { draft, spot, tools } = test;
  const way = h("div", { class: "way" });
  const hint = h("p", { class: "hint" });
  fill(root, h("h1", {}, t("field.step.where")), way, hint,
    h("h2", {}, t("field.environment")),
    segments(t("field.environment"), ["outdoor", "indoor", "vehicle"].map((e) => [e, t(`field.environment.${e}`)]), draft.environment, async (e) => { draft.environment = e; note(); await test.keep(); }),
    next(test));
  const note = () => { hint.textContent = draft.environment && draft.environment !== "outdoor" ? t("field.go_outdoors") : here() ? "" : t(problem() ?? "field.gps.searching"); };
  const draw = () => {
    const at = here();
    if (at && (!draft.position || at.accuracy_m <= draft.position.accuracy_m * 1.5 || at.at - draft.position.at > 20_000)) {
      draft.position = { ...at };
    }
    fill(way, direction(spot));
    note();
  };
  const stop = follow(draw);
  tools.onLeave(() => { stop(); test.keep(); });
  draw();
}

async function operators(root, test) {
  const { draft, pack } = test;
  fill(root, h("h1", {}, t("field.step.operators")), h("p", { class: "hint" }, t("field.step.operators_hint")),
    pack.operators.map((operator) => card(operator)), h("a", { class: "button", href: `#guide/test/${test.own.id}/2` }, t("field.guide.title")), next(test));

  function card(operator) {
    const said = draft.results[operator] ??= {};
    const level = h("input", { type: "number", inputmode: "numeric", min: -160, max: 160, step: "any", value: said.rsrp_dbm ?? "", placeholder: "-97" });
    const wrong = h("small", { class: "warn", hidden: true }, t("field.level_wrong"));
    const more = h("div", { class: "more" },
      segments(t("field.technology"), ["2G", "3G", "4G", "5G"].map((g) => [g, g]), said.technology, async (g) => { said.technology = g; await test.keep(); }),
      labelled(t("field.level"), level), wrong);
    level.addEventListener("change", async () => {
      const value = level.value === "" ? null : -Math.abs(Number(level.value)); // the minus sign is often forgotten
      const fits = value === null || (value >= -160 && value <= -20);
      wrong.hidden = fits;
      said.rsrp_dbm = fits ? value : null;
      level.value = fits && value !== null ? value : level.value;
      await test.keep();
    });
    more.hidden = !said.service || said.service === "none";
    return h("fieldset", {}, h("legend", {}, operator),
      segments(operator, ["none", "limited", "ok"].map((s) => [s, t(`field.service.${s}`)]), said.service, async (s) => {
        said.service = s;
        if (s === "none") { said.technology = null; said.rsrp_dbm = null; level.value = ""; }
        more.hidden = s === "none";
        await test.keep();
      }), more);
  }
}

async function speed(root, test) {
  const { draft, pack } = test;
  const wifi = navigator.connection?.type === "wifi";
  const over = choice([...pack.operators.map((o) => [o, o]), ["wifi", t("field.over.wifi")]], draft.speed?.over ?? (wifi ? "wifi" : pack.operators.find((o) => draft.results[o]?.service === "ok") ?? pack.operators[0]));
  const button = h("button", { class: "wide", onclick: run }, t("field.speed.start"));
  const shown = h("div", { class: "speed", "aria-live": "polite" });
  const onward = next(test, t("field.skip"));
  fill(root, h("h1", {}, t("field.step.speed")), h("p", { class: "hint" }, t("field.step.speed_hint")),
    labelled(t("field.over"), over), button, shown, onward);
  over.addEventListener("change", async () => { if (draft.speed) { draft.speed.over = over.value; await test.keep(); } });
  if (draft.speed) said();

  async function run() {
    button.disabled = true;
    fill(shown, h("p", {}, t("field.speed.looking")));
    if (!(await reachable())) {
      fill(shown, h("p", { class: "note" }, t("field.speed.no_connection")));
      button.disabled = false;
      return;
    }
    try {
      const found = await measure((what, share) => fill(shown, h("p", {}, t(`field.speed.${what}`)), h("progress", { max: 1, value: share })));
      draft.speed = { over: over.value, wifi: navigator.connection?.type === "wifi", ...found, at: new Date().toISOString() };
      await test.keep();
      said();
    } catch {
      fill(shown, h("p", { class: "note" }, t("field.speed.broke")));
    }
    button.disabled = false;
    button.textContent = t("field.speed.again");
  }

  function said() {
    const { download_mbps, upload_mbps, latency_ms, loss_percent, bytes, seconds } = draft.speed;
    const enough = upload_mbps === null ? 0 : stations(upload_mbps, pack.needed_uplink_kbps);
    onward.textContent = t("field.next");
    fill(shown, h("p", { class: "rates" }, h("span", {}, "↓ ", rate(download_mbps)), h("span", {}, "↑ ", rate(upload_mbps))),
      h("p", { class: enough > 0 ? "good" : "warn" }, enough > 0 ? t("field.speed.enough", { count: most(enough) }) : t("field.speed.not_enough", { kbps: pack.needed_uplink_kbps })),
      upload_mbps !== null && pack.form_mb && h("p", {}, t("field.speed.forms", { count: most(forms(upload_mbps, pack.form_mb)), mb: number(pack.form_mb, 1) })),
      h("p", { class: "hint" }, t("field.speed.rest", { latency: latency_ms === null ? "–" : number(latency_ms), loss: loss_percent, kb: bytes / 1000, seconds })));
  }
}

/** Return a count that no line gets longer by. */
function most(count) {
  return count > 99 ? "99+" : count;
}

async function place(root, test) {
  const { draft, own, tools, spot } = test;
  const pictures = h("div", { class: "photos" });
  const file = h("input", { type: "file", accept: "image/*", capture: "environment", class: "unseen", id: "camera" });
  const note = h("textarea", { rows: 2, maxlength: 2000 }, draft.note);
  note.addEventListener("input", () => { draft.note = note.value; });
  note.addEventListener("change", test.keep);
  file.addEventListener("change", add);
  const found = h("p", { class: "hint" });
  const nearest = () => { found.textContent = draft.nearest ? t("field.nearest.kept", { distance: distance(metres(spot.longitude ?? draft.nearest.longitude, spot.latitude ?? draft.nearest.latitude, draft.nearest.longitude, draft.nearest.latitude)) }) : ""; };
  fill(root, h("h1", {}, t("field.step.place")),
    h("h2", {}, t("field.power")),
    segments(t("field.power"), ["pln", "solar", "generator", "none"].map((p) => [p, t(`field.power.${p}`)]), draft.power, async (p) => { draft.power = p; await test.keep(); }),
    h("h2", {}, t("field.nearest")), h("p", { class: "hint" }, t("field.nearest.hint")),
    h("button", { class: "wide", onclick: mark }, t("field.nearest.button")), found,
    spot.kind === "polling_station" && sending(test),
    h("h2", {}, t("field.photo")), pictures, h("label", { class: "button wide", for: "camera" }, t("field.photo.take")), file,
    labelled(t("field.note"), note), next(test));
  nearest();
  const stop = follow(() => {});
  tools.onLeave(() => { stop(); test.keep(); });
  await drawPictures();

  async function mark() {
    const at = here();
    if (!at) return tools.say(t(problem() ?? "field.gps.searching"));
    draft.nearest = { ...at };
    nearest();
    await test.keep();
    return null;
  }

  async function add() {
    if (!file.files[0]) return;
    try {
      const one = await take(file.files[0]);
      if (!own.photos.some((p) => p.sha256 === one.sha256)) own.photos.push({ ...one, sent: false, gone: false });
      await test.keep();
      await drawPictures();
    } catch (error) {
      tools.say(t(error.name === "QuotaExceededError" ? "field.photo.full" : "field.photo.failed"));
    }
    file.value = "";
  }

  async function drawPictures() {
    fill(pictures, await Promise.all(own.photos.map(async (one) => {
      const canvas = h("canvas", { class: "photo" });
      const content = await photo(one.sha256);
      if (content) await drawPhoto(content, canvas).catch(() => {});
      return h("figure", {}, canvas, h("button", { type: "button", class: "quiet", onclick: async () => { own.photos = own.photos.filter((p) => p !== one); await test.keep(); await drawPictures(); } }, t("field.photo.drop")));
    })));
  }
}

/** Return the fields for where a polling station sends from, and what it does if it cannot. */
function sending(test) {
  const { draft, spot, pack } = test;
  const near = [...places(pack).values()].filter((p) => p.code !== spot.code && p.longitude !== null && spot.longitude !== null)
    .map((p) => ({ ...p, away: metres(spot.longitude, spot.latitude, p.longitude, p.latitude) })).sort((one, other) => one.away - other.away).slice(0, 12);
  const options = [["", t("field.send_place.itself")], ...near.map((p) => [p.code, `${p.name} (${distance(p.away)})`])];
  const from = choice(options, draft.send_place?.place_code ?? spot.send_place ?? "");
  const fallback = h("input", { value: draft.fallback ?? "", maxlength: 2000, placeholder: t("field.fallback.hint") });
  from.addEventListener("change", async () => { draft.send_place = from.value ? { place_code: from.value } : null; await test.keep(); });
  fallback.addEventListener("change", async () => { draft.fallback = fallback.value; await test.keep(); });
  return h("section", {}, h("h2", {}, t("field.send_place")), labelled(t("field.send_place.from"), from), labelled(t("field.fallback"), fallback));
}

async function result(root, test) {
  const { own, draft, spot, tools, pack } = test;
  const rules = judged(own, spot, pack);
  const broken = rules.filter((r) => !r.kept);
  const said = Object.entries(draft.results).filter(([, r]) => r.service);
  const problems = h("p", { class: "warn", role: "alert", hidden: said.length > 0 }, t("field.no_results"));
  fill(root, h("h1", {}, own.place_name),
    h("ul", { class: "results" }, said.map(([operator, r]) => h("li", {}, h("b", {}, operator), " ", t(`field.service.${r.service}`), " ", r.technology ?? "", r.rsrp_dbm ? ` ${r.rsrp_dbm} dBm` : ""))),
    draft.speed && h("p", {}, `↓ ${rate(draft.speed.download_mbps)} · ↑ ${rate(draft.speed.upload_mbps)}`),
    own.photos.length > 0 && h("p", {}, t("field.photos_taken", { count: own.photos.length })),
    h("h2", {}, t("field.rules")),
    h("ul", { class: "rules" }, rules.map((r) => h("li", { class: r.kept ? "kept" : "broken" }, r.kept ? "✓ " : "✗ ", r.kept ? t(`field.kept.${r.name}`) : t(r.code, r.fields))),
      h("li", { class: "kept" }, "✓ ", t("field.kept.age", { days: pack.evidence.valid_days }))),
    h("p", { class: broken.length ? "note" : "good" }, t(broken.length ? "field.counts_less" : "field.counts_full")),
    problems,
    h("button", { class: "main bottom", disabled: said.length === 0, onclick: done }, t("field.done")),
    h("button", { class: "quiet", onclick: drop }, t("field.drop_draft")));

  async function done() {
    try {
      await keepSheet({ ...(await finish(await sheet(own.id), tools.field.phone, pack)), rules });
    } catch (error) {
      problems.hidden = false;
      problems.textContent = t(error.name === "QuotaExceededError" ? "field.full" : "field.not_kept", { reason: error.message });
      return;
    }
    await tools.refresh();
    tools.say(t("field.kept_on_phone"));
    tools.go("");
    tools.send();
  }

  async function drop() {
    await dropSheet(own.id);
    await tools.refresh();
    tools.say(t("field.dropped"));
    tools.go("");
  }
}

