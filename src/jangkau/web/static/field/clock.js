// The phone's clock is not trusted. An epoch is a time in which it was not set; the server tells by how much it is off.

import { keep, kept } from "./base.js";

const SET_BACK_MS = 60_000;
const DRIFT_S = 60;
let state = { epoch: 1, seen: 0, offsets: {} };

/** Take up what was known, and look at the clock now and then. */
export async function begin() {
  state = (await kept("clock")) ?? state;
  await look();
  setInterval(look, 10_000);
  document.addEventListener("visibilitychange", look);
}

/** Notice when the clock was set back. */
export async function look() {
  const now = Date.now();
  if (now < state.seen - SET_BACK_MS) state.epoch += 1;
  if (now < state.seen - SET_BACK_MS || now - state.seen > 5000) {
    state.seen = now;
    await keep("clock", state);
  }
}

export function epoch() {
  return state.epoch;
}

/** Note the server's time; where it shows that the clock was set meanwhile, nobody can tell when the tests since were. */
export async function heard(serverTime, asked) {
  await look();
  const offset = (Date.parse(serverTime) - (asked + Date.now()) / 2) / 1000;
  const before = state.offsets[state.epoch];
  if (typeof before === "number" && Math.abs(offset - before) > DRIFT_S) {
    state.offsets[state.epoch] = null;
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
