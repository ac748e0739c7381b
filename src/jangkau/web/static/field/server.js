// The server: every request carries the phone's token, ends after a while, and tells the clock.

import { heard } from "./clock.js";

const BASE = "/api/v1/field";
let token = null;

/** A request that the server refused; without a status nobody answered. */
export class Refused extends Error {
  constructor(status, said) {
    super(said?.code ?? "field.no_answer");
    Object.assign(this, { status, code: said?.code ?? "field.no_answer", sentences: said?.sentences ?? null });
  }
}

export function carry(given) {
  token = given;
}

/** Return what the server answers as JSON. */
export async function ask(method, path, body = undefined, seconds = 60) {
  const asked = Date.now();
  const answer = await send(method, path, body, seconds);
  const said = await answer.json().catch(() => null);
  if (said === null) throw new Refused(0);
  if (said.now) await heard(said.now, asked);
  return said;
}

/** Send a request and return the answer, whatever it holds. */
export async function send(method, path, body = undefined, seconds = 60, signal = AbortSignal.timeout(seconds * 1000)) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const binary = body instanceof Blob || body instanceof Uint8Array;
  if (body !== undefined && !binary) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(BASE + path, { method, headers, signal, cache: "no-cache", credentials: "omit", body: body === undefined || binary ? body : JSON.stringify(body) });
  } catch {
    throw new Refused(0);
  }
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => null));
  return answer;
}
