// A test on its way: begun, filled in, and done. What is done is written once and not changed any more.

import { newId } from "/static/js/ids.js";
import { keep, kept } from "./base.js";
import * as clock from "./clock.js";
import { digest } from "./photos.js";
import { judge } from "./rules.js";

const APP = "field-1";

/** Return a new draft of a test at a place. */
export async function newDraft(place, task) {
  const number = ((await kept("number")) ?? 0) + 1;
  await keep("number", number);
  return {
    id: newId(), number, state: "draft", place_code: place.code, place_name: place.name, epoch: clock.epoch(), photos: [],
    draft: { task, step: 1, environment: null, results: {}, speed: null, power: null, nearest: null, note: "", position: null, send_place: null, fallback: null },
  };
}

/** Return how the rules judge a draft now. */
export function judged(own, place, pack) {
  const { environment, position, speed } = own.draft;
  const over = speed?.over;
  return judge({ environment, position, on_wifi: over ? Boolean(speed.wifi) && over !== "wifi" : false, time: clock.trueNow() }, place, pack);
}

/** Finish a draft: its words are written down and named by their digest. */
export async function finish(own, phone, pack) {
  const draft = own.draft;
  const results = Object.entries(draft.results).filter(([, said]) => said.service)
    .map(([operator, said]) => ({ operator, service: said.service, technology: said.service === "none" ? null : said.technology ?? null, rsrp_dbm: said.rsrp_dbm ?? null }));
  const { wifi, ...speed } = draft.speed ?? {};
  const body = JSON.stringify({
    form: "sheet-1", id: own.id, number: own.number, app: APP, place_code: own.place_code, task_code: draft.task, tester: phone.account,
    phone_time: new Date().toISOString(), clock_epoch: clock.epoch(), position: draft.position, environment: draft.environment,
    on_wifi: draft.speed?.over ? Boolean(wifi) && speed.over !== "wifi" : null,
    results, speed: draft.speed ? speed : null, power: draft.power, nearest: draft.nearest,
    send_place: draft.send_place, fallback: draft.fallback || null, note: draft.note || null,
    photos: own.photos.map(({ sha256, size_bytes }) => ({ sha256, size_bytes })),
    standards: { technology: pack.technology, as_of: pack.as_of },
  });
  const said = { results, power: draft.power, speed: draft.speed ? speed : null };
  return { ...own, state: "done", draft: null, said, body, sha256: await digest(body), epoch: clock.epoch(), made: Date.now(), problem: null };
}
