// What the phone keeps: sheets, settings, and photos. Photos lie in the origin's own files, or in the database without.

import { openDB } from "/static/vendor/idb.js";

const STRICT = { durability: "strict" };
let database;

/** Open what is kept; asks the browser not to throw it away. */
export async function open() {
  database = await openDB("jangkau-field", 1, {
    upgrade(base) {
      base.createObjectStore("kept");
      base.createObjectStore("sheets", { keyPath: "id" });
      base.createObjectStore("photos");
    },
  });
  await navigator.storage?.persist?.();
}

export function kept(name) {
  return database.get("kept", name);
}

export async function keep(name, value) {
  await write("kept", (store) => store.put(value, name));
}

export function sheets() {
  return database.getAll("sheets");
}

export function sheet(id) {
  return database.get("sheets", id);
}

/** Keep a sheet; it is on the disk when this returns. */
export async function keepSheet(own) {
  await write("sheets", (store) => store.put(own));
}

/** Change a sheet as it is now, so that a send and a form that write at the same time lose nothing. */
export async function changeSheet(id, change) {
  const transaction = database.transaction("sheets", "readwrite", STRICT);
  const own = await transaction.store.get(id);
  if (own) {
    change(own);
    await transaction.store.put(own);
  }
  await transaction.done;
  return own;
}

export async function dropSheet(id) {
  await write("sheets", (store) => store.delete(id));
}

async function write(name, act) {
  const transaction = database.transaction(name, "readwrite", STRICT);
  await Promise.all([act(transaction.store), transaction.done]);
}

async function folder() {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  return root ? root.getDirectoryHandle("photos", { create: true }).catch(() => null) : null;
}

/** Keep a photo under its digest. */
export async function keepPhoto(sha256, blob) {
  const place = await folder();
  if (!place || !window.FileSystemFileHandle?.prototype.createWritable) return write("photos", (store) => store.put(blob, sha256));
  const file = await place.getFileHandle(`${sha256}.jpg`, { create: true });
  const stream = await file.createWritable();
  try {
    await stream.write(blob);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => {});
    await place.removeEntry(`${sha256}.jpg`).catch(() => {});
    throw error;
  }
  return null;
}

/** Return a photo, or null where it is not on the phone. */
export async function photo(sha256) {
  const place = await folder();
  const file = place && (await place.getFileHandle(`${sha256}.jpg`).catch(() => null));
  if (file) return file.getFile();
  return (await database.get("photos", sha256)) ?? null;
}

export async function dropPhoto(sha256) {
  const place = await folder();
  await place?.removeEntry(`${sha256}.jpg`).catch(() => {});
  await write("photos", (store) => store.delete(sha256));
}

/** Return how full the place is that the browser gives, as a fraction, and what is left in bytes. */
export async function room() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return { full: quota ? usage / quota : 0, left: quota - usage };
}

/** Drop photos of sheets that are safe, the oldest first; returns how many. */
export async function freeSafePhotos() {
  let count = 0;
  for (const own of await sheets()) {
    if (own.state !== "safe") continue;
    for (const one of own.photos.filter((p) => !p.gone)) {
      await dropPhoto(one.sha256);
      count += 1;
    }
    if (own.photos.some((p) => !p.gone)) await changeSheet(own.id, (now) => { for (const one of now.photos) one.gone = true; });
  }
  return count;
}
