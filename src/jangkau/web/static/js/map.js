// The full map: relief, grades of areas, pictures of runs, points, and a click anywhere that asks why.

import * as maplibregl from "/static/vendor/maplibre-gl.mjs";
import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { VALUES, stamp, tenths, weave } from "./looks.js";
import { layerPanel } from "./layers.js";
import { sayRefusal } from "./said.js";
import { differs, go, picked, state, watch } from "./state.js";
import { testFeatures } from "./tests.js";
import { t } from "./words.js";

const NOTHING = { type: "FeatureCollection", features: [] };
const POINTS = ["tests", "places", "sites", "links", "claims"];
const DOT_ZOOM = 8;
const MOST_TILES = 16;

/** Open the map; gives {fit, coverage}. Throws where the browser has no WebGL2. */
export async function openMap(root, desk) {
  await script("/static/vendor/pmtiles.js");
  maplibregl.addProtocol("pmtiles", new globalThis.pmtiles.Protocol().tile);
  const canvas = h("div", { class: "canvas" });
  const hover = h("p", { class: "hover", "aria-hidden": "true" });
  root.append(canvas, hover);
  const { items: pictures } = await get("/layers");
  const map = new maplibregl.Map({
    container: canvas, style: style(pictures), attributionControl: false, locale: locale(desk), dragRotate: false, pitchWithRotate: false,
    ...camera(desk), fitBoundsOptions: { padding: 20 }, maxZoom: 17, refreshExpiredTiles: false,
  });
  await new Promise((resolve, reject) => {
    map.once("load", resolve);
    map.once("error", ({ error }) => reject(error));
  });
  map.on("error", ({ error }) => console.warn(error.message));
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibregl.ScaleControl(), "bottom-right");
  map.keyboard.disableRotation();
  addSigns(map);
  addOwnLayers(map);
  const panel = layerPanel(desk, pictures);
  root.append(panel.element);
  const draw = drawer(map, desk, pictures, panel);
  await draw.everything();
  if (desk.linked && !state().at) draw.show();
  listen(map, hover, draw);
  desk.whenAltered(() => draw.data().catch(sayRefusal));
  return { fit: draw.fit, coverage: draw.coverage };
}

function script(address) {
  return new Promise((resolve, reject) => document.head.append(h("script", { src: address, onload: resolve, onerror: reject })));
}

function locale(desk) {
  return {
    "NavigationControl.ZoomIn": t("desk.zoom_in"), "NavigationControl.ZoomOut": t("desk.zoom_out"),
    "Map.Title": t("desk.map_of", { region: desk.region.name }), "ScaleControl.Meters": "m", "ScaleControl.Kilometers": "km",
  };
}

function camera(desk) {
  const [longitude, latitude, zoom] = state().at.split(",").map(Number);
  return Number.isFinite(zoom) ? { center: [longitude, latitude], zoom } : { bounds: desk.region.bounds };
}

function paper() {
  const own = getComputedStyle(document.documentElement);
  return Object.fromEntries(["paper", "ink", "line", "water"].map((name) => [name, own.getPropertyValue(`--${name}`).trim()]));
}

function isDark() {
  return getComputedStyle(document.documentElement).colorScheme === "dark";
}

/** Return the ground: relief, rivers, outlines and names of the region itself. */
function style(pictures) {
  const { paper: sheet, ink, line, water } = paper();
  const of = (kind) => pictures.find((picture) => picture.kind === kind);
  const sources = {}, layers = [{ id: "paper", type: "background", paint: { "background-color": sheet } }];
  const base = of("base");
  if (base) {
    sources.base = { type: "raster", tileSize: 256, url: `pmtiles://${location.origin}${base.url}` };
    layers.push({ id: "base", type: "raster", source: "base", paint: { "raster-brightness-max": isDark() ? 0.35 : 1, "raster-saturation": -0.3, "raster-opacity": 0.85 } });
  }
  for (const kind of ["rivers", "districts", "labels"]) {
    if (of(kind)) sources[kind] = { type: "geojson", data: of(kind).url };
  }
  if (sources.rivers) layers.push({ id: "rivers", type: "line", source: "rivers", paint: { "line-color": water, "line-width": ["interpolate", ["linear"], ["zoom"], 7, 0.5, 13, 2] } });
  if (sources.districts) layers.push({ id: "districts", type: "line", source: "districts", paint: { "line-color": ink, "line-width": 1.6, "line-opacity": 0.55 } });
  if (sources.labels) {
    for (const [kind, size, from] of [["district", 14, 0], ["village", 12, 8.5], ["settlement", 11, 11]]) {
      layers.push({
        id: `names-${kind}`, type: "symbol", source: "labels", minzoom: from, filter: ["==", ["get", "kind"], kind],
        layout: { "text-field": ["get", "name"], "text-font": ["system-ui", "sans-serif"], "text-size": size, "text-letter-spacing": kind === "district" ? 0.08 : 0, "text-transform": kind === "district" ? "uppercase" : "none" },
        paint: { "text-color": ink, "text-halo-color": sheet, "text-halo-width": 1.6, "text-opacity": kind === "district" ? ["interpolate", ["linear"], ["zoom"], 9, 0.75, 11, 0.35] : 0.9 },
      });
    }
  }
  return { version: 8, sources, layers };
}

