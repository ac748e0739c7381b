// Short notes at the foot of the page, read aloud by screen readers; an act that can be undone says so for ten seconds.

import { fill, h } from "./dom.js";
import { t } from "./words.js";

let timer;

/** Say a sentence; `undo` is called if the reader wants the act back. */
export function say(sentence, undo = null) {
  clearTimeout(timer);
  const back = undo && h("button", { type: "button", onclick: () => { hush(); undo(); } }, t("desk.undo"));
  fill(document.getElementById("said"), h("span", {}, sentence), back);
  timer = setTimeout(hush, undo ? 10_000 : 6_000);
}

/** Say why something was refused; the page shows what was typed as it was. */
export function sayRefusal(error) {
  if (error.name === "AbortError") return;
  if (error.status === undefined) console.error(error);
  say(error.status ? error.message : t("desk.no_answer"));
}

function hush() {
  fill(document.getElementById("said"));
}
