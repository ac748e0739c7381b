// The phone's clock is not trusted. An epoch is a time in which it was not set; the server tells by how much it is off.
//
// A clock that is set back is noticed at once. One that is set forward looks like time passing; that it was shows at the
// next contact, by an offset that cannot be: then nobody can tell when the tests since the last contact were.

import { keep, kept } from "./base.js";

const SET_BACK_MS = 60_000;
const DRIFT_S = 60;
let state = { epoch: 1, seen: 0, offsets: {}, least: {} };

/** Take up what was known, and look at the clock now and then. */
export async function begin() {
  state = (await kept("clock")) ?? state;
  await look();
  setInterval(look, 10_000);
  document.addEventListener("visibilitychange", look);
}

/** Notice when the clock was set back, and by how much it must at least be behind since. */
export async function look() {
  const now = Date.now();
  const back = state.seen - now;
  if (back > SET_BACK_MS) {
    const before = state.offsets[state.epoch] ?? state.least[state.epoch] ?? 0;
    state.epoch += 1;
    state.least[state.epoch] = before + back / 1000;
  }
  if (back > SET_BACK_MS || now - state.seen > 5000) {
    state.seen = now;
    await keep("clock", state);
  }
}

export function epoch() {
  return state.epoch;
}

/** Note the server's time; where it shows that the clock was set unseen, the tests since the last contact are not sure. */
export async function heard(serverTime, asked) {
  await look();
  const offset = (Date.parse(serverTime) - (asked + Date.now()) / 2) / 1000;
  const [before, least] = [state.offsets[state.epoch], state.least[state.epoch]];
  const moved = typeof before === "number" && Math.abs(offset - before) > DRIFT_S;
  const impossible = before === undefined && least !== undefined && offset < least - DRIFT_S;
  if (moved || impossible) {
    state.offsets[state.epoch] = null;
    for (let of = state.epoch; impossible && of > 1 && state.least[of] !== undefined; of -= 1) state.offsets[of - 1] = null;
    state.epoch += 1;
  }
  state.offsets[state.epoch] = Math.round(offset * 10) / 10;
  await keep("clock", state);
}

/** Return by how many seconds the server's clock was ahead in an epoch; null where nobody knows. */
export function offset(of) {
  return state.offsets[of] ?? null;
}

/** Return the time as the server would say it, where that is known. */
export function trueNow() {
  return Date.now() + (offset(state.epoch) ?? 0) * 1000;
}