function addSigns(map) {
  const { paper: sheet, ink } = paper();
  for (const value of VALUES) {
    map.addImage(`sign-${value}`, stamp(value, false, sheet, ink), { pixelRatio: 2 });
    map.addImage(`sign-${value}-tested`, stamp(value, true, sheet, ink), { pixelRatio: 2 });
    if (value !== "partial") map.addImage(`weave-${value}`, weave(value), { pixelRatio: 1 });
  }
  map.addImage("tower", glyph("▲", ink), { pixelRatio: 2 });
  map.addImage("newcomer", glyph("▲", "#c2410c"), { pixelRatio: 2 });
  map.addImage("flag", glyph("⚑", "#7a3ea1"), { pixelRatio: 2 });
  map.addImage("link", glyph("◆", "#2f6f3a"), { pixelRatio: 2 });
}

/** Return the name of the filling of an area; those of partial ones are made as they are needed. */
function woven(map, area) {
  if (area.value !== "partial") return `weave-${area.value}`;
  const parts = tenths(area);
  const name = `weave-partial-${parts.join("-")}`;
  if (!map.hasImage(name)) map.addImage(name, weave("partial", parts), { pixelRatio: 1 });
  return name;
}

function glyph(character, colour) {
  const pen = h("canvas", { width: 40, height: 40 }).getContext("2d");
  Object.assign(pen, { font: "30px system-ui, sans-serif", textAlign: "center", textBaseline: "middle", lineWidth: 6, strokeStyle: paper().paper, fillStyle: colour });
  pen.strokeText(character, 20, 21);
  pen.fillText(character, 20, 21);
  return pen.getImageData(0, 0, 40, 40);
}

const SIGN = ["concat", "sign-", ["get", "value"], ["case", ["==", ["get", "evidence"], "tested"], "-tested", ""]];

function addOwnLayers(map) {
  const { ink, paper: sheet } = paper();
  const below = map.getLayer("rivers") ? "rivers" : map.getLayer("districts") ? "districts" : undefined;
  for (const name of ["villages", "places", "gaps", "sites", "links", "claims", "measurements", "tests", "picked", "site"]) {
    map.addSource(name, { type: "geojson", data: NOTHING, promoteId: "code" });
  }
  map.addLayer({ id: "villages", type: "fill", source: "villages", paint: { "fill-pattern": ["get", "weave"], "fill-opacity": 1 } }, below);
  map.addLayer({ id: "village-lines", type: "line", source: "villages", paint: { "line-color": ink, "line-width": 0.7, "line-opacity": 0.4 } }, below);
  map.addLayer({ id: "gaps", type: "line", source: "gaps", paint: { "line-color": "#a5224f", "line-width": 2, "line-dasharray": [2, 1.5] } });
  map.addLayer({
    id: "measurements", type: "circle", source: "measurements",
    paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 14, 5], "circle-color": "#ffffff", "circle-stroke-width": 1.2, "circle-stroke-color": "#10181c" },
  });
  const icon = (id, image, more = {}) => map.addLayer({
    id, type: "symbol", source: id,
    layout: { "icon-image": image, "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 6, 0.3, 9, 0.5, 11, 0.8, 13, 1], ...more },
  });
  icon("links", "link");
  icon("places", SIGN, { "symbol-sort-key": ["match", ["get", "value"], "none", 5, "partial", 4, "weak", 3, "unknown", 2, 1] });
  icon("sites", "tower");
  icon("claims", "flag", { "icon-offset": [12, -12] });
  map.addLayer({ id: "test-ways", type: "line", source: "tests", filter: ["==", ["geometry-type"], "LineString"],
    paint: { "line-color": ["get", "colour"], "line-width": 2, "line-opacity": 0.8, "line-dasharray": [3, 1.5] } });
  map.addLayer({ id: "tests", type: "circle", source: "tests", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 7, 4, 11, 9], "circle-color": ["get", "colour"], "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 } });
  map.addLayer({ id: "test-orders", type: "symbol", source: "tests", minzoom: 9, filter: ["==", ["geometry-type"], "Point"],
    layout: { "text-field": ["get", "order"], "text-font": ["system-ui", "sans-serif"], "text-size": 11, "text-allow-overlap": true }, paint: { "text-color": "#ffffff" } });
  map.addLayer({ id: "picked-halo", type: "line", source: "picked", paint: { "line-color": sheet, "line-width": 5 } });
  map.addLayer({ id: "picked", type: "line", source: "picked", paint: { "line-color": ink, "line-width": 2.4 } });
  map.addLayer({ id: "picked-point", type: "circle", source: "picked", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 13, "circle-color": "transparent", "circle-stroke-color": ink, "circle-stroke-width": 2.5 } });
  icon("site", "newcomer");
}

