// What the page shows, kept in its address: every state is a link that can be sent to somebody.

const DEFAULTS = {
  view: "map", quantity: "signal", operator: "any", level: "village", district: "", value: "", kind: "", power: "",
  remote: "", stale: "", q: "", pick: "", surface: "grade", show: "places,gaps", at: "",
};
/* pick: "village 64.08.01.2001", "district 64.08.01", "place P-1", "point 117.5 0.9", "site 117.5 0.9" or "" */

const watchers = new Set();
let now = read();

function read() {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(DEFAULTS).map(([name, usual]) => [name, asked.get(name) ?? usual]));
}

function address(state) {
  const said = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(said).toString();
  return query ? `/?${query}` : "/";
}

export function state() {
  return now;
}

/** Change what is shown. A new view or pick is a step that "back" undoes; filters and camera are not. */
export function go(changes) {
  const before = now;
  now = { ...now, ...changes };
  if (address(before) === address(now)) return;
  const step = before.view !== now.view || (before.pick && before.pick !== now.pick);
  history[step ? "pushState" : "replaceState"](null, "", address(now));
  tell(before);
}

/** Call a function with (now, before) after every change. */
export function watch(call) {
  watchers.add(call);
}

/** Forget all watchers; the page is drawn anew. */
export function unwatch() {
  watchers.clear();
}

function tell(before) {
  for (const call of watchers) call(now, before);
}

addEventListener("popstate", () => {
  const before = now;
  now = read();
  tell(before);
});

/** Tell whether two states differ in any of some names. */
export function differs(one, other, ...names) {
  return names.some((name) => one[name] !== other[name]);
}

/** Return the parameters by which the server filters lists. */
export function filters(own) {
  const { quantity, operator, district, value, power, remote, stale, q } = own;
  return { quantity, operator: quantity === "signal" ? operator : "any", district, value, power, remote, stale, q };
}

/** Return the kind and the words of a pick. */
export function picked(pick) {
  const [kind, ...rest] = pick.split(" ");
  return { kind, code: rest.join(" "), point: rest.map(Number) };
}
