// For administrators: who may come in, and what was done by whom.

import { get, post } from "./api.js";
import { choice, field, fill, h, values } from "./dom.js";
import { wide } from "./panel.js";
import { say, sayRefusal } from "./said.js";
import { day, moment, t } from "./words.js";

const ROLES = ["admin", "planner", "officer", "operator", "viewer", "device"];

/** Draw accounts and the audit trail. */
export async function drawAdmin(root, desk) {
  try {
    const [{ items }, trail] = await Promise.all([get("/accounts"), get("/audit")]);
    fill(root, h("section", {}, h("h2", {}, t("desk.accounts")), accounts(items, redraw), form(desk, redraw)),
      h("section", {}, h("h2", {}, t("desk.audit")), h("p", { class: "hint" }, t("desk.audit.lead")), audit(trail)));
  } catch (error) {
    sayRefusal(error);
  }

  function redraw() {
    return drawAdmin(root, desk);
  }
}

function accounts(items, redraw) {
  const disable = (name) => async () => {
    try {
      await post(`/accounts/${encodeURIComponent(name)}/disabled`);
      say(t("desk.account.disabled", { name }));
      redraw();
    } catch (error) {
      sayRefusal(error);
    }
  };
  return wide(t("desk.accounts"), h("table", { class: "board" },
    h("thead", {}, h("tr", {}, ["desk.login.name", "desk.account.role", "desk.operator", "desk.account.since", "desk.account.state"].map((c) => h("th", { scope: "col" }, t(c))))),
    h("tbody", {}, items.map((a) => h("tr", {}, h("th", { scope: "row" }, a.name), h("td", {}, t(`desk.role.${a.role}`)), h("td", {}, a.operator ?? ""),
      h("td", {}, day(a.created_at)),
      h("td", {}, a.disabled_at ? t("desk.account.off", { date: day(a.disabled_at) })
        : h("button", { type: "button", class: "quiet", onclick: disable(a.name) }, t("desk.account.disable"))))))));
}

function form(desk, redraw) {
  const role = choice(ROLES.map((r) => [r, t(`desk.role.${r}`)]), "viewer", { name: "role" });
  const operator = field(t("desk.operator"), choice(desk.region.operators.map((o) => [o, o]), null, { name: "operator" }));
  operator.hidden = true;
  role.addEventListener("change", () => { operator.hidden = role.value !== "operator"; });
  const own = h("form", { class: "grid", onsubmit: send },
    field(t("desk.login.name"), h("input", { name: "name", required: true, maxlength: 60, autocomplete: "off" })), field(t("desk.account.role"), role), operator,
    field(t("desk.login.password"), h("input", { name: "password", type: "password", required: !desk.oidc, autocomplete: "new-password" }),
      t(desk.oidc ? "desk.account.password_hint" : "desk.setup.password_hint")),
    h("button", { class: "main" }, t("desk.account.make")));
  return h("details", { class: "act" }, h("summary", {}, t("desk.account.new")), own);

  async function send(event) {
    event.preventDefault();
    const said = values(own);
    if (said.role !== "operator") delete said.operator;
    try {
      await post("/accounts", said);
      say(t("desk.account.made", { name: said.name }));
      redraw();
    } catch (error) {
      sayRefusal(error);
    }
  }
}

function audit(trail) {
  const body = h("tbody");
  const more = h("button", { type: "button", class: "quiet" }, t("desk.show_more"));
  const add = ({ items, next }) => {
    body.append(...items.map((e) => h("tr", {}, h("td", { class: "number" }, e.sequence), h("td", {}, moment(e.time)), h("td", {}, e.actor), h("td", {}, e.action),
      h("td", {}, Object.entries(e.detail).map(([name, value]) => `${name} ${value}`).join(", ")))));
    more.hidden = !next;
    more.onclick = async () => add(await get("/audit", { before: next }));
  };
  add(trail);
  return [wide(t("desk.audit"), h("table", { class: "board" },
    h("thead", {}, h("tr", {}, ["number", "time", "who", "what", "detail"].map((c) => h("th", { scope: "col" }, t(`desk.audit.${c}`))))), body)), more];
}
