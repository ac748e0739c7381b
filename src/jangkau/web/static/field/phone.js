// The phone: whose it is, its language, its room, and what it took along.

import { fill, h } from "/static/js/dom.js";
import { freeSafePhotos, room } from "./base.js";
import { moment, number, spoken, t } from "./words.js";

export async function drawPhone(root, tools) {
  const { field } = tools;
  const { full, left } = await room();
  const other = spoken() === "id" ? "en" : "id";
  fill(root, h("h1", {}, t("field.tab.phone")),
    h("dl", {},
      h("dt", {}, t("field.phone.who")), h("dd", {}, `${field.phone.account} · ${field.phone.device}`),
      h("dt", {}, t("field.phone.pack")), h("dd", {}, field.pack ? t("field.phone.pack_of", { count: field.pack.points.length, date: moment(field.pack.taken) }) : "–"),
      h("dt", {}, t("field.phone.room")), h("dd", {}, t("field.phone.room_left", { percent: full * 100, mb: left / 1e6 }))),
    full > 0.8 && h("p", { class: "warn" }, t("field.phone.nearly_full")),
    h("div", { class: "stack" },
      h("button", { onclick: tools.takePack }, t("field.phone.renew")),
      h("button", { onclick: free }, t("field.phone.free")),
      h("button", { lang: other, onclick: () => tools.speak(other) }, other === "en" ? "English" : "Bahasa Indonesia"),
      h("a", { class: "button", href: "#guide/phone" }, t("field.guide.title"))),
    h("p", { class: "hint" }, t("field.phone.logger")));

  async function free() {
    tools.say(t("field.phone.freed", { count: number(await freeSafePhotos()) }));
    await drawPhone(root, tools);
  }
}
