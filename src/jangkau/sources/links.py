"""Internet connections of places, from ``links.csv``; a change of rate is a new row with its own ``valid_from``."""

from dataclasses import replace

from jangkau.messages import Message
from jangkau.records import Link
from jangkau.sources.dates import day
from jangkau.sources.fields import code, existing_place, listed, number, text, truth
from jangkau.sources.positions import validity
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.rows import DATED, VALIDITY, Column, TableKind, optional, record_of
from jangkau.sources.words import stage

RATE_MBPS = number(0.0, 400_000.0, "Mbit/s")


def _hanging(reading: Reading, origin: Origin, surroundings: Surroundings) -> Reading:
    """Note links that hang on a link that nobody knows."""
    links = [record for record in reading.records if isinstance(record, Link)]
    codes = {link.code for link in links}
    known = surroundings.link_codes or ()
    upstream = {link.upstream_link_code for link in links} - codes - {None}
    unknown = sorted(str(one) for one in upstream if one not in known)
    if not unknown:
        return reading
    note = Message("note.unknown_upstream", {"count": len(unknown), "links": listed(unknown)})
    return replace(reading, notes=[*reading.notes, note])


LINKS = TableKind(
    "links",
    (
        Column("id", "code", code, required=True, other=("code",)),
        Column("place_id", "place_code", existing_place, required=True),
        Column("stage", "stage", stage, required=True),
        Column("upstream_link_id", "upstream_link_code", code),
        *optional({"name": text, "medium": text, "provider": text, "payer": text}),
        *optional({"download_mbps": RATE_MBPS, "upload_mbps": RATE_MBPS}),
        *optional({"temporary": truth, "take_down_on": day, "address": text}),
        *VALIDITY,
        *DATED,
    ),
    record_of(Link),
    checks=(validity,),
    finish=_hanging,
)
"""One connection of a place, or one change of it, a row."""
