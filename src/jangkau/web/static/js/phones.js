// Letting phones in: a picture with a code for each, and the list of phones that may send.

import { get, note, post } from "./api.js";
import { field, fill, h } from "./dom.js";
import { comeIn } from "./gate.js";
import { wide } from "./panel.js";
import { say, sayRefusal } from "./said.js";
import { live, moment, speak, t } from "./words.js";

const app = document.getElementById("app");

async function begin() {
  const [session] = await Promise.all([get("/session"), speak(document.documentElement.lang)]);
  const opened = session.account ? session : await comeIn(app, session);
  note({ csrf: opened.csrf, lost: () => location.reload() });
  live((await get("/region")).timezone);
  document.title = `${t("desk.view.phones")} · Jangkau`;
  app.removeAttribute("aria-busy");
  await draw(opened.account, null);
}

async function draw(account, invited) {
  const { items } = await get("/field/devices");
  const name = h("input", { name: "account", required: true, maxlength: 60, value: invited?.account ?? account.name, autocomplete: "off" });
  fill(app, h("main", { class: "phones" },
    h("p", {}, h("a", { href: "/" }, `‹ ${t("desk.view.map")}`)), h("h1", {}, t("desk.view.phones")), h("p", {}, t("desk.phones.lead")),
    h("form", { onsubmit: invite }, field(t("desk.phones.for"), name, t("desk.phones.for_hint")), h("button", { class: "main" }, t("desk.phones.invite"))),
    invited && picture(invited), items.length > 0 && list(items)));

  async function invite(event) {
    event.preventDefault();
    try {
      await draw(account, await post("/field/invitations", { account: name.value }));
    } catch (error) {
      sayRefusal(error);
    }
  }

  function list(phones) {
    return wide(t("desk.view.phones"), h("table", { class: "board" },
      h("thead", {}, h("tr", {}, ["code", "account", "name", "enrolled", "state"].map((c) => h("th", { scope: "col" }, t(`desk.phones.${c}`))))),
      h("tbody", {}, phones.map((p) => h("tr", {}, h("th", { scope: "row" }, p.code), h("td", {}, p.account), h("td", {}, p.name), h("td", {}, p.enrolled_at ? moment(p.enrolled_at) : "–"),
        h("td", {}, p.revoked_at ? t("desk.phones.revoked", { date: moment(p.revoked_at) }) : h("button", { type: "button", class: "quiet", onclick: revoke(p.code) }, t("desk.phones.revoke"))))))));
  }

  function revoke(code) {
    return async () => {
      try {
        await post(`/field/devices/${encodeURIComponent(code)}/revoked`, {});
        say(t("desk.phones.now_revoked", { code }));
        await draw(account, null);
      } catch (error) {
        sayRefusal(error);
      }
    };
  }
}

function picture(invited) {
  return h("figure", { class: "invitation" }, h("img", { src: invited.picture, alt: t("desk.phones.picture"), width: 264, height: 264 }),
    h("figcaption", {}, h("b", {}, invited.code), h("br"), t("desk.phones.scan", { account: invited.account }), h("br"), h("code", {}, invited.address),
      invited.only_here && h("p", { class: "problem" }, t("desk.phones.only_here"))));
}

begin().catch(sayRefusal);
