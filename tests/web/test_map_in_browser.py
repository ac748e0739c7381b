import io

from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from browser import page_in_browser, served

COLOUR = (27, 127, 200)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>map</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/vendor/maplibre-gl.css">
<link rel="stylesheet" href="page.css">
<script src="/static/vendor/pmtiles.js"></script>
<script type="module" src="page.mjs"></script>
</head><body><div id="map"></div></body></html>"""
CSS = "html, body, #map { margin: 0; height: 100%; }"
SCRIPT = """
import * as maplibregl from "/static/vendor/maplibre-gl.mjs";
const { Protocol } = globalThis.pmtiles;
maplibregl.addProtocol("pmtiles", new Protocol().tile);
const place = { type: "Feature", properties: { name: "Muara Wahau" },
                geometry: { type: "Point", coordinates: [30, 20] } };
const style = {
  version: 8,
  sources: {
    ground: { type: "raster", tileSize: 256, url: `pmtiles://${location.origin}/ground.pmtiles` },
    places: { type: "geojson", data: { type: "FeatureCollection", features: [place] } },
  },
  layers: [
    { id: "paper", type: "background", paint: { "background-color": "#ffffff" } },
    { id: "ground", type: "raster", source: "ground" },
    { id: "dots", type: "circle", source: "places", paint: { "circle-radius": 6, "circle-color": "#ff0000" } },
    { id: "names", type: "symbol", source: "places",
      layout: { "text-field": ["get", "name"], "text-font": ["system-ui", "sans-serif"], "text-offset": [0, 1.2] },
      paint: { "text-color": "#000000", "text-halo-color": "#ffffff", "text-halo-width": 1.5 } },
  ],
};
const map = new maplibregl.Map({ container: "map", style, center: [0, 0], zoom: 0.5 });
map.addControl(new maplibregl.NavigationControl());
map.on("error", (event) => console.error(String(event.error)));
map.on("idle", () => {
  const names = map.queryRenderedFeatures({ layers: ["names"] }).map((feature) => feature.properties.name);
  document.body.dataset.names = names.join();
});
"""


def one_blue_tile(path):
    png = io.BytesIO()
    Image.new("RGB", (256, 256), COLOUR).save(png, "PNG")
    with path.open("wb") as stream:
        writer = Writer(stream)
        writer.write_tile(zxy_to_tileid(0, 0, 0), png.getvalue())
        writer.finalize({"tile_type": TileType.PNG, "tile_compression": Compression.NONE}, {"name": "ground"})


def test_the_libraries_draw_a_map_under_a_strict_policy(tmp_path):
    for name, text in (("index.html", PAGE), ("page.css", CSS), ("page.mjs", SCRIPT)):
        (tmp_path / name).write_text(text, "utf-8")
    one_blue_tile(tmp_path / "ground.pmtiles")
    with served(tmp_path) as address, page_in_browser() as (page, complaints):
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/index.html")
        page.wait_for_selector("body[data-names]", timeout=30_000)
        shot = page.screenshot(path=tmp_path / "shot.png")
        assert page.get_attribute("body", "data-names") == "Muara Wahau"
    assert complaints == []
    assert all(url.startswith(address) for url in asked), asked
    seen = Image.open(io.BytesIO(shot)).convert("RGB").getpixel((100, 200))
    assert all(abs(one - other) < 6 for one, other in zip(seen, COLOUR, strict=True))
