// The loop: a gap, its remedy, tasks and requests, and the test that alone closes it. Dates and people at each step.

import { get, post } from "./api.js";
import { choice, field, h, values } from "./dom.js";
import { newId } from "./ids.js";
import { say, sayRefusal } from "./said.js";
import { age, day, t } from "./words.js";

const KINDS = ["send_place", "carry", "strengthen_cell", "new_cell", "new_site", "repeater", "mobile_bts", "satellite", "fibre",
  "microwave", "bandwidth", "power", "other"];
const STAKEHOLDERS = ["operator", "power", "ministry", "isp", "government", "other"];
const AFTER = { drafted: ["asked"], asked: ["answered", "agreed", "refused"], answered: ["agreed", "refused"], agreed: ["done"] };

/** Return the remedies of a gap and the form for another; `gap` is null where none can be proposed. */
export function drawRemedies(desk, remedies, gap) {
  return h("section", { class: "remedies" }, h("h3", {}, t("desk.remedies")),
    !remedies.length && h("p", { class: "hint" }, t("desk.remedies.none")),
    remedies.map((remedy) => card(desk, remedy)),
    gap && desk.editor && proposal(desk, gap));
}

/** Return a function that sends a change once, says what came of it, and lets the page draw itself anew. */
function act(desk, call, done, undo = null) {
  return async (event) => {
    event?.preventDefault();
    try {
      await call(event);
      say(t(done), undo && act(desk, undo, "desk.undone"));
      desk.altered();
    } catch (error) {
      sayRefusal(error);
    }
  };
}

function proposal(desk, gap) {
  const id = newId();
  const { name, ...where } = gap;
  const form = h("form", { onsubmit: act(desk, () => post("/remedies", { id, ...where, ...values(form) }), "desk.remedy.kept") },
    field(t("desk.remedy.kind"), choice(KINDS.map((kind) => [kind, t(`kind.${kind}`)]), "new_site", { name: "kind" })),
    field(t("desk.remedy.name"), h("input", { name: "name", maxlength: 200, placeholder: name })),
    field(t("desk.remedy.cost"), h("input", { name: "cost_idr", type: "number", min: 0, step: "any" })),
    field(t("desk.remedy.lead"), h("input", { name: "lead_days", type: "number", min: 0, step: "any" })),
    field(t("desk.note"), h("textarea", { name: "note", rows: 2, maxlength: 2000 })),
    h("button", { class: "main" }, t("desk.remedy.propose")));
  return h("details", { class: "act" }, h("summary", {}, t("desk.remedy.new")), form);
}

function card(desk, remedy) {
  return h("article", { class: `remedy ${remedy.stage}`, "data-code": remedy.code },
    h("header", {}, h("span", { class: `tag stage ${remedy.stage}` }, t(`desk.stage.${remedy.stage}`)), h("strong", {}, remedy.name), h("small", {}, t(`kind.${remedy.kind}`))),
    h("p", {}, remedy.sentence),
    remedy.tasks.length > 0 && h("ul", { class: "plain" }, remedy.tasks.map((task) => taskRow(desk, task))),
    remedy.requests.length > 0 && h("ul", { class: "plain" }, remedy.requests.map((request) => requestRow(desk, request))),
    remedy.steps && h("details", {}, h("summary", {}, t("desk.history")),
      h("ol", { class: "steps" }, remedy.steps.map((one) => h("li", {}, h("time", {}, day(one.date)), " ", one.what, one.who && h("small", {}, ` ${one.who}`))))),
    desk.editor && remedy.stage !== "closed" && actions(desk, remedy));
}

function taskRow(desk, task) {
  const due = task.due && `${t("desk.due")} ${day(task.due)}`;
  const state = (wanted) => () => post(`/tasks/${task.code}/state`, { id: newId(), state: wanted });
  return h("li", { class: task.overdue ? "overdue" : "" },
    h("span", { class: "tag" }, t(`desk.task.${task.kind}`)), ` ${task.name ?? t(`desk.task.${task.kind}`)} `,
    h("small", {}, [t(`desk.task.${task.state}`), task.assignee, due, task.overdue && t("desk.overdue")].filter(Boolean).join(" · ")),
    desk.editor && task.state === "open" && task.kind === "do" && h("span", { class: "buttons" },
      h("button", { type: "button", onclick: act(desk, state("done"), "desk.task.kept", state("open")) }, t("desk.task.mark_done")),
      h("button", { type: "button", class: "quiet", onclick: act(desk, state("dropped"), "desk.task.dropped_said", state("open")) }, t("desk.drop"))));
}

