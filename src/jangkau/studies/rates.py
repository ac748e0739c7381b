"""Changes of a link's rate: each is a dated row, and the checks before and after it tell what it brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from jangkau.records import Link, Probe


@dataclass(frozen=True, slots=True)
class RateChange:
    """A link got another contracted rate.

    Attributes
    ----------
    before, after : Link
        The link as it was until, and from, `after.valid_from`.
    tested_before, tested_after : Probe or None
        The last check that measured a rate while each of them held.
    """

    before: Link
    after: Link
    tested_before: Probe | None
    tested_after: Probe | None

    @property
    def raised(self) -> bool:
        """Whether a contracted rate is higher than before."""
        pairs = zip(_rates(self.before), _rates(self.after), strict=True)
        return any(new is not None and new > (old or 0.0) for old, new in pairs)


def rate_changes(rows: Sequence[Link], probes: Sequence[Probe], timezone: str) -> list[RateChange]:
    """Return the changes of rate among the dated rows of links, the newest first.

    Parameters
    ----------
    rows : sequence of Link
        All that hold at some time; corrected rows left out.
    probes : sequence of Probe
        Checks of those links.
    timezone : str
        In which a day begins.
    """
    zone = ZoneInfo(timezone)
    changes = []
    for code in sorted({row.code for row in rows}):
        dated = sorted((r for r in rows if r.code == code), key=lambda r: r.valid_from or date.min)
        tests = sorted((p for p in probes if p.link_code == code and _measured(p)), key=lambda p: p.time)
        periods: list[tuple[Link, Probe | None]] = []
        for row, end in zip(dated, [*(r.valid_from or date.min for r in dated[1:]), date.max], strict=True):
            start = row.valid_from or date.min
            own = [p for p in tests if start <= p.time.astimezone(zone).date() < end]
            periods.append((row, own[-1] if own else None))
        for (before, old), (after, new) in pairwise(periods):
            if _rates(before) != _rates(after):
                changes.append(RateChange(before, after, old, new))
    return sorted(changes, key=lambda change: change.after.valid_from or date.min, reverse=True)


def _measured(probe: Probe) -> bool:
    return probe.download_mbps is not None or probe.upload_mbps is not None


def _rates(link: Link) -> tuple[float | None, float | None]:
    return link.download_mbps, link.upload_mbps