/** Return what draws the data of the map anew. */
function drawer(map, desk, pictures, panel) {
  const kept = {};
  let fitting = desk.fitting;

  const asked = () => ({ quantity: state().quantity, operator: state().quantity === "signal" ? state().operator : "any" });
  const on = (name) => state().show.split(",").includes(name);

  async function load(name, path, parameters) {
    kept[name] = await get(path, parameters);
    const drawn = kept[name].features.filter((feature) => feature.geometry);
    if (name === "villages") for (const { properties } of drawn) properties.weave = woven(map, properties);
    map.getSource(name).setData({ ...kept[name], features: drawn });
  }

  async function tests() {
    kept.tests = testFeatures((await get("/survey")).days);
    map.getSource("tests").setData(kept.tests);
  }

  async function data() {
    const wanted = asked();
    const seesSend = wanted.quantity !== "send" || desk.seesSend;
    const jobs = [load("villages", "/geo/villages", wanted)];
    for (const name of ["places", "gaps"]) if (on(name) && seesSend) jobs.push(load(name, `/geo/${name}`, wanted));
    for (const name of ["sites", "links", "claims"]) if (on(name)) jobs.push(load(name, `/geo/${name}`));
    if (on("tests") && desk.seesSend) jobs.push(tests());
    await Promise.all(jobs);
    mark();
    fit(fitting);
  }

  function surface() {
    const wanted = panel.chosen();
    const name = wanted ? `picture ${wanted.url}` : null;
    for (const { id } of map.getStyle().layers) if (id.startsWith("picture ") && id !== name) { map.removeLayer(id); map.removeSource(id); }
    if (wanted && !map.getLayer(name)) {
      map.addSource(name, { type: "raster", tileSize: 256, url: `pmtiles://${location.origin}${wanted.url}`, bounds: wanted.bounds });
      map.addLayer({ id: name, type: "raster", source: name, paint: { "raster-opacity": 0.72, "raster-resampling": "nearest" } }, "village-lines");
    }
    map.setLayoutProperty("villages", "visibility", state().surface === "grade" ? "visible" : "none");
    for (const layer of [...POINTS, "gaps", "measurements"]) map.setLayoutProperty(layer, "visibility", on(layer) ? "visible" : "none");
    for (const layer of ["test-ways", "test-orders"]) map.setLayoutProperty(layer, "visibility", on("tests") ? "visible" : "none");
    const level = pictures.find((picture) => picture.kind === "rsrp");
    if (level) map.setPaintProperty("measurements", "circle-color", levels(level.legend));
    panel.draw();
  }

  function levels(legend) {
    const stops = legend.filter((stop) => typeof stop.value === "number").sort((one, other) => one.value - other.value);
    return ["case", ["==", ["get", "service"], "none"], "#ffffff", ["==", ["typeof", ["get", "rsrp_dbm"]], "number"],
      ["interpolate", ["linear"], ["get", "rsrp_dbm"], ...stops.flatMap((stop) => [stop.value, stop.colour])], "#8b919a"];
  }

  async function dots() {
    if (!on("measurements") || map.getZoom() < DOT_ZOOM - 1) return map.getSource("measurements").setData(NOTHING);
    const zoom = Math.min(Math.max(Math.floor(map.getZoom()), DOT_ZOOM), 16);
    const tiles = tilesIn(map.getBounds(), zoom).slice(0, MOST_TILES);
    const operator = asked().operator === "any" ? "" : asked().operator;
    const answers = await Promise.all(tiles.map(([x, y]) => get(`/measurements/${zoom}/${x}/${y}`, { operator })));
    map.getSource("measurements").setData({ type: "FeatureCollection", features: answers.flatMap((one) => one.features) });
    panel.some(answers.some((one) => one.more));
  }

  /** Fade what the filters leave out. */
  function fit(found) {
    fitting = found;
    const codes = found?.codes;
    const name = found?.level === "district" ? "district_code" : "code";
    const own = codes ? ["in", ["get", name], ["literal", codes]] : true;
    const { district, value } = state();
    const strong = map.getLayer("coverage") ? 0.25 : 1;
    map.setPaintProperty("villages", "fill-opacity", codes ? ["case", own, strong, 0.12] : strong);
    const parts = [district && ["==", ["get", "district_code"], district], value && ["==", ["get", "value"], value]].filter(Boolean);
    map.setFilter("places", parts.length ? ["all", ...parts] : null);
  }

  function mark() {
    const { kind, code, point } = picked(state().pick);
    const found = kind === "place" ? [kept.places, kept.tests].flatMap((one) => one?.features ?? []).find((f) => f.properties.code === code)
      : kind === "village" ? kept.villages?.features.find((f) => f.properties.code === code)
        : kind === "point" ? { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } } : null;
    map.getSource("picked").setData(found?.geometry ? found : NOTHING);
    map.getSource("site").setData(kind === "site" ? { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } } : NOTHING);
    if (kind !== "site") uncover();
    return found;
  }

  function show() {
    const found = mark();
    const { kind } = picked(state().pick);
    if (!found?.geometry || kind === "point") return;
    const box = new maplibregl.LngLatBounds();
    const add = (coordinates) => (typeof coordinates[0] === "number" ? box.extend(coordinates) : coordinates.forEach(add));
    add(found.geometry.coordinates);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    map.fitBounds(box, { padding: 60, maxZoom: 12.5, animate: !calm, duration: 700 });
  }

  function uncover() {
    if (!map.getLayer("coverage")) return;
    map.removeLayer("coverage");
    map.removeSource("coverage");
    fit(fitting);
  }

  function coverage(found) {
    uncover();
    map.addSource("coverage", { type: "image", url: found.image, coordinates: found.coordinates });
    map.addLayer({ id: "coverage", type: "raster", source: "coverage", paint: { "raster-opacity": 0.8, "raster-resampling": "nearest" } }, "gaps");
    fit(fitting);
    map.getSource("site").setData({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [found.longitude, found.latitude] } });
    map.fitBounds(found.bounds, { padding: 30, duration: 700 });
  }

  async function everything() {
    await data();
    surface();
    await dots();
  }

  watch((now, before) => {
    if (differs(now, before, "quantity", "operator", "show")) everything().catch(sayRefusal);
    else if (now.surface !== before.surface) surface();
    else if (now.pick !== before.pick) show();
    if (differs(now, before, "district", "value")) fit(fitting);
  });
  return { everything, data, fit, coverage, dots, show };
}

