"""Whom each candidate would serve: the radio core from its antennas to every open place within reach."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import hypot
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jangkau.coverage.field import FieldSettings, level_at
from jangkau.coverage.servers import normal_cdf
from jangkau.coverage.transmitters import Transmitter
from jangkau.geo import WGS84, FloatArray, project
from jangkau.messages import Message
from jangkau.paths import Antenna, losses
from jangkau.propagation.p1812 import location_variability_db
from jangkau.radio import coupling_loss_for_uplink_db, pattern_gain_db, reference_signal_eirp_dbm
from jangkau.settings import Settings
from jangkau.studies.build_candidates import Node
from jangkau.studies.build_places import OpenPlace, metres
from jangkau.studies.circumstances import Progress
from jangkau.studies.inputs import region_crs
from jangkau.studies.predict import field_settings, total_error_db
from jangkau.studies.verdicts import place_discs
from jangkau.terrain.ground import Ground

Ints = NDArray[np.int64]

SECTORS_DEG = (0.0, 120.0, 240.0)
"""Azimuths of the three cells of a new site."""

TILT_DEG = 2.0
"""Electrical downtilt of new cells, all-round ones of repeaters too [deg]."""

DONOR_KM = 25.0
"""Farthest cell that a repeater may repeat [km]."""


@dataclass(frozen=True, slots=True)
class Donor:
    """The standing cell that a repeater repeats, and the level with which it surely arrives at its mast [dBm]."""

    cell_code: str
    rsrp_dbm: float


@dataclass(frozen=True, slots=True)
class Chance:
    """What a candidate does for places: their rows, and the probability of each that it is served (or can send)."""

    rows: Ints
    probability: FloatArray


@dataclass(slots=True)
class Radio:
    """The radio core with everything that all candidates share.

    Parameters
    ----------
    ground : Ground
    settings : Settings
        With the error that the newest score has measured, if there is one.
    open_places : sequence of OpenPlace
    pixel_m : float
        Of the region's map: locations within it vary [m].
    """

    ground: Ground
    settings: Settings
    open_places: Sequence[OpenPlace]
    pixel_m: float

    def targets(self) -> tuple[Ints, FloatArray, FloatArray, FloatArray, cKDTree]:
        """Return rows of places that a signal can close, their discs [deg] and centres [m]."""
        rows = np.array([k for k, o in enumerate(self.open_places) if o.quantity != "office"], np.int64)
        places = [self.open_places[k].place for k in rows.tolist()]
        disc = place_discs(places, self.settings)
        longitude, latitude = project(disc.x, disc.y, region_crs(self.settings), WGS84)
        centre = np.column_stack((disc.x[:, 0], disc.y[:, 0]))
        return rows, longitude, latitude, centre, cKDTree(centre)

    def chances(self, nodes: Sequence[Node], donors: dict[str, Donor], workers: int, told: Progress) -> list[Chance]:
        """Return what each node does for places; nothing for nodes without a transmitter."""
        nothing = Chance(np.zeros(0, np.int64), np.zeros(0))
        if not any(o.quantity != "office" for o in self.open_places):
            return [nothing] * len(nodes)
        targets = self.targets()
        found = [nothing] * len(nodes)
        work = [k for k, n in enumerate(nodes) if n.transmitter is not None and n.blocked is None]

        def one(k: int) -> Chance:
            return self._chance(nodes[k], donors.get(nodes[k].code), targets)

        with ThreadPoolExecutor(workers) as pool:
            for done, (k, chance) in enumerate(zip(work, pool.map(one, work), strict=True)):
                found[k] = chance
                told(Message("progress.candidates"), done + 1, len(work))
        return found

    def _chance(
        self, node: Node, donor: Donor | None, targets: tuple[Ints, FloatArray, FloatArray, FloatArray, cKDTree]
    ) -> Chance:
        rows, longitude, latitude, _, tree = targets
        here = metres(self.settings, [node.longitude], [node.latitude])[0]
        near = np.array(sorted(tree.query_ball_point(here, 1e3 * self.settings.build.reach_km)), np.int64)
        eirp = self._reference_eirp_dbm(node, donor)
        if not near.size or eirp is None:
            return Chance(np.zeros(0, np.int64), np.zeros(0))
        frequency = node.transmitter.frequency_mhz if node.transmitter else None
        level = self._level(node, longitude[near], latitude[near], eirp, float(frequency or 0.0))
        error = self.error_db(float(frequency or 0.0))
        send = eirp - self._coupling_loss_db()
        served = self.settings.signal.served_rsrp_dbm
        wanted = np.array([send if self.open_places[k].quantity == "send" else served for k in rows[near].tolist()])
        chance = normal_cdf((level.astype(float) - wanted[:, None]) / error).mean(axis=1)
        return Chance(rows[near], np.nan_to_num(chance))

    def _level(
        self, node: Node, longitude: FloatArray, latitude: FloatArray, eirp_dbm: float, frequency_mhz: float
    ) -> FloatArray:
        """Return the level of the best cell of a node at points [dBm]; NaN over unknown ground."""
        field = field_settings(self.settings)
        paths = losses(
            self.ground,
            Antenna(node.longitude, node.latitude, node.height_agl_m),
            longitude,
            latitude,
            frequency_mhz=frequency_mhz,
            rx_height_agl_m=field.receiver_height_agl_m,
            medium=field.medium,
            step_m=field.profile_step_m,
        )
        defaults = self.settings.cell_defaults
        width = defaults.horizontal_beamwidth_deg if node.kind != "repeater" else 360.0
        gains = [
            pattern_gain_db(
                paths.azimuth_deg - azimuth,
                paths.elevation_deg,
                horizontal_beamwidth_deg=width,
                vertical_beamwidth_deg=defaults.vertical_beamwidth_deg,
                electrical_downtilt_deg=TILT_DEG,
            )
            for azimuth in (SECTORS_DEG if node.kind != "repeater" else (0.0,))
        ]
        level: FloatArray = eirp_dbm - field.body_loss_db + np.max(gains, axis=0) - paths.loss_db
        return level

    def _reference_eirp_dbm(self, node: Node, donor: Donor | None) -> float | None:
        """Return what a node radiates of its reference signal [dBm]; None for a repeater without a donor."""
        t = node.transmitter
        if t is None or t.eirp_dbm is None:
            return None
        most = reference_signal_eirp_dbm(t.eirp_dbm, self.settings.cell_defaults.bandwidth_mhz, "4G")
        if node.kind != "repeater":
            return most
        return None if donor is None else min(most, donor.rsrp_dbm + float(t.gain_db or 0.0))

    def _coupling_loss_db(self) -> float:
        signal = self.settings.signal
        return coupling_loss_for_uplink_db(
            self.settings.send.needed_uplink_kbps, self.settings.cell_defaults.bandwidth_mhz, signal.cell_load_fraction
        )

    def error_db(self, frequency_mhz: float) -> float:
        """Return the standard deviation of truth minus prediction of a new cell [dB]."""
        return hypot(self.settings.radio.model_error_db, location_variability_db(frequency_mhz, self.pixel_m))

    def donors(self, nodes: Sequence[Node], transmitters: Sequence[Transmitter]) -> dict[str, Donor]:
        """Return the strongest donor of each repeater that has one, by the code of its node."""
        own = [n for n in nodes if n.kind == "repeater" and n.blocked is None]
        counted = [t for t in transmitters if t.technology >= self.settings.signal.technology]
        if not own or not counted:
            return {}
        longitude, latitude = (np.array([getattr(n, name) for n in own]) for name in ("longitude", "latitude"))
        tree = cKDTree(metres(self.settings, longitude.tolist(), latitude.tolist()))
        best: dict[str, Donor] = {}
        quantile = NormalDist().inv_cdf(self.settings.signal.probability)
        for t in counted:
            at = metres(self.settings, [t.longitude], [t.latitude])[0]
            near = np.array(sorted(tree.query_ball_point(at, 1e3 * DONOR_KM)), np.int64)
            if not near.size:
                continue
            sure = -quantile * total_error_db(t, self.settings, self.pixel_m)
            level, _ = level_at(self.ground, t, longitude[near], latitude[near], self._at_mast(own[0].height_agl_m))
            for k, dbm in zip(near.tolist(), (level + sure).tolist(), strict=True):
                code, booster = own[k].code, own[k].transmitter
                least = booster.least_dbm if booster is not None and booster.least_dbm is not None else -np.inf
                if dbm >= (best[code].rsrp_dbm if code in best else least):
                    best[code] = Donor(t.cell_code, dbm)
        return best

    def _at_mast(self, height_agl_m: float) -> FieldSettings:
        field = field_settings(self.settings)
        return FieldSettings(field.radius_m, height_agl_m, field.medium, field.profile_step_m)
