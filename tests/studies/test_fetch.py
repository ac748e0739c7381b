"""Public data from a server that has the providers' layout: missing tiles, broken lines, busy hours, refusals."""

import contextlib
import gzip
import http.server
import json
import re
import threading
from collections import Counter
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, unquote

import h3
import httpx
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from jangkau.errors import InputError
from jangkau.geo import Bounds, project
from jangkau.records import Cell, Place, Source, Village
from jangkau.settings import Settings
from jangkau.sources.public.copernicus import tile_name
from jangkau.sources.public.downloads import Download, Network
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.fetch import area_of, fetch, plan
from jangkau.studies.init_region import init_region

NOW = datetime(2024, 11, 11, tzinfo=UTC)
BOX = Bounds(117.2, 0.2, 117.5, 0.5)
TOKEN = "pk.very-secret"
LEVELS = ("ADM3", "ADM4")


def circumstances():
    return Circumstances(date(2024, 11, 11), lambda: NOW, workers=1)


def raster(path, west, north, side_deg, pixels, dtype, value):
    profile = {"driver": "GTiff", "width": pixels, "height": pixels, "count": 1, "dtype": dtype, "crs": "EPSG:4326"}
    transform = Affine(side_deg / pixels, 0.0, west, 0.0, -side_deg / pixels, north)
    with rasterio.open(path, "w", transform=transform, **profile) as file:
        file.write(np.full((1, pixels, pixels), value, dtype))
    return path.read_bytes()


def hexagons(path):
    cells = [h3.latlng_to_cell(0.3, 117.3, 8), h3.latlng_to_cell(0.31, 117.4, 8), h3.latlng_to_cell(2.0, 117.3, 8)]
    shapes = []
    for cell in cells:
        corners = np.array(h3.cell_to_boundary(cell))
        shapes.append(shapely.Polygon(np.column_stack(project(corners[:, 1], corners[:, 0], "EPSG:4326", "EPSG:3857"))))
    fields = [np.array(cells, object), np.array([812.0, 0.2, 99.0])]
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), fields, ["h3", "population"], geometry_type="Polygon", crs="EPSG:3857"
    )
    return gzip.compress(path.read_bytes())


def square(west, south, side):
    corners = [(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)]
    return [{"lat": y, "lon": x} for x, y in corners]


def relation(number, level, name, ring, **tags):
    # Two open lines that only together close, the second one backwards, as OpenStreetMap has them.
    halves = [ring[:3], ring[2:][::-1]]
    members = [{"type": "way", "role": "outer", "geometry": half} for half in halves]
    return {"type": "relation", "id": number, "tags": {"admin_level": level, "name": name} | tags, "members": members}


def overpass(query):
    if "relation" in query:
        return [relation(4, "5", "Uji", square(117.0, 0.0, 0.4)),
                relation(6, "7", "Desa Tetangga", square(117.42, 0.3, 0.05)),
                relation(1, "6", "Kaliorang", square(117.0, 0.0, 0.8)),
                relation(2, "7", "Bangun Jaya", square(117.25, 0.25, 0.1), **{"ref:ID:kemendagri": "64.08.06.2001"}),
                relation(3, "7", "Terbuka", square(117.25, 0.25, 0.1)[:2])]  # fmt: skip
    if "waterway" in query:
        return [{"type": "way", "id": 9, "tags": {"name": "Sungai"}, "geometry": square(117.3, 0.3, 0.1)[:3]}]
    return [
        {"type": "node", "id": 5, "lat": 0.301, "lon": 117.301, "tags": {"place": "village", "name": "Bangun Jaya"}}
    ]


