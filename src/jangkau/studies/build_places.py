"""The places that a build-out may close: graded weak or none, each with what it weighs; unknown ones are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jangkau.geo import WGS84, FloatArray, project
from jangkau.records import Place, Quantity
from jangkau.settings import Settings
from jangkau.studies.inputs import region_crs
from jangkau.studies.register import Register
from jangkau.studies.remedy_ways import NOT_GRADED, Graded
from jangkau.studies.verdicts import OFFICES

OPEN_VALUES = ("none", "weak")
"""Grades that a build-out closes. Unknown is neither: it is tested first."""


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A place that is not served.

    Attributes
    ----------
    place : Place
        With a position.
    quantity : str
        signal for a settlement, send for a polling station, office for an office.
    grade : Graded
    district_code : str or None
    remote : bool
    people : float
        Who live there, or vote there; 0 for an office.
    weight : float
        What closing it is worth: people, and for stations and offices the people that the settings count them for,
        remote villages as often as the settings say.
    """

    place: Place
    quantity: Quantity
    grade: Graded
    district_code: str | None
    remote: bool
    people: float
    weight: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Open places, by code; unknown ones; those that are open but have no position; and how many there are in all."""

    open: list[OpenPlace]
    unknown: list[OpenPlace]
    unplaced: list[OpenPlace]
    places: int


def quantity_of(place: Place) -> Quantity | None:
    """Return the question that a place asks; None for places that are not planned for."""
    if place.kind == "settlement":
        return "signal"
    if place.kind == "polling_station":
        return "send"
    return "office" if place.kind in OFFICES else None


def demand_of(register: Register, grades: Mapping[tuple[str, str], Graded], settings: Settings) -> Demand:
    """Return the open and the unknown places of a register after a grading."""
    found, unknown, unplaced, total = [], [], [], 0
    for place in register.places:
        quantity = quantity_of(place)
        if quantity is None:
            continue
        total += 1
        grade = grades.get((place.code, quantity), NOT_GRADED)
        if grade.value == "served":
            continue
        one = _open(place, quantity, grade, register, settings)
        if grade.value not in OPEN_VALUES:
            unknown.append(one)
        elif place.longitude is None or place.latitude is None:
            unplaced.append(one)
        else:
            found.append(one)
    return Demand(found, unknown, unplaced, total)


def _open(place: Place, quantity: Quantity, grade: Graded, register: Register, settings: Settings) -> OpenPlace:
    village = register.village_of.get(place.village_code or "")
    remote = village is not None and bool(village.remote)
    people, worth = _worth(place, quantity, settings)
    weight = worth * (settings.survey.remote_weight if remote else 1.0)
    return OpenPlace(place, quantity, grade, village.district_code if village else None, remote, people, weight)


def _worth(place: Place, quantity: Quantity, settings: Settings) -> tuple[float, float]:
    """Return people of a place and what it is worth."""
    if quantity == "signal":
        people = float(place.population or 0)
        return people, people
    if quantity == "send":
        return float(place.voters or 0), settings.survey.station_people
    remedy = settings.remedy
    return 0.0, remedy.district_office_people if place.kind == "district_office" else remedy.village_office_people


def metres(settings: Settings, longitude: Sequence[float], latitude: Sequence[float]) -> FloatArray:
    """Return points in the region's plane [m], shape (points, 2)."""
    x, y = project(np.asarray(longitude, float), np.asarray(latitude, float), WGS84, region_crs(settings))
    return np.column_stack((np.ravel(x), np.ravel(y)))
