// Words, numbers and dates in the language of the page and the time zone of the region.

import { get, note } from "./api.js";

const LOCALES = { id: "id-ID", en: "en-GB" };
let texts = {};
let language = "id";
let zone = "UTC";
let numbers = new Map();

/** Fetch all words of a language. */
export async function speak(wanted) {
  texts = await get("/texts", { lang: wanted });
  language = wanted;
  numbers = new Map();
  localStorage.setItem("jangkau.language", wanted);
  document.documentElement.lang = wanted;
  note({ language: wanted });
}

/** Show times as clocks in the region show them. */
export function live(timezone) {
  zone = timezone;
}

export function spoken() {
  return language;
}

/** Return a sentence; fields in braces are filled, numbers among them written as the language does. */
export function t(code, fields = {}) {
  const template = texts[code];
  if (template === undefined) {
    console.error(`no text ${code}`);
    return code;
  }
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    const value = fields[name];
    return typeof value === "number" ? number(value) : String(value ?? "");
  });
}

/** Tell whether there is a text. */
export function has(code) {
  return texts[code] !== undefined;
}

/** Return a number with at most some digits after the point. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  if (!numbers.has(digits)) {
    numbers.set(digits, new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: digits }));
  }
  return numbers.get(digits).format(value);
}

/** Return a fraction as per cent; small ones are not rounded to nothing. */
export function percent(fraction) {
  if (fraction === null || fraction === undefined) return "–";
  if (fraction > 0 && fraction < 0.005) return "<1\u00a0%";
  if (fraction < 1 && fraction > 0.995) return ">99\u00a0%";
  return `${number(fraction * 100)}\u00a0%`;
}

/** Return a day as people write it. */
export function day(iso) {
  if (!iso) return "–";
  const moment = iso.length === 10 ? new Date(`${iso}T12:00:00Z`) : new Date(iso);
  const where = iso.length === 10 ? "UTC" : zone;
  return moment.toLocaleDateString(LOCALES[language], { day: "numeric", month: "short", year: "numeric", timeZone: where });
}

/** Return a day and a clock time in the zone of the region. */
export function moment(iso) {
  if (!iso) return "–";
  const form = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: zone };
  return `${new Date(iso).toLocaleString(LOCALES[language], form)} ${zoneName(iso)}`;
}

function zoneName(iso) {
  const parts = new Intl.DateTimeFormat("id-ID", { timeZone: zone, timeZoneName: "short" }).formatToParts(new Date(iso));
  return parts.find((part) => part.type === "timeZoneName").value;
}

/** Return how long ago something was. */
export function age(days) {
  if (days === null || days === undefined) return "–";
  if (days <= 0) return t("desk.today");
  return days === 1 ? t("desk.yesterday") : t("desk.days_ago", { days });
}
