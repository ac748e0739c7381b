"""Drill: invented files of the real size go to our own server at an agreed hour; the curve is held against the model.

What is kept of the files is in `drill_log`.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.counting.curves import band, time_of_share
from jangkau.counting.network import BY_WIFI, LINK, WIFI, Network, Node, Station, Stop
from jangkau.counting.nights import simulate
from jangkau.counting.parameters import Parameter, Parameters
from jangkau.errors import RegionError
from jangkau.store import audit
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.store.runs import latest_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.drill_log import Drill, Upload, drill_of, uploads
from jangkau.studies.night_network import NightNetwork, night_network
from jangkau.studies.register import Register
from jangkau.studies.rehearse import PARAMETERS_FILE, region_parameters, sent_probabilities

FEWEST_LINKS, FEWEST_TRIES, NIGHTS, SHARES = 3, 20, 200, (0.5, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Compared:
    """A drill beside the simulation of it.

    `seen_s` are the times after the agreed hour at which files were complete; `seen_share_s` and `band_s` say when 50,
    95 and 100 % were, in the drill and in 5, 50 and 95 % of simulated nights.
    """

    drill: Drill
    uploads: list[Upload]
    seen_s: NDArray[np.float64]
    seen_share_s: list[float]
    band_s: list[tuple[float, float, float]]
    left_out: list[str]
    changes: list[tuple[Parameter, Parameter]]
    file: Path


def compare(
    region: RegionFolder, circumstances: Circumstances, id: str | None = None, *, update: bool = False
) -> Compared:
    """Compare a drill with the simulation of the same uploads, and say what its figures are for the parameters.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances
    id : str, optional
        The drill; the last one if None.
    update : bool
        Whether to write the new parameters into ``counting.csv``.

    Raises
    ------
    RegionError
        When there is no drill, or nothing came.
    """
    drill = drill_of(region, id)
    came = uploads(region, drill)
    done = [u for u in came if u.complete]
    if not done:
        raise RegionError("drill.nothing_came", id=drill.id)
    parameters, _ = region_parameters(region)
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, circumstances.as_of)
    grading = latest_run(region.path, "grade", circumstances.as_of)
    night = night_network(register, sent_probabilities(grading), region.settings, circumstances.as_of)
    senders, left_out = _senders(night, register, done)
    seen = np.sort([max((u.ended - drill.at).total_seconds(), 0.0) for u in done])
    bands = []
    if senders:
        simulated = simulate(
            Network.of(senders, night.network.nodes).layout,
            _as_drilled(parameters, drill),
            nights=NIGHTS,
            needed_kbps=region.settings.send.needed_uplink_kbps,
            workers=circumstances.workers,
        )
        bands = [band(time_of_share(simulated.sent_s, share)) for share in SHARES]
    changes = learned(drill, came, night, parameters)
    file = region.path / PARAMETERS_FILE
    if update and changes:
        now = circumstances.clock()
        said = {new.name: [new.low, new.default, new.high] for _, new in changes}
        with region.store(now) as store, store.writing() as connection:
            audit.cover(
                connection, audit.Act(circumstances.actor, "drill update", now), {"drill": drill.id, "is": said}
            )
            write_atomically(file, parameters.replaced(new for _, new in changes).text().encode())
    shares = [float(time_of_share(seen[None, :], share)[0]) for share in SHARES]
    return Compared(drill, came, seen, shares, bands, left_out, changes, file)


def _senders(night: NightNetwork, register: Register, done: Sequence[Upload]) -> tuple[list[Station], list[str]]:
    """Return a station for each upload: by the Wi-Fi of an office, or by phone from a polling station."""
    own = {s.code: s for s in night.network.stations}
    nodes = {node.code: node for node in night.network.nodes}
    senders, left_out = [], []
    for upload in done:
        wifi, station = nodes.get(f"wifi:{upload.place_code}"), own.get(upload.place_code)
        if wifi is not None:
            stop = Stop(wifi.code, upload.place_code, BY_WIFI)
            senders.append(Station(upload.id, wifi.village, wifi.district, None, (stop,)))
        elif station is not None:
            senders.append(replace(station, code=upload.id, stops=station.stops[:1]))
        else:
            left_out.append(upload.place_code)
    return senders, sorted(set(left_out))


def _as_drilled(parameters: Parameters, drill: Drill) -> Parameters:
    """Return the parameters of a night in which all send at once, files of one size, to a server that is quick."""
    return parameters.with_(
        count_fixed_min=0.0, count_per_100_voters_min=0.0, photo_min=0.0, photos_per_station=1.0,
        photo_mb=drill.size_bytes / 1e6, pdf_mb=0.0, size_spread=0.0, server_kbps_per_station=1e6,
    )  # fmt: skip


def learned(
    drill: Drill, came: Sequence[Upload], night: NightNetwork, parameters: Parameters
) -> list[tuple[Parameter, Parameter]]:
    """Return the parameters that a drill tells something of, each as it was and as it would be.

    Notes
    -----
    delivered_fraction: what each link of known rate carried while its files came, over its rate less ordinary traffic;
    10, 50 and 90 % of the links, from `FEWEST_LINKS` on. broken_fraction: tries that failed over all tries, with the
    90 % interval of Wilson, from `FEWEST_TRIES` on. Each upload says how many tries it took.
    """
    said = f"drill {drill.id} of {drill.at:%Y-%m-%d}"
    found = []
    shares = _delivered(came, night, parameters)
    if len(shares) >= FEWEST_LINKS:
        low, middle, high = (float(v) for v in np.percentile(shares, (10, 50, 90)).round(3))
        found.append(_told(parameters["delivered_fraction"], middle, low, high, f"{said}, {len(shares)} links"))
    of_upload: dict[str, int] = {}
    for upload in came:
        of_upload[upload.id] = max(of_upload.get(upload.id, 0), upload.tries)
    tries = sum(of_upload.values())
    if tries >= FEWEST_TRIES:
        failed = tries - len({u.id for u in came if u.complete})
        low, high = _wilson(failed, tries)
        found.append(_told(parameters["broken_fraction"], failed / tries, low, high, f"{said}, {tries} tries"))
    return found


def _told(old: Parameter, default: float, low: float, high: float, source: str) -> tuple[Parameter, Parameter]:
    return old, replace(old, default=round(default, 4), low=low, high=high, basis="drilled", source=source)


def _wilson(failed: int, tries: int, z: float = 1.645) -> tuple[float, float]:
    """Return the interval of Wilson for a share, z standard deviations wide to either side."""
    share, spread = failed / tries, z * z / tries
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / tries + spread / (4 * tries))
    return max(math.floor((middle - half) * 1e4) / 1e4, 0.0), min(math.ceil((middle + half) * 1e4) / 1e4, 1.0)


def _delivered(came: Sequence[Upload], night: NightNetwork, parameters: Parameters) -> list[float]:
    nodes: dict[str, Node] = {node.code: node for node in night.network.nodes}
    left = 1.0 - parameters["ordinary_fraction"].default * parameters["ordinary_uplift"].default
    by_link: dict[str, list[Upload]] = {}
    for upload in came:
        wifi = nodes.get(f"wifi:{upload.place_code}")
        if upload.complete and wifi is not None and wifi.kind == WIFI and wifi.upstream is not None:
            by_link.setdefault(wifi.upstream, []).append(upload)
    shares = []
    for code, some in sorted(by_link.items()):
        link = nodes[code]
        seconds = (max(u.ended for u in some) - min(u.began for u in some)).total_seconds()
        if link.kind == LINK and link.rate_mbps and seconds > 0:
            mbps = 8e-6 * sum(u.received_bytes for u in some) / seconds
            shares.append(min(max(mbps / (link.rate_mbps * left), 0.01), 1.0))
    return shares


def compared_as_json(found: Compared) -> dict[str, Any]:
    """Return a comparison as plain values."""
    return {
        "drill": asdict(found.drill),
        "files": len(found.seen_s),
        "incomplete": sum(not u.complete for u in found.uploads),
        "seen_s": {f"{share:g}": s for share, s in zip(SHARES, found.seen_share_s, strict=True)},
        "simulated_s": {f"{share:g}": b for share, b in zip(SHARES, found.band_s, strict=False)},
        "left_out": found.left_out,
        "changes": [{"parameter": new.name, "was": asdict(old), "is": asdict(new)} for old, new in found.changes],
    }
