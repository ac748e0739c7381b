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
