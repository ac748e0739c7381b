// What panels have in common.

import { h } from "./dom.js";
import { go } from "./state.js";
import { t } from "./words.js";

/** Return the button that closes a panel: nothing is picked any more. */
export function close() {
  return h("button", { type: "button", class: "close", "aria-label": t("desk.close"), onclick: () => go({ pick: "" }) }, "×");
}

/** Return a frame in which something wide can be moved sideways, with the keyboard too. */
export function wide(label, child) {
  return h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, child);
}
