// Letting a phone in: with the code of the picture, over a protected connection only.

import { field, fill, h } from "/static/js/dom.js";
import { kept, keep } from "./base.js";
import { ask } from "./server.js";
import { speak, spoken, t } from "./words.js";

/** Draw the screen; with a code from the picture one tap is enough. */
export function drawEnrol(root, code, letIn) {
  root.removeAttribute("aria-busy");
  const input = h("input", { name: "code", value: code, autocapitalize: "characters", autocomplete: "off", required: true, maxlength: 20 });
  const problem = h("p", { class: "warn", role: "alert", hidden: true });
  const other = spoken() === "id" ? "en" : "id";
  const button = h("button", { class: "main" }, t("field.enrol.button"));
  fill(root, h("form", { onsubmit: send },
    h("h1", {}, t("field.enrol.title")), h("p", {}, t("field.enrol.lead")),
    field(t("field.enrol.code"), input, t("field.enrol.hint")),
    !isSecureContext && h("p", { class: "warn" }, t("field.needs_https")),
    problem, button, h("p", {}, h("small", {}, t("field.enrol.privacy"))),
    h("button", { type: "button", class: "quiet", lang: other, onclick: otherLanguage }, other === "en" ? "English" : "Bahasa Indonesia")));

  async function otherLanguage() {
    await speak(other);
    drawEnrol(root, input.value, letIn);
  }

  async function send(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      const token = (await kept("next_token")) ?? randomToken();
      await keep("next_token", token); // the same again, should the answer be lost on the way
      const said = await ask("POST", "/enrolment", { code: input.value.trim(), token, name: name() });
      await keep("next_token", null);
      await letIn({ token, device: said.device, account: said.account, region: said.region });
    } catch (error) {
      problem.textContent = error.sentences?.[spoken()] ?? t("field.no_answer");
      problem.hidden = false;
      button.disabled = false;
    }
  }
}

function randomToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Return what kind of phone this is, from what browsers tell everybody; no number. */
function name() {
  return (navigator.userAgent.match(/\(([^)]*)\)/)?.[1] ?? "").slice(0, 100);
}
