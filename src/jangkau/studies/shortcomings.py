"""What makes a field test count for less, each a rule with a reason; the page prints the same rules on each result.

A test that breaks a rule stays on record and is shown with its reason. It does not outweigh a prediction, closes
nothing, and where nothing is predicted it only says which way the unknown leans.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from jangkau.geo import distance_azimuth
from jangkau.messages import Message
from jangkau.records import Place, Sheet, Visit
from jangkau.settings import Settings
from jangkau.studies.register import Register


def shortcomings(sheet: Sheet, place: Place, settings: Settings) -> list[Message]:
    """Return which rules a field test breaks; none: it counts in full. Its age is judged with the day of a grading.

    Parameters
    ----------
    sheet : Sheet
    place : Place
        The place tested.
    settings : Settings
        `Settings.evidence` holds the limits.
    """
    rules, found = settings.evidence, []
    if rules.outdoors and sheet.environment != "outdoor":
        found.append(Message("field.rule.outdoors", {"where": Message(f"field.where.{sheet.environment or 'unsaid'}")}))
    if sheet.on_wifi:
        found.append(Message("field.rule.wifi"))
    hour = sheet.time.astimezone(ZoneInfo(settings.timezone)).hour
    if not rules.from_hour <= hour < rules.to_hour:
        found.append(Message("field.rule.hours", {"from_hour": rules.from_hour, "to_hour": rules.to_hour}))
    if not sheet.time_sure:
        found.append(Message("field.rule.clock"))
    if sheet.longitude is None or sheet.latitude is None:
        found.append(Message("field.rule.no_position"))
    elif place.longitude is not None and place.latitude is not None:
        distance, _ = distance_azimuth(place.longitude, place.latitude, sheet.longitude, sheet.latitude)
        default = settings.radio.assumed_position_accuracy_m
        known_to = default if place.position_accuracy_m is None else place.position_accuracy_m
        limit = rules.max_distance_m + known_to + (sheet.accuracy_m or 0.0)
        if float(distance) > limit:
            said = {"distance_m": round(float(distance)), "limit_m": round(limit)}
            found.append(Message("field.rule.distance", said))
    return found


def full_and_lesser(place: Place, register: Register, settings: Settings) -> tuple[list[Visit], list[Visit]]:
    """Return the visits of a place that count in full (all that no phone sent do), and those that break a rule."""
    full: list[Visit] = []
    lesser: list[Visit] = []
    for visit in register.evidence.visits.get(place.code, []):
        sheet = register.sheet_of.get(visit.source_id or "")
        breaks = sheet is not None and bool(shortcomings(sheet, place, settings))
        (lesser if breaks else full).append(visit)
    return full, lesser


def of_visit(visit: Visit, place: Place, register: Register, settings: Settings) -> Sequence[Message]:
    """Return which rules a visit breaks."""
    sheet = register.sheet_of.get(visit.source_id or "")
    return [] if sheet is None else shortcomings(sheet, place, settings)
