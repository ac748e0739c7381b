// The outbox: draft, done, sent and verified, safe. It tries for ever, and drops nothing that is not in a backup.

import { changeSheet, keep, kept, photo, sheets } from "./base.js";
import { offset } from "./clock.js";
import { ask, Refused, send } from "./server.js";

const PART_BYTES = 256 * 1024;
const FIRST_WAIT_S = 5;
const LONGEST_WAIT_S = 300;
const IDLE_WAIT_S = 600;
const state = { trouble: null, busy: false, waiting: FIRST_WAIT_S, batch: 5, timer: null, again: false, listeners: [] };

/** Return how many tests the server has not confirmed, photos included, and how many are not yet safe. */
export function count(all) {
  const waiting = all.filter((own) => own.state !== "draft");
  const unsent = waiting.filter((own) => !sent(own));
  return { unsent: unsent.length, unsafe: waiting.filter((own) => own.state !== "safe").length, all: waiting.length };
}

export function sent(own) {
  return (own.state === "kept" || own.state === "safe") && own.photos.every((one) => one.sent || one.gone);
}

/** Tell somebody whenever something has changed. */
export function whenChanged(call) {
  state.listeners.push(call);
}

export function trouble() {
  return state.trouble;
}

export function busy() {
  return state.busy;
}

function changed() {
  for (const call of state.listeners) call();
}

/** Begin to send whenever that may work. */
export function begin() {
  addEventListener("online", () => now());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now());
  now();
}

/** Try now; what is under way goes on, and is followed by another round. */
export function now() {
  state.waiting = FIRST_WAIT_S;
  if (state.busy) {
    state.again = true;
    return Promise.resolve();
  }
  clearTimeout(state.timer);
  state.busy = true;
  return (navigator.locks ? navigator.locks.request("jangkau-outbox", { ifAvailable: true }, (lock) => lock && round()) : round())
    .catch((error) => console.error(error))
    .finally(() => {
      state.busy = false;
      changed();
      plan();
    });
}

async function plan() {
  const left = count(await sheets()).unsent;
  const wait = state.again ? 0 : left || state.trouble ? state.waiting : IDLE_WAIT_S;
  state.again = false;
  state.waiting = Math.min(state.waiting * 2, LONGEST_WAIT_S);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => {
    const keepWaiting = state.waiting;
    now();
    state.waiting = keepWaiting;
  }, wait * 1000);
}

async function round() {
  changed();
  try {
    await sendSheets();
    await sendPhotos();
    await compare();
    state.trouble = null;
    state.waiting = FIRST_WAIT_S;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    state.trouble = error;
  }
}

/** Send sheets, some at a time: fewer after a break, so that even a line that drops every few seconds gets on. */
async function sendSheets() {
  const waiting = (await sheets()).filter((own) => own.state === "done").sort((one, other) => one.number - other.number);
  while (waiting.length) {
    const part = waiting.slice(0, state.batch);
    let said;
    try {
      said = await ask("POST", "/sheets", { sheets: part.map((own) => ({ body: own.body, offset_s: offset(own.epoch) })) });
    } catch (error) {
      if (error instanceof Refused && (error.status === 0 || error.status >= 500)) state.batch = Math.max(1, Math.floor(state.batch / 2));
      throw error;
    }
    waiting.splice(0, part.length);
    for (const [n, receipt] of said.items.entries()) await noteReceipt(part[n], receipt);
    state.batch = Math.min(20, state.batch * 2);
    changed();
  }
}

/** Believe a receipt only where it names the very bytes that were sent. */
async function noteReceipt(own, receipt) {
  const right = receipt.kept && receipt.sha256 === own.sha256;
  await changeSheet(own.id, (it) => {
    it.problem = right ? null : (receipt.refused ?? { code: "field.receipt_differs", sentences: null });
    if (!right) return;
    it.state = "kept";
    it.received_at = receipt.received_at;
    it.counts_less = receipt.counts_less;
  });
}

async function sendPhotos() {
  const waiting = (await sheets()).filter((own) => own.state === "kept" || own.state === "safe");
  for (const own of waiting.sort((one, other) => one.number - other.number)) {
    for (const one of own.photos.filter((p) => !p.sent && !p.gone)) await sendPhoto(own.id, one);
  }
}

async function sendPhoto(id, one) {
  const content = await photo(one.sha256);
  if (content === null || content.size !== one.size_bytes) {
    await mark(id, one.sha256, { gone: true });
    return;
  }
  let { bytes } = await ask("GET", `/photos/${one.sha256}`);
  for (let complete = false; !complete;) {
    const part = content.slice(bytes, bytes + PART_BYTES);
    let answer;
    try {
      answer = await ask("PUT", `/photos/${one.sha256}?sheet=${id}&offset=${bytes}`, part, 120);
    } catch (error) {
      if (error.status !== 422) throw error;
      await mark(id, one.sha256, { problem: { code: error.code, sentences: error.sentences } });
      return;
    }
    ({ bytes, complete } = answer);
    state.waiting = FIRST_WAIT_S;
  }
  await mark(id, one.sha256, { sent: true, problem: null });
  changed();
}

async function mark(id, sha256, said) {
  await changeSheet(id, (own) => {
    for (const one of own.photos) if (one.sha256 === sha256) Object.assign(one, said);
  });
}

/** Ask what the server lacks and what lies in a backup that was read back; what it lacks is sent again. */
async function compare() {
  const held = (await sheets()).filter((own) => own.state === "kept" || own.state === "safe").map((own) => own.id);
  let again = 0;
  for (let start = 0; start === 0 || start < held.length; start += 500) {
    const said = await ask("POST", "/standing", { sheets: held.slice(start, start + 500) });
    const epoch = await kept("epoch");
    if (epoch && epoch !== said.epoch) await keep("restored", { at: said.now, lacking: said.lacking.length });
    await keep("epoch", said.epoch);
    await keep("backup_at", said.backup_at);
    const [lacking, safe] = [new Set(said.lacking), new Set(said.safe)];
    const photos = new Set(said.lacking_photos.map((p) => `${p.sheet} ${p.sha256}`));
    for (const id of held.slice(start, start + 500)) {
      const changes = lacking.has(id) || safe.has(id) || said.lacking_photos.some((p) => p.sheet === id);
      if (!changes) continue;
      await changeSheet(id, (own) => {
        const before = sent(own);
        if (lacking.has(id)) own.state = "done";
        else own.state = safe.has(id) ? "safe" : "kept";
        for (const one of own.photos) {
          if (lacking.has(id) || photos.has(`${id} ${one.sha256}`)) one.sent = false;
        }
        if (before && !sent(own)) again += 1;
      });
    }
    const unsafe = held.slice(start, start + 500).filter((id) => !safe.has(id) && !lacking.has(id));
    for (const id of unsafe) await changeSheet(id, (own) => { if (own.state === "safe") own.state = "kept"; });
  }
  state.again = state.again || again > 0;
}

/** Ping: whether the server answers now. */
export async function reachable() {
  try {
    await send("POST", "/speed/ping", undefined, 8);
    return true;
  } catch (error) {
    return error.status > 0;
  }
}