function requestRow(desk, request) {
  const next = AFTER[request.state] ?? [];
  const state = (wanted) => () => post(`/requests/${request.code}/state`, { id: newId(), state: wanted });
  return h("li", { class: request.overdue ? "overdue" : "" },
    h("span", { class: "tag" }, request.stakeholder_name), ` ${request.name} `,
    h("small", {}, [t(`desk.request.${request.state}`), age(request.age_days), request.answer_due && `${t("desk.answer_due")} ${day(request.answer_due)}`,
      request.overdue && t("desk.overdue")].filter(Boolean).join(" · ")),
    desk.editor && h("span", { class: "buttons" }, next.map((wanted) =>
      h("button", { type: "button", class: "quiet", onclick: act(desk, state(wanted), "desk.request.kept", state(request.state)) }, t(`desk.request.${wanted}`)))));
}

function actions(desk, remedy) {
  const state = (wanted) => () => post(`/remedies/${remedy.code}/state`, { id: newId(), state: wanted });
  const choose = h("button", { type: "button", class: "main", onclick: act(desk, state("chosen"), "desk.remedy.chosen_said", state("proposed")) }, t("desk.remedy.choose"));
  const drop = h("button", { type: "button", class: "quiet", onclick: act(desk, state("dropped"), "desk.remedy.dropped_said", state(remedy.state)) }, t("desk.drop"));
  const again = h("button", { type: "button", onclick: act(desk, state("proposed"), "desk.undone") }, t("desk.remedy.again"));
  if (remedy.state === "dropped") return h("p", { class: "buttons" }, again);
  return [h("p", { class: "buttons" }, remedy.state === "proposed" && choose, drop), taskForm(desk, remedy), requestForm(desk, remedy)];
}

function taskForm(desk, remedy) {
  const id = newId();
  const form = h("form", { onsubmit: act(desk, () => post("/tasks", { id, remedy_code: remedy.code, ...values(form) }), "desk.task.kept") },
    field(t("desk.task.name"), h("input", { name: "name", required: true, maxlength: 200 })),
    field(t("desk.task.assignee"), h("input", { name: "assignee", maxlength: 200 })),
    field(t("desk.due"), h("input", { name: "due", type: "date" })),
    h("button", { class: "main" }, t("desk.task.begin")));
  return h("details", { class: "act" }, h("summary", {}, t("desk.task.new")), form);
}

function requestForm(desk, remedy) {
  const id = newId();
  const who = h("select", { name: "stakeholder_code", required: true });
  const newcomer = h("fieldset", { hidden: true, disabled: true }, h("legend", {}, t("desk.stakeholder.new")),
    field(t("desk.stakeholder.name"), h("input", { name: "stakeholder_name", required: true, maxlength: 200 })),
    field(t("desk.stakeholder.kind"), choice(STAKEHOLDERS.map((kind) => [kind, t(`desk.stakeholder.${kind}`)]), "operator", { name: "stakeholder_kind" })),
    field(t("desk.stakeholder.contact"), h("input", { name: "stakeholder_contact", maxlength: 200 })));
  who.addEventListener("change", () => { newcomer.hidden = newcomer.disabled = who.value !== "+"; });
  const form = h("form", { onsubmit: act(desk, send, "desk.request.kept") },
    field(t("desk.request.whom"), who), newcomer,
    field(t("desk.request.name"), h("input", { name: "name", required: true, maxlength: 200 })),
    field(t("desk.answer_due"), h("input", { name: "answer_due", type: "date" })),
    field(t("desk.note"), h("textarea", { name: "note", rows: 2, maxlength: 2000 })),
    h("button", { class: "main" }, t("desk.request.ask")));
  const box = h("details", { class: "act", ontoggle: () => box.open && !who.options.length && offer() }, h("summary", {}, t("desk.request.new")), form);
  return box;

  async function offer() {
    const { items } = await get("/stakeholders");
    for (const one of items) who.append(h("option", { value: one.code }, one.name ?? one.code));
    who.append(h("option", { value: "+" }, t("desk.stakeholder.new")));
    who.dispatchEvent(new Event("change"));
  }

  async function send() {
    const { stakeholder_name: name, stakeholder_kind: kind, stakeholder_contact: contact, ...said } = values(form);
    if (said.stakeholder_code === "+") {
      const code = name.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60) || newId();
      await post("/stakeholders", { id: newId(), code, name, kind, contact });
      said.stakeholder_code = code;
    }
    await post("/requests", { id, remedy_code: remedy.code, ...said });
  }
}
