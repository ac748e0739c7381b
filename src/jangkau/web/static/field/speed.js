// How fast the phone reaches the server: a small transfer first, then one sized for some seconds; counted on arrival.

import { ask, send } from "./server.js";

const FIRST_BYTES = 16_000;
const MOST_BYTES = 4_000_000;
const LEAST_BYTES = 16_000;
const WANTED_S = 5;
const LONGEST_S = 15;
const PINGS = 10;
const PING_S = 3;

/** Measure; calls back with {step, share} as it goes. Returns rates in Mbit/s, delay in ms, and what it cost. */
export async function measure(step) {
  const began = performance.now();
  const { latency_ms, loss_percent } = await delay((share) => step("ping", share));
  step("down", 0);
  let down = await receive(FIRST_BYTES);
  step("down", 0.3);
  if (down.seconds < WANTED_S / 2) down = better(down, await receive(sized(down)));
  step("up", 0);
  let up = await give(FIRST_BYTES);
  step("up", 0.3);
  if (up.took < WANTED_S / 2) up = better(up, await give(sized(up)));
  return {
    latency_ms, loss_percent,
    download_mbps: rate(down), upload_mbps: rate(up),
    download_bytes: down.bytes, download_s: down.seconds, upload_bytes: up.bytes, upload_s: up.seconds,
    bytes: down.cost + up.cost, seconds: Math.round((performance.now() - began) / 100) / 10,
  };
}

function better(first, second) {
  return { ...(second.bytes > 0 && second.seconds > 0 ? second : first), cost: first.cost + second.cost };
}

function sized({ bytes, seconds, took }) {
  const a_second = seconds > 0.02 ? bytes / seconds : FIRST_BYTES / Math.max(took, 0.01);
  return Math.round(Math.min(MOST_BYTES, Math.max(LEAST_BYTES, a_second * WANTED_S)));
}

function rate({ bytes, seconds }) {
  return bytes > 0 && seconds > 0 ? Math.round((bytes * 8) / seconds / 1000) / 1000 : null;
}

async function delay(step) {
  const times = [];
  let lost = 0;
  await send("POST", "/speed/ping", undefined, 20).catch(() => {});
  for (let n = 0; n < PINGS; n += 1) {
    const began = performance.now();
    try {
      await send("POST", "/speed/ping", undefined, PING_S);
      times.push(performance.now() - began);
    } catch {
      lost += 1;
    }
    step((n + 1) / PINGS);
  }
  times.sort((one, other) => one - other);
  const middle = times[Math.floor(times.length / 2)];
  return { latency_ms: middle === undefined ? null : Math.round(middle * 10) / 10, loss_percent: (100 * lost) / PINGS };
}

/** Let bytes come; the first to arrive start the watch and are not counted. */
async function receive(count) {
  const began = performance.now();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LONGEST_S * 1000);
  let [started, last, bytes, cost] = [null, null, 0, 0];
  try {
    const answer = await send("POST", `/speed/down?count=${count}`, undefined, LONGEST_S, stop.signal);
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      last = performance.now();
      cost += value.length;
      if (started === null) started = last;
      else bytes += value.length;
    }
  } catch (error) {
    if (error.status > 0) throw error;
  }
  clearTimeout(timer);
  return { bytes, cost, seconds: started === null ? 0 : (last - started) / 1000, took: (performance.now() - began) / 1000 };
}

/** Send bytes; the server counts what reaches it, also of a transfer that was cut off. */
async function give(count) {
  const test = [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const noise = new Uint8Array(count);
  for (let at = 0; at < count; at += 65_536) crypto.getRandomValues(noise.subarray(at, Math.min(count, at + 65_536)));
  const began = performance.now();
  let arrived;
  try {
    arrived = await ask("POST", `/speed/up?test=${test}`, noise, LONGEST_S);
  } catch (error) {
    if (error.status > 0) throw error;
    arrived = await ask("GET", `/speed/up?test=${test}`, undefined, 20).catch(() => ({ bytes: 0, seconds: 0 }));
  }
  return { ...arrived, cost: count, took: (performance.now() - began) / 1000 };
}

/** Return how many polling stations could send at once at a rate. */
export function stations(uploadMbps, neededKbps) {
  return Math.floor((uploadMbps * 1000) / neededKbps);
}

/** Return how many result forms of a size get through in ten minutes at a rate. */
export function forms(uploadMbps, formMb) {
  return Math.floor((uploadMbps * 600) / 8 / formMb);
}
