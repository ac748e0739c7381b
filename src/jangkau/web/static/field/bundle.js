// The bundle: all that the phone still holds, as one file that can be carried. A zip without packing.

import { kept, photo, sheets } from "./base.js";
import { offset } from "./clock.js";

/** Return the bundle as a file. */
export async function bundle() {
  const phone = (await kept("phone")) ?? {};
  const own = (await sheets()).filter((s) => s.state !== "draft");
  const list = { form: "field-bundle-1", device: phone.device ?? "HP-?", sheets: own.map((s) => ({ body: s.body, offset_s: offset(s.epoch) })) };
  const parts = [["sheets.json", new TextEncoder().encode(JSON.stringify(list))]];
  for (const sha256 of new Set(own.flatMap((s) => s.photos.map((p) => p.sha256)))) {
    const content = await photo(sha256);
    if (content) parts.push([`photos/${sha256}.jpg`, new Uint8Array(await content.arrayBuffer())]);
  }
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  return new File([zip(parts)], `jangkau-${(phone.device ?? "hp").toLowerCase()}-${day}-${own.length}.zip`, { type: "application/zip" });
}

/** Hand a file over: by the share sheet where the phone has one, else as a download. */
export async function handOver(file) {
  if (navigator.canShare?.({ files: [file] })) {
    await navigator.share({ files: [file], title: file.name });
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Return named bytes as a zip archive (stored, no zip64). */
function zip(files) {
  const [pieces, index] = [[], []];
  let at = 0;
  for (const [name, bytes] of files) {
    const path = new TextEncoder().encode(name);
    const common = [20, 0x0800, 0, 0, 0x21, [crc(bytes)], [bytes.length], [bytes.length], path.length, 0];
    const head = numbers([[0x04034b50], ...common]);
    index.push(numbers([[0x02014b50], 20, ...common, 0, 0, 0, [0], [at]]), path);
    pieces.push(head, path, bytes);
    at += head.length + path.length + bytes.length;
  }
  const size = index.reduce((sum, piece) => sum + piece.length, 0);
  const end = numbers([[0x06054b50], 0, 0, files.length, files.length, [size], [at], 0]);
  return new Blob([...pieces, ...index, end]);
}

/** Return numbers as bytes, lowest first: two for a number, four for a list of one. */
function numbers(values) {
  const bytes = [];
  for (const value of values) {
    const [whole, count] = Array.isArray(value) ? [value[0], 4] : [value, 2];
    for (let n = 0; n < count; n += 1) bytes.push((whole >>> (8 * n)) & 255);
  }
  return Uint8Array.from(bytes);
}