class Providers(http.server.BaseHTTPRequestHandler):
    """A mirror: the first part of the path is the host whose layout follows."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def do_POST(self):
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        self.server.asked["POST"] += 1
        said = {"elements": overpass(query)} | ({"remark": self.server.remark} if self.server.remark else {})
        page = self.server.page
        self.send(page or json.dumps(said).encode(), 200, body=True)

    def answer(self, body):
        path = unquote(self.path.lstrip("/"))
        self.server.asked[path] += body
        self.server.paths.append(path)
        if self.server.busy[path] > 0:
            self.server.busy[path] -= 1
            self.send(b"later", 503, body)
            return
        content = self.server.files.get(path)
        if content is None:
            self.send(b"<Error>NoSuchKey</Error>", 404, body)
            return
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        rest = content[int(start[1]) :] if start else content
        cut = body and self.server.break_after.pop(path, None)
        self.send(rest, 206 if start else 200, body, cut=cut)

    def send(self, content, status, body, cut=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"one"')
        self.end_headers()
        if body:
            self.wfile.write(content[:cut] if cut else content)
        if cut:
            self.close_connection = True


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    room = tmp_path_factory.mktemp("provider")
    esa = "esa-worldcover.s3.eu-central-1.amazonaws.com"
    dem = "copernicus-dem-30m.s3.amazonaws.com"
    land = raster(room / "dem.tif", 117, 1, 1, 120, "float32", 42.0)
    cover = raster(room / "wc.tif", 117, 3, 3, 300, "uint8", 10)
    cells = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
    cells += "LTE,510,10,1,77,0,117.3,0.3,1000,5,1,1458832182,1730000000,0\n"
    cells += "LTE,510,10,1,78,0,107.3,-6.3,1000,5,1,1458832182,1730000000,0\n"
    kontur = "geodata-eu-central-1-kontur-public.s3.amazonaws.com/kontur_datasets/kontur_population_ID_20231101.gpkg.gz"
    shape = {"type": "Polygon", "coordinates": [[[p["lon"], p["lat"]] for p in square(117.3, 0.3, 0.1)]]}
    outlines = {
        level: {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"shapeID": f"{level}-1", "shapeName": "X"}, "geometry": shape}]}
        for level in LEVELS
    }  # fmt: skip
    address = {level: {"gjDownloadURL": f"https://github.com/wmgeolab/raw/IDN-{level}.geojson"} for level in LEVELS}
    return {
        f"{dem}/{tile_name(117, 0)}/{tile_name(117, 0)}.tif": land,
        f"{esa}/v200/2021/map/ESA_WorldCover_10m_2021_v200_N00E117_Map.tif": cover,
        f"opencellid.org/ocid/downloads?type=mcc&file=510.csv.gz&token={TOKEN}": gzip.compress(cells.encode()),
        kontur: hexagons(room / "people.gpkg"),
        **{f"www.geoboundaries.org/api/current/gbOpen/IDN/{x}/": json.dumps(address[x]).encode() for x in LEVELS},
        **{f"github.com/wmgeolab/raw/IDN-{x}.geojson": json.dumps(outlines[x]).encode() for x in LEVELS},
    }


@pytest.fixture
def server(files):
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Providers)
    served.files, served.asked, served.paths = dict(files), Counter(), []
    served.busy, served.break_after = Counter(), {}
    served.remark, served.page = "", b""
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield served
    served.shutdown()
    served.server_close()


@contextlib.contextmanager
def network(server, path, waits=None):
    waited = [] if waits is None else waits
    with httpx.Client(timeout=5.0) as client:
        mirror = f"http://127.0.0.1:{server.server_address[1]}"
        yield Network(path / "cache", lambda: NOW, mirror, sleep=waited.append, client=client)


@pytest.fixture
def region(tmp_path):
    return init_region(
        tmp_path / "region", Settings(name="Kabupaten Uji", code="64.08", bounds=tuple(BOX)), circumstances()
    )


NAMES = ("terrain", "land_cover", "outlines", "rivers", "people", "cells")


def test_all_of_it_comes_with_its_licence_and_only_once(server, region, tmp_path, files):
    area = area_of(region, TOKEN)
    with network(server, tmp_path) as net:
        wanted = plan(area, net, NAMES)
        sizes = {one.provider.name: (one.size_bytes, one.unknown) for one in wanted}
        assert sizes["terrain"] == (len(files[next(f for f in files if "DSM" in f)]), 0)
        assert sizes["outlines"] == (0, 1)
        done = {one.provider.name: one for one in fetch(region, net, wanted, area, circumstances())}
        received = {path: server.asked[path] for path in [*files, "POST"]}
        again = plan(area, net, NAMES)
        assert sum(one.size_bytes for one in again) == 0
        fetch(region, net, again, area, circumstances())
        assert {path: server.asked[path] for path in received} == received
    assert done["terrain"].absent == len(wanted[0].downloads) - 1 > 0
    with region.store(NOW) as store:
        (village,) = store.read(Village)
        assert (village.code, village.name) == ("64.08.06.2001", "Bangun Jaya")
        assert shapely.from_wkb(village.geometry_wkb).area == pytest.approx(0.01)
        (place,) = store.read(Place)
        assert (place.name, place.population, place.kind) == ("Bangun Jaya", 812, "settlement")
        assert len(store.read(Cell)) == 1
        licences = {(s.kind, s.licence) for s in store.read(Source)}
    assert {("places", "CC BY 4.0; names ODbL 1.0"), ("rivers", "ODbL 1.0"), ("land_cover", "CC BY 4.0")} <= licences
    kept = [p.read_text("utf-8") for p in (tmp_path / "cache").glob("*.json")]
    assert not any(TOKEN in text for text in kept)
    assert not any(TOKEN in p.name for p in (tmp_path / "cache").iterdir())


def test_a_broken_line_is_taken_up_where_it_broke(server, tmp_path, files):
    path = next(f for f in files if "DSM" in f)
    host, rest = path.split("/", 1)
    server.break_after[path] = 20_000
    waits = []
    with network(server, tmp_path, waits) as net:
        file = net.fetch(Download(host, rest, "tile.tif"))
    assert file.read_bytes() == files[path]
    assert server.asked[path] == 2
    assert waits == [1.0]


def test_a_file_that_changed_in_between_is_received_anew(server, tmp_path, files):
    path = next(f for f in files if "DSM" in f)
    host, rest = path.split("/", 1)
    with network(server, tmp_path) as net:
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache/tile.tif.part").write_bytes(b"x" * (len(files[path]) + 5))
        wanted = Download(host, rest, "tile.tif")
        assert net.fetch(wanted).read_bytes() == files[path]
        (tmp_path / "cache/tile.tif").write_bytes(b"spoilt")
        assert net.cached(wanted) is None
        assert net.fetch(wanted).read_bytes() == files[path]


def test_a_file_without_a_tag_is_never_joined_with_another_version(server, tmp_path, files):
    path = next(f for f in files if "DSM" in f)
    host, rest = path.split("/", 1)
    with network(server, tmp_path) as net:
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache/tile.tif.part").write_bytes(b"x" * 100)
        (tmp_path / "cache/tile.tif.etag").write_text("")
        assert net.fetch(Download(host, rest, "tile.tif")).read_bytes() == files[path]


def test_a_busy_provider_is_asked_again_and_then_named(server, tmp_path, files):
    path = next(f for f in files if "DSM" in f)
    host, rest = path.split("/", 1)
    waits = []
    server.busy[path] = 3
    with network(server, tmp_path, waits) as net:
        assert net.fetch(Download(host, rest, "tile.tif")).is_file()
        assert waits == [1.0, 2.0, 4.0]
        server.busy[path] = 99
        with pytest.raises(InputError) as error:
            net.fetch(Download(host, rest, "other.tif"))
    assert error.value.message.code == "fetch.unreachable"
    assert host in str(error.value)


def test_without_a_network_it_says_what_to_do_and_keeps_what_came(region, tmp_path):
    net = Network(tmp_path / "cache", lambda: NOW, "http://127.0.0.1:9", sleep=lambda _: None)
    with pytest.raises(InputError) as error:
        plan(area_of(region), net, ["terrain"])
    net.client.close()
    assert "JANGKAU_MIRROR" in str(error.value)


def test_outlines_of_geoboundaries(server, region, tmp_path):
    area = area_of(region)
    with network(server, tmp_path) as net:
        fetch(region, net, plan(area, net, ["geoboundaries"]), area, circumstances())
        del server.files["www.geoboundaries.org/api/current/gbOpen/IDN/ADM4/"]
        with pytest.raises(InputError) as error:
            plan(area, Network(tmp_path / "empty", lambda: NOW, net.mirror, client=net.client), ["geoboundaries"])
    assert error.value.message.code == "fetch.not_there"
    with region.store(NOW) as store:
        assert [(v.code, v.name, v.district_code) for v in store.read(Village)] == [
            ("64.08.ADM4-1", "X", "64.08.ADM3-1")
        ]


def test_people_are_never_counted_twice(server, region, tmp_path):
    with region.store(NOW) as store:
        own = {"id": "0192f000-0000-7000-8000-000000000001", "recorded_at": NOW}
        store.add([Place(code="P1", kind="settlement", population=500, longitude=117.3, latitude=0.3, **own)])
    area = area_of(region)
    with network(server, tmp_path) as net:
        (done,) = fetch(region, net, plan(area, net, ["people"]), area, circumstances())
    assert done.skipped.code == "fetch.people_known"


@pytest.mark.parametrize(("name", "code"), [("moon", "fetch.unknown"), ("cells", "fetch.no_token")])
def test_what_cannot_be_asked_for_is_said(server, region, tmp_path, name, code):
    with network(server, tmp_path) as net, pytest.raises(InputError) as error:
        plan(area_of(region), net, [name])
    assert error.value.message.code == code


TIMED_OUT = 'runtime error: Query timed out in "query" at line 1 after 301 seconds.'


@pytest.mark.parametrize("name", ["outlines", "rivers", "people"])
def test_an_error_of_overpass_in_a_remark_is_said_and_not_kept(server, region, tmp_path, name):
    area = area_of(region)
    with network(server, tmp_path) as net:
        wanted = plan(area, net, [name])
        server.remark = TIMED_OUT
        with pytest.raises(InputError) as error:
            fetch(region, net, wanted, area, circumstances())
        assert error.value.message.code == "fetch.complaint"
        assert TIMED_OUT in str(error.value)
        assert not list((tmp_path / "cache").glob("osm-*"))
        server.remark, server.page = "", b"<html><body><strong>Error</strong>: too many requests</body></html>"
        with pytest.raises(InputError, match="“Error : too many requests”"):
            fetch(region, net, wanted, area, circumstances())
        server.page = b""
        (done,) = fetch(region, net, wanted, area, circumstances())
    assert done.imported


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b'{"status":"error","message":"INVALID_TOKEN: pk.very-secret"}', "INVALID_TOKEN: ***"),
        (b'{"error": "RATE_LIMITED"}', "RATE_LIMITED"),
        (b"", "empty file"),
    ],
)
def test_an_error_of_opencellid_that_comes_as_a_file_is_said_and_not_kept(
    server, region, tmp_path, files, answer, said
):
    path = next(f for f in files if "opencellid" in f)
    area = area_of(region, TOKEN)
    server.files[path] = answer
    with network(server, tmp_path) as net:
        wanted = plan(area, net, ["cells"])
        with pytest.raises(InputError) as error:
            fetch(region, net, wanted, area, circumstances())
        assert f"“{said}”" in str(error.value)
        assert TOKEN not in str(error.value)
        assert not list((tmp_path / "cache").iterdir())
        server.files[path] = files[path]
        (done,) = fetch(region, net, wanted, area, circumstances())
    assert done.imported


def test_names_of_tiles_in_all_quarters():
    assert tile_name(-1, -1) == "Copernicus_DSM_COG_10_S01_00_W001_00_DEM"
    assert tile_name(117, 0) == "Copernicus_DSM_COG_10_N00_00_E117_00_DEM"
