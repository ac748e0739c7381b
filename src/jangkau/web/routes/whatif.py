"""What if a site stood here."""

import io
import threading
from collections import OrderedDict
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Request, Response
from PIL import Image
from pydantic import BaseModel, Field

from jangkau.geo import WGS84, project
from jangkau.records import Technology, new_id
from jangkau.reports.looks import SERVED, WEAK
from jangkau.studies.what_if import WhatIf, site_cells, what_if
from jangkau.web.problems import RefusedError
from jangkau.web.routes.answers import seen_operator
from jangkau.web.security import TheAccount, TheDesk

router = APIRouter(tags=["what-if"])

OPACITY = 170
"""Of the picture, 0..255: the ground shows through."""


class NewSite(BaseModel):
    """A site that does not exist, with one cell that radiates all round."""

    longitude: Annotated[float, Field(ge=-180.0, le=180.0)]
    latitude: Annotated[float, Field(ge=-89.0, le=89.0)]
    operator: Annotated[str, Field(min_length=1, max_length=60)]
    technology: Technology = "4G"
    height_agl_m: Annotated[float, Field(ge=1.0, le=300.0)] = 45.0
    frequency_mhz: Annotated[float, Field(ge=450.0, le=6000.0)] = 900.0
    eirp_dbm: Annotated[float, Field(ge=0.0, le=80.0)] = 60.0
    bandwidth_mhz: Annotated[float, Field(ge=1.4, le=100.0)] = 10.0


class Pictures:
    """The last few pictures, by id."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: str, png: bytes) -> None:
        """Keep a picture; the oldest goes."""
        with self._lock:
            self._kept[key] = png
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: str) -> bytes | None:
        """Return a picture if it is still there."""
        with self._lock:
            return self._kept.get(key)


@router.post("/whatif")
def drop_site(request: Request, desk: TheDesk, account: TheAccount, body: NewSite) -> dict[str, Any]:
    """Predict the coverage of a new site and the places that it would serve."""
    settings = desk.region.settings
    if body.operator not in settings.operators_on(desk.as_of) or body.operator != seen_operator(
        account, body.operator, "signal"
    ):
        raise RefusedError(422, "problem.no_such_operator", operator=body.operator)
    started = perf_counter()
    now = desk.clock()
    cells = site_cells(
        body.operator,
        body.longitude,
        body.latitude,
        body.height_agl_m,
        body.frequency_mhz,
        body.eirp_dbm,
        body.bandwidth_mhz,
        body.technology,
        now,
    )
    picture = desk.picture()
    found = what_if(settings, desk.need_ground(), cells, picture.verdicts, desk.workers)
    key = new_id(now)
    pictures: Pictures = request.app.state.pictures
    pictures.keep(key, _png(found, settings.signal.probability))
    coordinates = _corners(found)
    served = [c for c in found.closed if c.after == "served"]
    return {
        "id": key,
        "image": f"/api/v1/whatif/{key}.png",
        "coordinates": coordinates,
        "bounds": [
            min(c[0] for c in coordinates),
            min(c[1] for c in coordinates),
            max(c[0] for c in coordinates),
            max(c[1] for c in coordinates),
        ],
        "legend": [{"value": look.value, "colour": look.colour} for look in (SERVED, WEAK)],
        "people_closed": sum(c.place.population or 0 for c in served),
        "closes": [
            {
                "code": c.place.code,
                "name": c.place.name or c.place.code,
                "kind": c.place.kind,
                "village_code": c.place.village_code,
                "village_name": getattr(picture.register.village_of.get(c.place.village_code or ""), "name", None),
                "population": c.place.population,
                "before": c.before,
                "after": c.after,
                "probability": round(c.probability, 3),
            }
            for c in found.closed
        ],
        "seconds": round(perf_counter() - started, 2),
    }


@router.get("/whatif/{key}.png")
def image(request: Request, account: TheAccount, key: str) -> Response:
    """Return the picture of an answer: where the new site would serve, and where weakly."""
    pictures: Pictures = request.app.state.pictures
    png = pictures.get(key)
    if png is None:
        raise RefusedError(404, "problem.not_found")
    return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


def _png(found: WhatIf, sure: float) -> bytes:
    pixels = np.zeros((*found.grid.shape, 4), np.uint8)
    for look, where in ((WEAK, found.weak >= sure), (SERVED, found.served >= sure)):
        pixels[where] = (*look.rgb, OPACITY)
    stream = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def _corners(found: WhatIf) -> list[list[float]]:
    """Return the corners of the picture [deg]: top left, top right, bottom right, bottom left."""
    grid = found.grid
    west, north = grid.west, grid.north
    east, south = west + grid.columns * grid.pixel_width, north - grid.rows * grid.pixel_height
    longitude, latitude = project([west, east, east, west], [north, north, south, south], grid.crs, WGS84)
    return [[round(float(x), 6), round(float(y), 6)] for x, y in zip(longitude, latitude, strict=True)]