function tilesIn(bounds, zoom) {
  const count = 2 ** zoom;
  const column = (longitude) => Math.min(Math.max(Math.floor(((longitude + 180) / 360) * count), 0), count - 1);
  const row = (latitude) => {
    const angle = (latitude * Math.PI) / 180;
    return Math.min(Math.max(Math.floor(((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * count), 0), count - 1);
  };
  const found = [];
  for (let y = row(bounds.getNorth()); y <= row(bounds.getSouth()); y += 1) {
    for (let x = column(bounds.getWest()); x <= column(bounds.getEast()); x += 1) found.push([x, y]);
  }
  return found;
}

function listen(map, hover, draw) {
  const near = ({ x, y }) => [[x - 8, y - 8], [x + 8, y + 8]];
  map.on("click", (event) => {
    const { lng, lat } = event.lngLat.wrap();
    const at = `${lng.toFixed(5)} ${lat.toFixed(5)}`;
    const [place] = map.queryRenderedFeatures(near(event.point), { layers: ["tests", "places"] });
    if (picked(state().pick).kind === "site") go({ pick: `site ${at}` });
    else go({ pick: place ? `place ${place.properties.code}` : `point ${at}` });
  });
  map.on("mousemove", (event) => {
    const [found] = map.queryRenderedFeatures(near(event.point), { layers: [...POINTS, "villages"] });
    const value = found?.properties.value;
    fill(hover, found && `${found.properties.name ?? found.properties.code}${value ? ` · ${t(`value.${value}`)}` : ""}`);
    map.getCanvas().style.cursor = found && POINTS.includes(found.layer.id) ? "pointer" : "crosshair";
  });
  map.on("moveend", (event) => {
    const { lng, lat } = map.getCenter();
    if (event.originalEvent) go({ at: [lng.toFixed(4), lat.toFixed(4), map.getZoom().toFixed(2)].join(",") });
    draw.dots().catch(sayRefusal);
  });
}
