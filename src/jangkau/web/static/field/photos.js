// Photos: made smaller and drawn anew, so that nothing of where and with what they were taken stays in them.

import { freeSafePhotos, keepPhoto, room } from "./base.js";

const LONGEST_SIDE = 1280;
const QUALITY = 0.72;
const NEARLY_FULL = 0.85;

/** Keep a picture; returns {sha256, size_bytes}. Makes room first where little is left. */
export async function take(file) {
  const blob = await drawnAnew(file);
  const sha256 = await digest(new Uint8Array(await blob.arrayBuffer()));
  if ((await room()).full > NEARLY_FULL) await freeSafePhotos();
  try {
    await keepPhoto(sha256, blob);
  } catch (error) {
    if (error.name !== "QuotaExceededError" || !(await freeSafePhotos())) throw error;
    await keepPhoto(sha256, blob);
  }
  return { sha256, size_bytes: blob.size };
}

async function drawnAnew(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((give) => canvas.toBlob(give, "image/jpeg", QUALITY));
  if (!blob) throw new Error("no JPEG");
  return blob;
}

/** Return the SHA-256 of bytes or of a text, hexadecimal. */
export async function digest(content) {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Draw a kept picture onto a canvas as large as it is shown. */
export async function show(blob, canvas) {
  const picture = await createImageBitmap(blob);
  canvas.width = 160;
  canvas.height = Math.round((160 * picture.height) / picture.width);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
}
