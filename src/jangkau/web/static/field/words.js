// Words and numbers in the language of the page; both languages are on the phone.

const LOCALES = { id: "id-ID", en: "en-GB" };
let texts = {};
let language = "id";
let zone = "UTC";

/** Take the words of a language. */
export async function speak(wanted) {
  const answer = await fetch(`/api/v1/field/texts/${wanted}`);
  if (!answer.ok) throw new Error(`texts ${answer.status}`);
  texts = await answer.json();
  language = wanted;
  localStorage.setItem("jangkau.language", wanted);
  document.documentElement.lang = wanted;
  document.title = t("field.title");
}

/** Return the language that was chosen last; Indonesian at first. */
export function chosen() {
  return localStorage.getItem("jangkau.language") ?? "id";
}

export function spoken() {
  return language;
}

/** Show times as clocks in the region show them. */
export function live(timezone) {
  zone = timezone;
}

export function zoneOf() {
  return zone;
}

/** Return a sentence; fields in braces are filled: numbers as the language writes them, inner messages as their text. */
export function t(code, fields = {}) {
  const template = texts[code];
  if (template === undefined) return code;
  return template.replace(/\{(\w+)(?::[^}]*)?\}/g, (_, name) => {
    const value = fields[name];
    if (value && typeof value === "object" && value.code) return t(value.code, value.parameters ?? {});
    return typeof value === "number" ? number(value) : String(value ?? "");
  });
}

/** Return a sentence that came in both languages, its days as people write them. */
export function said(sentences) {
  return (sentences?.[language] ?? "").replace(/\d{4}-\d{2}-\d{2}/g, day);
}

/** Return a number with at most some digits after the point. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: digits }).format(value);
}

/** Return a distance in metres, or in kilometres where it is long. */
export function distance(metres) {
  if (metres === null || metres === undefined) return "–";
  if (metres < 950) return `${number(metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10)} m`;
  return `${number(metres / 1000, metres < 9500 ? 1 : 0)} km`;
}

/** Return a day as people write it. */
export function day(iso) {
  return new Date(iso.length === 10 ? `${iso}T12:00:00Z` : iso).toLocaleDateString(LOCALES[language], {
    day: "numeric", month: "short", year: "numeric", timeZone: iso.length === 10 ? "UTC" : zone,
  });
}

/** Return a clock time with its day. */
export function moment(when) {
  return new Date(when).toLocaleString(LOCALES[language], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: zone });
}

/** Return a rate in the unit that people read it in. */
export function rate(mbps) {
  if (mbps === null || mbps === undefined) return "–";
  return mbps < 1 ? `${number(mbps * 1000)} kbit/s` : `${number(mbps, 1)} Mbit/s`;
}
