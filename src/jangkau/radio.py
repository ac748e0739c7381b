"""Antennas and link budget: from radiated power to reference-signal level, quality and rate.

Angles: `azimuth_offset_deg` clockwise from the direction in which the antenna points, `elevation_deg` up from the
horizon at the antenna. Gains of patterns are relative to the peak, never above zero. Losses are positive.

References
----------
.. [1] 3GPP TR 36.814 V9.2.0, table A.2.1.1-2 (sector pattern).
.. [2] 3GPP TR 36.942, section 4 (antenna, noise figures), annex A (rate from SINR).
.. [3] 3GPP TS 36.101, table 5.6-1, and TS 38.101-1, table 5.3.2-1 (resource blocks of a carrier).
.. [4] 3GPP TR 38.901, 7.4.3.2 (loss into a car).
.. [5] Report ITU-R M.2292 (characteristics of IMT terminals in sharing studies).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.compiled import kernel
from jangkau.errors import ModelError
from jangkau.units import thermal_noise_dbm

FloatArray = NDArray[np.float64]

LTE_RESOURCE_BLOCKS: Mapping[float, int] = MappingProxyType({1.4: 6, 3.0: 15, 5.0: 25, 10.0: 50, 15.0: 75, 20.0: 100})
"""Resource blocks of an LTE carrier by its bandwidth [MHz]; TS 36.101, table 5.6-1."""

NR_RESOURCE_BLOCKS: Mapping[int, Mapping[float, int]] = MappingProxyType(
    {
        15: MappingProxyType(
            {5.0: 25, 10.0: 52, 15.0: 79, 20.0: 106, 25.0: 133, 30.0: 160, 35.0: 188, 40.0: 216, 45.0: 242, 50.0: 270}
        ),
        30: MappingProxyType(
            {5.0: 11, 10.0: 24, 15.0: 38, 20.0: 51, 25.0: 65, 30.0: 78, 35.0: 92, 40.0: 106, 45.0: 119, 50.0: 133}
            | {60.0: 162, 70.0: 189, 80.0: 217, 90.0: 245, 100.0: 273}
        ),
    }
)
"""Resource blocks of an NR carrier below 6 GHz by subcarrier spacing [kHz] and bandwidth [MHz]; TS 38.101-1."""

NR_WIDE_SPACING_FROM_MHZ = 25.0
"""NR carriers this wide or wider are taken to have 30 kHz spacing, narrower ones 15 kHz; assumed."""

CPICH_SHARE_DB = -10.0
"""Pilot channel of a 3G carrier relative to its full power; common planning value, assumed."""

BODY_LOSS_DB = 4.0
"""Loss of the body that holds the phone [5]; assumed from there, not checked against its text."""

VEHICLE_LOSS_DB = 9.0
"""Mean loss into a car; its standard deviation is 5 dB. TR 38.901, 7.4.3.2."""

METALLISED_VEHICLE_LOSS_DB = 20.0
"""The same with metallised windows. TR 38.901, 7.4.3.2."""

PHONE_NOISE_FIGURE_DB = 9.0
"""TR 36.942, user equipment."""

BASE_NOISE_FIGURE_DB = 5.0
"""TR 36.942, base station."""

PHONE_POWER_DBM = 23.0
"""LTE power class 3, TS 36.101, 6.2.2."""

BASE_RECEIVE_GAIN_DB = 16.0
"""Peak gain of a sector antenna less its cable on reception: 17 dBi - 1 dB, as the EIRP of `CellDefaults`; assumed."""

INTERFERENCE_MARGIN_DB = 3.0
"""Rise of the noise at the base station by phones of other cells; assumed."""

LTE_SUBCARRIER_HZ = 15_000.0
DOWNLINK_ALPHA, DOWNLINK_MAX_BIT_PER_S_HZ = 0.6, 4.4
UPLINK_ALPHA, UPLINK_MAX_BIT_PER_S_HZ = 0.4, 2.0
LOWEST_SINR_DB = -10.0
"""TR 36.942, table A.1: below this nothing is received."""


@dataclass(frozen=True, slots=True, eq=False)
class AntennaPattern:
    """A measured pattern: gains relative to the peak in steps of one degree.

    `horizontal_db[i]` is the gain i degrees clockwise from the main direction. `vertical_db[i]` is the gain i degrees
    *below* the horizon in front, 90 is straight down, 180 the horizon behind, 270 straight up, as makers' files
    (MSI/Planet) count. Makers write losses there: change their sign.
    """

    name: str
    horizontal_db: FloatArray
    vertical_db: FloatArray

    def __post_init__(self) -> None:
        for cut in ("horizontal_db", "vertical_db"):
            gains_db = np.array(getattr(self, cut), dtype=np.float64)
            if gains_db.shape != (360,) or not np.isfinite(gains_db).all() or gains_db.max() > 0.0:
                raise ModelError("radio.pattern_cut", name=self.name, cut=cut, shape=str(gains_db.shape))
            gains_db.flags.writeable = False
            object.__setattr__(self, cut, gains_db)


@kernel
def _tilted_deg(azimuth_deg: float, elevation_deg: float, downtilt_deg: float) -> tuple[float, float]:
    """Direction as the antenna sees it that was turned down about its horizontal axis: azimuth and depression."""
    azimuth, elevation, tilt = math.radians(azimuth_deg), math.radians(elevation_deg), math.radians(downtilt_deg)
    flat = math.cos(elevation) * math.cos(azimuth)
    ahead = flat * math.cos(tilt) - math.sin(elevation) * math.sin(tilt)
    aside = math.cos(elevation) * math.sin(azimuth)
    above = flat * math.sin(tilt) + math.sin(elevation) * math.cos(tilt)
    return math.degrees(math.atan2(aside, ahead)), -math.degrees(math.asin(min(1.0, max(-1.0, above))))


@kernel
def _at_degree(cut_db: FloatArray, angle_deg: float) -> float:
    """Gain of a cut between its whole degrees."""
    angle = angle_deg % 360.0
    low = int(angle) % 360
    part = angle - math.floor(angle)
    return float((1.0 - part) * cut_db[low] + part * cut_db[(low + 1) % 360])


@kernel(allocates=True)
def _formula_gains_db(
    azimuth_offset_deg: FloatArray,
    elevation_deg: FloatArray,
    horizontal_beamwidth_deg: float,
    vertical_beamwidth_deg: float,
    electrical_downtilt_deg: float,
    mechanical_downtilt_deg: float,
    front_to_back_db: float,
    side_lobe_db: float,
) -> FloatArray:
    gains_db = np.empty(azimuth_offset_deg.size)
    for i in range(gains_db.size):
        azimuth, depression = _tilted_deg(azimuth_offset_deg[i], elevation_deg[i], mechanical_downtilt_deg)
        across_db = 0.0
        if horizontal_beamwidth_deg < 360.0:
            across_db = min(12.0 * (azimuth / horizontal_beamwidth_deg) ** 2, front_to_back_db)
        off = (depression - electrical_downtilt_deg) / vertical_beamwidth_deg
        gains_db[i] = -min(across_db + min(12.0 * off**2, side_lobe_db), front_to_back_db)
    return gains_db


@kernel(allocates=True)
def _measured_gains_db(
    azimuth_offset_deg: FloatArray,
    elevation_deg: FloatArray,
    horizontal_db: FloatArray,
    vertical_db: FloatArray,
    electrical_downtilt_deg: float,
    mechanical_downtilt_deg: float,
) -> FloatArray:
    gains_db = np.empty(azimuth_offset_deg.size)
    for i in range(gains_db.size):
        azimuth, depression = _tilted_deg(azimuth_offset_deg[i], elevation_deg[i], mechanical_downtilt_deg)
        vertical = _at_degree(vertical_db, depression - electrical_downtilt_deg)
        gains_db[i] = _at_degree(horizontal_db, azimuth) + vertical
    return gains_db


def pattern_gain_db(
    azimuth_offset_deg: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    horizontal_beamwidth_deg: float = 65.0,
    vertical_beamwidth_deg: float = 10.0,
    electrical_downtilt_deg: float = 0.0,
    mechanical_downtilt_deg: float = 0.0,
    front_to_back_db: float = 25.0,
    side_lobe_db: float = 20.0,
    pattern: AntennaPattern | None = None,
) -> FloatArray:
    """Return the gain of an antenna relative to its peak.

    Parameters
    ----------
    azimuth_offset_deg : array
        Azimuth of the point minus that of the antenna [deg], any turn.
    elevation_deg : array, broadcast with the azimuths
        Elevation of the point seen from the antenna [deg], -90 to 90, up is positive.
    horizontal_beamwidth_deg, vertical_beamwidth_deg : float
        Width at -3 dB [deg], > 0; a horizontal width of 360 or more is an omnidirectional antenna.
    electrical_downtilt_deg : float
        Shift of the vertical pattern for all azimuths [deg], -90 to 90, down is positive.
    mechanical_downtilt_deg : float
        Turn of the whole antenna [deg], -90 to 90, down is positive: down in front, up behind, nothing at the sides.
    front_to_back_db : float
        Deepest loss A_m [dB], > 0: 25 [1]_, 20 in TR 36.942, 30 in TR 38.901.
    side_lobe_db : float
        Deepest loss of the vertical pattern SLA_V [dB], > 0.
    pattern : AntennaPattern, optional
        Measured cuts; widths, front-to-back and side lobes are then not used.

    Returns
    -------
    array of the broadcast shape
        Gain relative to the peak [dB], <= 0.

    Raises
    ------
    ModelError
        When a width, a depth or a tilt is impossible.

    Notes
    -----
    Formula of TR 36.814: A_H = -min(12 (phi / phi_3dB)^2, A_m), A_V = -min(12 ((theta - etilt) / theta_3dB)^2,
    SLA_V), A = -min(-(A_H + A_V), A_m). Measured cuts are combined by the summing method: the horizontal gain at the
    azimuth plus the front vertical gain at the depression. That is exact in both cuts' planes in front, and too deep
    away from them and behind. The tilt that the file was measured with is already in its vertical cut; give only
    what is added. Mechanical tilt turns the coordinates, so that on the horizon it acts as its cosine of the azimuth.

    References
    ----------
    See the head of the module.
    """
    positive = {
        "horizontal_beamwidth_deg": horizontal_beamwidth_deg,
        "vertical_beamwidth_deg": vertical_beamwidth_deg,
        "front_to_back_db": front_to_back_db,
        "side_lobe_db": side_lobe_db,
    }
    for name, value in positive.items():
        _require(name, value, 0.0, math.inf, open_low=True)
    _require("electrical_downtilt_deg", electrical_downtilt_deg, -90.0, 90.0)
    _require("mechanical_downtilt_deg", mechanical_downtilt_deg, -90.0, 90.0)
    azimuth, elevation = np.broadcast_arrays(
        np.asarray(azimuth_offset_deg, dtype=np.float64), np.asarray(elevation_deg, dtype=np.float64)
    )
    tilts = (float(electrical_downtilt_deg), float(mechanical_downtilt_deg))
    if pattern is None:
        gains_db: FloatArray = _formula_gains_db(
            azimuth.ravel(),
            elevation.ravel(),
            float(horizontal_beamwidth_deg),
            float(vertical_beamwidth_deg),
            *tilts,
            float(front_to_back_db),
            float(side_lobe_db),
        )
    else:
        gains_db = _measured_gains_db(
            azimuth.ravel(), elevation.ravel(), pattern.horizontal_db, pattern.vertical_db, *tilts
        )
    return gains_db.reshape(azimuth.shape)


def resource_blocks(bandwidth_mhz: float, technology: str = "4G") -> tuple[int, float]:
    """Return the number of resource blocks of a carrier and its subcarrier spacing [Hz].

    Parameters
    ----------
    bandwidth_mhz : float
        Channel bandwidth [MHz], one of `LTE_RESOURCE_BLOCKS` or `NR_RESOURCE_BLOCKS`.
    technology : str
        ``"4G"`` or ``"5G"``.

    Returns
    -------
    tuple
        Resource blocks of twelve subcarriers, and the spacing [Hz]: 15 000 for LTE; for NR 15 000 below
        `NR_WIDE_SPACING_FROM_MHZ`, else 30 000.

    Raises
    ------
    ModelError
        When the technology has no resource blocks or no such carrier.

    References
    ----------
    TS 36.101, table 5.6-1; TS 38.101-1, table 5.3.2-1.
    """
    if technology == "4G":
        spacing_khz, table = 15, LTE_RESOURCE_BLOCKS
    elif technology == "5G":
        spacing_khz = 30 if bandwidth_mhz >= NR_WIDE_SPACING_FROM_MHZ else 15
        table = NR_RESOURCE_BLOCKS[spacing_khz]
    else:
        raise ModelError("radio.technology", technology=technology, allowed="4G, 5G")
    blocks = table.get(float(bandwidth_mhz))
    if blocks is None:
        allowed = ", ".join(f"{width:g}" for width in table)
        raise ModelError("radio.bandwidth", bandwidth_mhz=bandwidth_mhz, technology=technology, allowed=allowed)
    return blocks, spacing_khz * 1000.0


def reference_signal_eirp_dbm(eirp_dbm: float, bandwidth_mhz: float, technology: str = "4G") -> float:
    """Return the radiated power of the signal that phones measure.

    Parameters
    ----------
    eirp_dbm : float
        Radiated power of the whole carrier at one antenna port, in the main direction [dBm].
    bandwidth_mhz : float
        Channel bandwidth [MHz]; used for 4G and 5G only.
    technology : str
        ``"2G"``, ``"3G"``, ``"4G"`` or ``"5G"``.

    Returns
    -------
    float
        Radiated power [dBm]: per resource element for 4G (RSRP) and 5G (SS-RSRP), of the pilot for 3G (RSCP), of the
        whole carrier for 2G (RxLev).

    Raises
    ------
    ModelError
        When the technology or the bandwidth is unknown or the power is not a number.

    Notes
    -----
    4G and 5G: EIRP - 10 log10(12 N_RB): the power is spread evenly over all subcarriers and reference signals are
    not boosted (P_A = P_B = 0 dB). Where the EIRP is summed over two ports, subtract 3 dB before. 5G: no gain of the
    beams of the synchronisation block over the antenna's. 3G: the pilot has `CPICH_SHARE_DB` of the carrier. 2G: the
    BCCH carrier is sent at full power in its 200 kHz all the time.

    References
    ----------
    TS 36.214, 5.1.1 (RSRP); TS 38.215, 5.1.1 (SS-RSRP); TS 25.215, 5.1.1 (RSCP); TS 45.008, 8.1 (RxLev).
    """
    _require("eirp_dbm", eirp_dbm, -math.inf, math.inf, open_low=True)
    if technology == "2G":
        return float(eirp_dbm)
    if technology == "3G":
        return float(eirp_dbm) + CPICH_SHARE_DB
    if technology not in ("4G", "5G"):
        raise ModelError("radio.technology", technology=technology, allowed="2G, 3G, 4G, 5G")
    blocks, _ = resource_blocks(bandwidth_mhz, technology)
    return float(eirp_dbm) - 10.0 * math.log10(12 * blocks)


def rsrp_dbm(
    reference_signal_eirp_dbm: ArrayLike,
    pattern_gain_db: ArrayLike,
    loss_db: ArrayLike,
    *,
    receiver_gain_dbi: float = 0.0,
    body_loss_db: float = 0.0,
    vehicle_loss_db: float = 0.0,
) -> FloatArray:
    """Return the reference-signal level at the phone.

    Parameters
    ----------
    reference_signal_eirp_dbm : array
        Of `reference_signal_eirp_dbm` [dBm].
    pattern_gain_db : array
        Gain towards the phone relative to the peak [dB], <= 0, of `pattern_gain_db`.
    loss_db : array
        Basic transmission loss [dB].
    receiver_gain_dbi : float
        Antenna of the phone [dBi]; 0 is assumed.
    body_loss_db, vehicle_loss_db : float
        [dB], >= 0; nothing unless said. `BODY_LOSS_DB` and `VEHICLE_LOSS_DB` are there to be given.

    Returns
    -------
    array of the broadcast shape
        Level [dBm]: RSRP, SS-RSRP, RSCP or RxLev by what the radiated power was.

    Raises
    ------
    ModelError
        When a loss of body or vehicle is negative.

    Notes
    -----
    The level is a local mean: no fading.
    """
    _require("body_loss_db", body_loss_db, 0.0, math.inf)
    _require("vehicle_loss_db", vehicle_loss_db, 0.0, math.inf)
    level: FloatArray = np.asarray(
        np.asarray(reference_signal_eirp_dbm, dtype=np.float64)
        + np.asarray(pattern_gain_db, dtype=np.float64)
        - np.asarray(loss_db, dtype=np.float64)
    )
    return level + (receiver_gain_dbi - body_loss_db - vehicle_loss_db)


def sinr_db(
    serving_rsrp_dbm: ArrayLike,
    interferer_rsrp_dbm: ArrayLike,
    load_fraction: float,
    noise_figure_db: float = PHONE_NOISE_FIGURE_DB,
    subcarrier_hz: float = LTE_SUBCARRIER_HZ,
) -> FloatArray:
    """Return the ratio of the serving signal to interference and noise, per subcarrier.

    Parameters
    ----------
    serving_rsrp_dbm : array (...)
        Level of the serving cell [dBm].
    interferer_rsrp_dbm : array (cells, ...)
        Levels of the other cells on the same carrier [dBm]; minus infinity where a cell is absent, no rows if none.
    load_fraction : float
        Share of their resource elements that the other cells send, 0 to 1.
    noise_figure_db : float
        Of the phone [dB], >= 0.
    subcarrier_hz : float
        Spacing [Hz], > 0.

    Returns
    -------
    array (...)
        SINR [dB].

    Raises
    ------
    ModelError
        When the load is not within 0 to 1, or noise figure or spacing is impossible.

    Notes
    -----
    S / (load * sum I + N), N = k T B + noise figure at 290 K in one subcarrier. Interference is averaged over the
    resource elements; reference signals that collide, and the two antennas of a phone, are not modelled.
    """
    _require("load_fraction", load_fraction, 0.0, 1.0)
    _require("noise_figure_db", noise_figure_db, 0.0, math.inf)
    _require("subcarrier_hz", subcarrier_hz, 0.0, math.inf, open_low=True)
    noise_mw = 10.0 ** ((thermal_noise_dbm(subcarrier_hz) + noise_figure_db) / 10.0)
    interferers_mw = 10.0 ** (np.asarray(interferer_rsrp_dbm, dtype=np.float64) / 10.0)
    unwanted_mw = load_fraction * interferers_mw.sum(axis=0) + noise_mw
    ratio_db: FloatArray = np.asarray(
        np.asarray(serving_rsrp_dbm, dtype=np.float64) - 10.0 * np.log10(unwanted_mw), dtype=np.float64
    )
    return ratio_db


@kernel
def _bit_per_s_hz(sinr_db: float, alpha: float, ceiling: float) -> float:
    """Truncated Shannon of TR 36.942, A.1."""
    if sinr_db < LOWEST_SINR_DB:
        return 0.0
    return min(alpha * math.log2(1.0 + 10.0 ** (sinr_db / 10.0)), ceiling)


@kernel(allocates=True)
def _downlink_bit_per_s_hz(sinr_db: FloatArray) -> FloatArray:
    rates = np.empty(sinr_db.size)
    for i in range(rates.size):
        rates[i] = _bit_per_s_hz(sinr_db[i], DOWNLINK_ALPHA, DOWNLINK_MAX_BIT_PER_S_HZ)
    return rates


@kernel
def _uplink_kbps(one_block_sinr_db: float, blocks: int, block_khz: float) -> float:
    """Highest rate over the number of blocks among which a phone spreads its power."""
    best = 0.0
    for n in range(1, blocks + 1):
        spread_db = one_block_sinr_db - 10.0 * math.log10(n)
        if spread_db < LOWEST_SINR_DB:
            break
        best = max(best, n * block_khz * _bit_per_s_hz(spread_db, UPLINK_ALPHA, UPLINK_MAX_BIT_PER_S_HZ))
    return best


@kernel(allocates=True)
def _uplinks_kbps(one_block_sinr_db: FloatArray, blocks: int, block_khz: float) -> FloatArray:
    rates = np.empty(one_block_sinr_db.size)
    for i in range(rates.size):
        rates[i] = _uplink_kbps(one_block_sinr_db[i], blocks, block_khz)
    return rates


def downlink_kbps(
    sinr_db: ArrayLike, *, bandwidth_mhz: float, load_fraction: float, technology: str = "4G"
) -> FloatArray:
    """Return the rate that one phone gets from a cell that others load.

    Parameters
    ----------
    sinr_db : array
        Of `sinr_db` [dB].
    bandwidth_mhz : float
        Channel bandwidth [MHz].
    load_fraction : float
        Share of the serving cell that others use, 0 to 1; the phone gets the rest.
    technology : str
        ``"4G"`` or ``"5G"``.

    Returns
    -------
    array
        Rate [kbit/s], >= 0; zero below `LOWEST_SINR_DB`.

    Raises
    ------
    ModelError
        When load, technology or bandwidth is impossible.

    Notes
    -----
    TR 36.942, annex A.1: min(0.6 log2(1 + SINR), 4.4) bit/s/Hz over the occupied bandwidth, 12 N_RB subcarriers; one
    transmit and two receive antennas, typical urban channel. The same curve is taken for 5G, which is cautious.
    """
    _require("load_fraction", load_fraction, 0.0, 1.0)
    blocks, spacing_hz = resource_blocks(bandwidth_mhz, technology)
    ratio_db = np.asarray(sinr_db, dtype=np.float64)
    rates: FloatArray = _downlink_bit_per_s_hz(ratio_db.ravel())
    return rates.reshape(ratio_db.shape) * (blocks * 12 * spacing_hz / 1000.0 * (1.0 - load_fraction))


def uplink_kbps(
    coupling_loss_db: ArrayLike,
    bandwidth_mhz: float,
    load_fraction: float,
    ue_power_dbm: float = PHONE_POWER_DBM,
    base_noise_figure_db: float = BASE_NOISE_FIGURE_DB,
    interference_margin_db: float = INTERFERENCE_MARGIN_DB,
    base_gain_db: float = BASE_RECEIVE_GAIN_DB,
    technology: str = "4G",
) -> FloatArray:
    """Return the rate at which one phone can send to a cell that others load.

    Parameters
    ----------
    coupling_loss_db : array
        Reference-signal EIRP minus RSRP [dB]: transmission loss, body and vehicle, less the (negative) pattern gain.
        It holds for the base antenna at 0 dBi; `base_gain_db` adds its peak gain.
    bandwidth_mhz : float
        Channel bandwidth of the uplink carrier [MHz].
    load_fraction : float
        Share of the uplink that others use, 0 to 1; the phone gets the rest.
    ue_power_dbm : float
        Greatest power of the phone [dBm].
    base_noise_figure_db : float
        [dB], >= 0.
    interference_margin_db : float
        Rise of the noise at the base by other cells' phones [dB], >= 0.
    base_gain_db : float
        Peak gain of the base antenna less its cable on reception [dB]; `BASE_RECEIVE_GAIN_DB` is assumed. With 0,
        `coupling_loss_db` is 3GPP's coupling loss, which includes the antennas.
    technology : str
        ``"4G"`` or ``"5G"``.

    Returns
    -------
    array
        Rate [kbit/s], >= 0.

    Raises
    ------
    ModelError
        When load, technology, bandwidth, noise figure or margin is impossible, or a level is not a number.

    Notes
    -----
    The phone sends at full power and spreads it over the number of resource blocks, 1 to N_RB, that gives the highest
    rate: n blocks have SINR(1) - 10 log10 n each, and min(0.4 log2(1 + SINR), 2.0) bit/s/Hz (TR 36.942, annex A.1;
    one transmit, two receive antennas). The loss is taken to be the same up and down. Control channels and the
    restriction to products of 2, 3 and 5 blocks are not modelled. Times (1 - load).
    """
    budget = _uplink_budget(
        bandwidth_mhz,
        load_fraction,
        ue_power_dbm,
        base_noise_figure_db,
        interference_margin_db,
        base_gain_db,
        technology,
    )
    loss_db = np.asarray(coupling_loss_db, dtype=np.float64)
    rates: FloatArray = _uplinks_kbps(budget.lossless_sinr_db - loss_db.ravel(), budget.blocks, budget.block_khz)
    return rates.reshape(loss_db.shape) * (1.0 - load_fraction)


def coupling_loss_for_uplink_db(
    needed_kbps: float,
    bandwidth_mhz: float,
    load_fraction: float,
    ue_power_dbm: float = PHONE_POWER_DBM,
    base_noise_figure_db: float = BASE_NOISE_FIGURE_DB,
    interference_margin_db: float = INTERFERENCE_MARGIN_DB,
    base_gain_db: float = BASE_RECEIVE_GAIN_DB,
    technology: str = "4G",
) -> float:
    """Return the largest coupling loss at which a phone can still send at a needed rate.

    Parameters
    ----------
    needed_kbps : float
        Rate [kbit/s], > 0.
    bandwidth_mhz, load_fraction, ue_power_dbm, base_noise_figure_db, interference_margin_db, base_gain_db, technology
        As in `uplink_kbps`.

    Returns
    -------
    float
        Reference-signal EIRP minus RSRP [dB], to 1e-6 dB below the true limit: the needed RSRP is the
        reference-signal EIRP minus this. Minus infinity where the carrier cannot give the rate at any level.

    Raises
    ------
    ModelError
        As `uplink_kbps`, or when the needed rate is not above zero.

    Notes
    -----
    Bisection: `uplink_kbps` never grows with the loss.
    """
    _require("needed_kbps", needed_kbps, 0.0, math.inf, open_low=True)
    budget = _uplink_budget(
        bandwidth_mhz,
        load_fraction,
        ue_power_dbm,
        base_noise_figure_db,
        interference_margin_db,
        base_gain_db,
        technology,
    )
    share = 1.0 - load_fraction

    def enough(one_block_sinr_db: float) -> bool:
        return bool(share * _uplink_kbps(one_block_sinr_db, budget.blocks, budget.block_khz) >= needed_kbps)

    low_db, high_db = LOWEST_SINR_DB - 1.0, 100.0
    if not enough(high_db):
        return -math.inf
    while high_db - low_db > 1e-6:
        middle_db = 0.5 * (low_db + high_db)
        if enough(middle_db):
            high_db = middle_db
        else:
            low_db = middle_db
    return budget.lossless_sinr_db - high_db


@dataclass(frozen=True, slots=True)
class _UplinkBudget:
    """What remains of the uplink once all but loss and rate is said."""

    lossless_sinr_db: float
    blocks: int
    block_khz: float


def _uplink_budget(
    bandwidth_mhz: float,
    load_fraction: float,
    ue_power_dbm: float,
    base_noise_figure_db: float,
    interference_margin_db: float,
    base_gain_db: float,
    technology: str,
) -> _UplinkBudget:
    _require("load_fraction", load_fraction, 0.0, 1.0)
    _require("base_noise_figure_db", base_noise_figure_db, 0.0, math.inf)
    _require("interference_margin_db", interference_margin_db, 0.0, math.inf)
    _require("ue_power_dbm", ue_power_dbm, -math.inf, math.inf, open_low=True)
    _require("base_gain_db", base_gain_db, -math.inf, math.inf, open_low=True)
    blocks, spacing_hz = resource_blocks(bandwidth_mhz, technology)
    noise_dbm = thermal_noise_dbm(12 * spacing_hz) + base_noise_figure_db + interference_margin_db
    return _UplinkBudget(ue_power_dbm + base_gain_db - noise_dbm, blocks, 12 * spacing_hz / 1000.0)


def _require(name: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    """Refuse a value outside low to high; infinity is never allowed, `low` itself not if `open_low`."""
    if not (low <= value <= high) or math.isinf(value) or (open_low and value == low):
        raise ModelError("radio.value", name=name, value=value, low=low, high=high)
