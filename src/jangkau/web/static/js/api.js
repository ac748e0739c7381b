// The server: JSON in and out, the token against forged requests, and refusals as kind sentences.

const BASE = "/api/v1";
const known = { csrf: null, language: document.documentElement.lang, lost: () => {} };

/** A refusal; its message is a sentence in the language of the page. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.code = problem.code;
    this.field = problem.field;
    this.sentences = problem.sentences;
  }
}

/** Note the session's token, the language, or what to do when the session has ended. */
export function note(changes) {
  Object.assign(known, changes);
}

/** Ask for something; parameters that are empty are left out. */
export function get(path, parameters = {}, signal = undefined) {
  const asked = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(asked).toString();
  return call("GET", query ? `${path}?${query}` : path, undefined, signal);
}

/** Change something. */
export function post(path, body) {
  return call("POST", path, body);
}

/** End something. */
export function remove(path) {
  return call("DELETE", path);
}

async function call(method, path, body, signal) {
  const headers = { "Accept-Language": known.language };
  if (method !== "GET" && known.csrf) headers["X-CSRF-Token"] = known.csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(BASE + path, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { code: "desk.no_answer", detail: null });
  }
  if (response.status === 204) return null;
  const said = await response.json().catch(() => ({ code: "desk.no_answer", detail: null }));
  if (response.ok) return said;
  if (response.status === 401 && path !== "/session") known.lost();
  throw new Refused(response.status, said);
}

/** Return a UUIDv7 (RFC 9562, section 5.7): made here, so that sending twice stores once. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = now;
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
