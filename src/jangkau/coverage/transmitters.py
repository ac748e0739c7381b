"""Cells as a planner lists them, completed into transmitters that can be predicted."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from jangkau.radio import reference_signal_eirp_dbm
from jangkau.records import Cell
from jangkau.settings import CellDefaults

ALL_ROUND_DEG = 360.0


@dataclass(frozen=True, slots=True)
class Transmitter:
    """One cell with everything that prediction needs.

    Attributes
    ----------
    cell_code, site_code, operator, technology : str
    longitude, latitude : float
        Of the antenna [deg].
    height_agl_m : float
        Antenna above ground [m].
    frequency_mhz, bandwidth_mhz : float
        Carrier [MHz].
    reference_signal_eirp_dbm : float
        Radiated power of the reference signal at the peak of the pattern [dBm].
    azimuth_deg : float
        Of the peak [deg]; 0 for an antenna that radiates all round.
    horizontal_beamwidth_deg, vertical_beamwidth_deg : float
        At -3 dB [deg]; horizontal 360: all round.
    electrical_downtilt_deg, mechanical_downtilt_deg : float
        Down positive [deg].
    assumed : tuple of str
        Fields that the register lacks and that took a default.
    """

    cell_code: str
    site_code: str
    operator: str
    technology: str
    longitude: float
    latitude: float
    height_agl_m: float
    frequency_mhz: float
    bandwidth_mhz: float
    reference_signal_eirp_dbm: float
    azimuth_deg: float
    horizontal_beamwidth_deg: float
    vertical_beamwidth_deg: float
    electrical_downtilt_deg: float
    mechanical_downtilt_deg: float
    assumed: tuple[str, ...]

    def error_db(self, model_error_db: float, error_db_per_default: float) -> float:
        """Return the standard deviation [dB] of truth minus prediction, wider for each assumed value."""
        return math.sqrt(model_error_db**2 + len(self.assumed) * error_db_per_default**2)


def complete(cell: Cell, defaults: CellDefaults) -> Transmitter:
    """Return a cell with its missing values filled by the region's defaults, each named in `assumed`.

    Notes
    -----
    Power is taken, in this order, from `reference_signal_power_dbm` + gain, `eirp_dbm`, `power_dbm` + gain.
    A cell without azimuth radiates all round.
    """
    assumed: list[str] = []

    def known(name: str, default: float) -> float:
        value = getattr(cell, name)
        if value is None:
            assumed.append(name)
        return default if value is None else float(value)

    bandwidth_mhz = known("bandwidth_mhz", defaults.bandwidth_mhz)
    all_round = cell.azimuth_deg is None or (cell.horizontal_beamwidth_deg or 0.0) >= ALL_ROUND_DEG
    if cell.azimuth_deg is None and cell.horizontal_beamwidth_deg != ALL_ROUND_DEG:
        assumed.append("azimuth_deg")
    beamwidth = cell.horizontal_beamwidth_deg or defaults.horizontal_beamwidth_deg
    return Transmitter(
        cell_code=cell.code,
        site_code=cell.site_code,
        operator=cell.operator,
        technology=cell.technology,
        longitude=cell.longitude,
        latitude=cell.latitude,
        height_agl_m=known("height_agl_m", defaults.height_agl_m),
        frequency_mhz=known("frequency_mhz", defaults.frequency_mhz),
        bandwidth_mhz=bandwidth_mhz,
        reference_signal_eirp_dbm=_reference_signal(cell, defaults, bandwidth_mhz, assumed),
        azimuth_deg=0.0 if all_round else float(cell.azimuth_deg or 0.0),
        horizontal_beamwidth_deg=ALL_ROUND_DEG if all_round else beamwidth,
        vertical_beamwidth_deg=cell.vertical_beamwidth_deg or defaults.vertical_beamwidth_deg,
        electrical_downtilt_deg=known("electrical_downtilt_deg", defaults.electrical_downtilt_deg),
        mechanical_downtilt_deg=cell.mechanical_downtilt_deg or 0.0,
        assumed=tuple(assumed),
    )


def _reference_signal(cell: Cell, defaults: CellDefaults, bandwidth_mhz: float, assumed: list[str]) -> float:
    gain = cell.antenna_gain_dbi
    if cell.reference_signal_power_dbm is not None:
        if gain is None:
            assumed.append("antenna_gain_dbi")
        return cell.reference_signal_power_dbm + (defaults.antenna_gain_dbi if gain is None else gain)
    eirp = cell.eirp_dbm
    if eirp is None and cell.power_dbm is not None:
        if gain is None:
            assumed.append("antenna_gain_dbi")
        eirp = cell.power_dbm + (defaults.antenna_gain_dbi if gain is None else gain)
    if eirp is None:
        assumed.append("eirp_dbm")
        eirp = defaults.eirp_dbm
    return reference_signal_eirp_dbm(eirp, bandwidth_mhz, cell.technology)


def complete_all(cells: Iterable[Cell], defaults: CellDefaults) -> list[Transmitter]:
    """Return the transmitters of many cells, in the order of their codes."""
    return [complete(cell, defaults) for cell in sorted(cells, key=lambda c: c.code)]
