// Coming in: the first administrator with the token from the terminal, then names and passwords.

import { get, note, post } from "./api.js";
import { field, fill, h, values } from "./dom.js";
import { speak, spoken, t } from "./words.js";

/** Ask until somebody is logged in; gives the session. */
export function comeIn(root, session) {
  return new Promise((resolve) => draw(root, session, resolve));
}

function draw(root, session, resolve) {
  const said = new URLSearchParams(location.hash.slice(1));
  const token = said.get("setup"), failed = said.get("problem");
  const first = session.setup_needed;
  const problem = h("p", { class: "problem", role: "alert" }, /^oidc_[a-z]+$/.test(failed) && t(`problem.${failed}`));
  const form = h("form", { class: "gate", onsubmit: send },
    h("h1", {}, h("img", { src: "/static/icon.svg", alt: "", width: 40, height: 40 }), "Jangkau"),
    h("p", {}, t(first ? "desk.setup.lead" : "desk.login.lead")),
    first && !token && field(t("desk.setup.token"), h("input", { name: "token", required: true, autocomplete: "off" }), t("desk.setup.token_hint")),
    field(t("desk.login.name"), h("input", { name: "name", required: true, autocomplete: "username", maxlength: 60 })),
    field(t("desk.login.password"),
      h("input", { name: "password", type: "password", required: true, autocomplete: first ? "new-password" : "current-password" }),
      first ? t("desk.setup.password_hint") : null),
    problem,
    h("button", { class: "main" }, t(first ? "desk.setup.do" : "desk.login.do")),
    session.oidc && h("a", { class: "button", href: "/api/v1/oidc" }, t("desk.login.oidc")),
    h("button", { type: "button", class: "quiet", onclick: other }, spoken() === "id" ? "English" : "Bahasa Indonesia"));
  fill(root, h("main", { class: "gatehouse" }, form));
  form.querySelector("input").focus();

  async function other() {
    await speak(spoken() === "id" ? "en" : "id");
    draw(root, session, resolve);
  }

  async function send(event) {
    event.preventDefault();
    const said = values(form);
    try {
      const opened = await post(first ? "/setup" : "/session", first ? { token, ...said } : said);
      note({ csrf: opened.csrf });
      if (location.hash) history.replaceState(null, "", location.pathname + location.search);
      resolve(opened);
    } catch (error) {
      problem.textContent = error.status ? error.message : t("desk.no_answer");
      if (error.code === "account.not_first") draw(root, await get("/session"), resolve);
    }
  }
}
