"""Fetch: public data for the bounds of a region, told before it comes, kept once, imported with its licence."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jangkau.errors import InputError
from jangkau.messages import Message
from jangkau.records import Place
from jangkau.sources.public.area import Area, Provider
from jangkau.sources.public.copernicus import COPERNICUS
from jangkau.sources.public.downloads import Download, Network
from jangkau.sources.public.geoboundaries import GEOBOUNDARIES
from jangkau.sources.public.kontur import KONTUR
from jangkau.sources.public.opencellid import OPENCELLID
from jangkau.sources.public.openstreetmap import OUTLINES, RIVERS_OF_OSM
from jangkau.sources.public.worldcover import WORLDCOVER
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import About, Imported, import_files
from jangkau.studies.inputs import region_bounds

PROVIDERS: Mapping[str, Provider] = {
    p.name: p for p in (COPERNICUS, WORLDCOVER, OUTLINES, RIVERS_OF_OSM, KONTUR, OPENCELLID, GEOBOUNDARIES)
}
"""Every provider by the name that the command takes."""

USUAL = ("terrain", "land_cover", "outlines", "rivers", "people")
"""What is fetched when nothing is named; cells are added where there is a token."""

KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one provider would send.

    Attributes
    ----------
    downloads : sequence of Download
    size_bytes : int
        Bytes that have to come, of the files whose size is known.
    unknown : int
        Files whose size nobody tells before.
    """

    provider: Provider
    downloads: Sequence[Download]
    size_bytes: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one provider's files; `absent` counts those that it does not have, such as tiles of open sea."""

    provider: Provider
    imported: list[Imported]
    absent: int
    skipped: Message | None = None


def area_of(region: RegionFolder, token: str = "") -> Area:
    """Return the region as providers know it; terrain is wanted as far beyond the bounds as cells reach."""
    settings = region.settings
    return Area(
        region_bounds(settings),
        settings.radio.radius_km / KM_PER_DEGREE,
        settings.country_alpha2,
        settings.country_alpha3,
        settings.mobile_country_code,
        settings.code,
        settings.name,
        token,
    )


def plan(area: Area, network: Network, names: Iterable[str]) -> list[Wanted]:
    """Return what would come, without receiving it.

    Raises
    ------
    InputError
        When a name is unknown, a token is missing, or a provider cannot be reached.
    """
    found = []
    for name in names:
        provider = PROVIDERS.get(name)
        if provider is None:
            raise InputError("fetch.unknown", name=name, known=", ".join(PROVIDERS))
        if provider.needs_token and not area.token:
            raise InputError("fetch.no_token", name=name)
        downloads = provider.downloads(area, network)
        sizes = [network.size_bytes(one) for one in downloads]
        known = sum(size for size in sizes if size is not None)
        found.append(Wanted(provider, downloads, known, sizes.count(None)))
    return found


def fetch(
    region: RegionFolder, network: Network, wanted: Sequence[Wanted], area: Area, circumstances: Circumstances
) -> list[Fetched]:
    """Receive and import what was planned, provider by provider; what has come stays when a later one fails.

    Raises
    ------
    InputError
        When a provider cannot be reached; run it again, and it goes on where it stopped.
    """
    found = []
    for one in wanted:
        if one.provider is KONTUR and _has_people(region, circumstances):
            found.append(Fetched(one.provider, [], 0, Message("fetch.people_known")))
            continue
        files = [network.fetch(download) for download in one.downloads]
        received = [file for file in files if file is not None]
        with tempfile.TemporaryDirectory(prefix="jangkau-fetch-") as room:
            ready = one.provider.prepare(area, received, Path(room))
            imported: list[Imported] = []
            for part in ready:
                about = About(one.provider.publisher, one.provider.licence, circumstances.as_of, part.kind)
                imported += import_files(region, [part.path], circumstances, about)
        found.append(Fetched(one.provider, imported, files.count(None)))
    return found


def _has_people(region: RegionFolder, circumstances: Circumstances) -> bool:
    """Tell whether somebody has said where people live: then hexagons would count them twice."""
    with region.store(circumstances.clock()) as store:
        places = store.read(Place, as_of=circumstances.as_of)
    return any(p.kind == "settlement" and p.population and not p.code.startswith("h3-") for p in places)
