"""Office links of the invented regency, their checks, and what people publish about its villages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from jangkau.records import Claim, ClaimSubject, Link, LinkStage, Place, Probe, Village
from jangkau.synthetic.births import Births

RATES_MBPS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "fibre": ((20.0, 20.0), (50.0, 50.0), (100.0, 100.0)),
    "wireless": ((5.0, 5.0), (10.0, 5.0), (20.0, 10.0)),
    "vsat": ((2.0, 0.5), (4.0, 1.0), (8.0, 2.0)),
    "leo": ((50.0, 10.0), (100.0, 20.0)),
}
"""Contracted rates to and from the place [Mbit/s]; invented."""

LATENCY_MS: Mapping[str, float] = {"fibre": 14.0, "wireless": 30.0, "vsat": 640.0, "leo": 55.0}
WORKING = ("fitted", "tested", "accepted")


def make_links(seed: int, places: Sequence[Place], remote: set[str], births: Births, today: date) -> list[Link]:
    """Return the internet connections of the offices; some offices have none.

    Parameters
    ----------
    seed : int
    places : sequence of Place
        Those of other kinds than offices are passed over.
    remote : set of str
        Codes of remote villages.
    births : Births
    today : date
    """
    rng = np.random.default_rng([seed, 6])
    links = []
    for place in places:
        if place.kind not in ("village_office", "district_office"):
            continue
        medium = _medium(rng, place, place.village_code in remote)
        if medium is not None:
            links += _link(rng, place, medium, births, today)
    return _hung(links)


def _hung(links: Sequence[Link]) -> list[Link]:
    """Hang the fibre and radio links of village offices on the fibre of their district's office, where there is one."""
    trunks = {link.place_code.removesuffix("-KC"): link.code for link in links if link.place_code.endswith("-KC")}
    earthly = {link.code for link in links if link.medium in ("fibre", "wireless")}
    hung = []
    for link in links:
        trunk = trunks.get(link.place_code.rpartition(".")[0])
        hangs = link.code in earthly and trunk in earthly
        hung.append(replace(link, upstream_link_code=trunk) if hangs else link)
    return hung


def _medium(rng: np.random.Generator, place: Place, is_remote: bool) -> str | None:
    if place.kind == "district_office":
        return "fibre" if place.power == "pln" else "leo"
    if is_remote:
        return str(rng.choice(["vsat", "leo", ""], p=[0.5, 0.2, 0.3])) or None
    if place.power == "pln":
        return str(rng.choice(["fibre", "wireless", ""], p=[0.55, 0.38, 0.07])) or None
    return str(rng.choice(["wireless", "vsat", "leo", ""], p=[0.3, 0.35, 0.15, 0.2])) or None


def _link(rng: np.random.Generator, place: Place, medium: str, births: Births, today: date) -> list[Link]:
    rates = RATES_MBPS[medium]
    choice = int(rng.integers(len(rates)))
    stages: tuple[LinkStage, ...] = ("accepted", "tested", "fitted", "ordered", "asked")
    stage = stages[int(rng.choice(len(stages), p=[0.72, 0.08, 0.08, 0.08, 0.04]))]
    start = today - timedelta(days=int(rng.integers(40, 900)))
    common: dict[str, Any] = {
        "code": f"L-{place.code}",
        "place_code": place.code,
        "medium": medium,
        "provider": {"fibre": "Serat Contoh", "wireless": "Nirkabel Contoh"}.get(medium, "Satelit Contoh"),
        "payer": str(rng.choice(["Kabupaten Contoh", "Desa", "Program pusat"])),
        "stage": stage,
    }
    now = _rate_of(births, common, rates[choice], start)
    if choice == 0 or rng.random() > 0.15:
        return [now]
    raised = today - timedelta(days=int(rng.integers(5, 35)))
    before = _rate_of(births, common, rates[choice - 1], start, raised)
    return [before, _rate_of(births, common, rates[choice], raised)]


def _rate_of(
    births: Births, common: dict[str, Any], rate: tuple[float, float], start: date, end: date | None = None
) -> Link:
    return Link(**births.stamp(), **common, download_mbps=rate[0], upload_mbps=rate[1], valid_from=start, valid_to=end)


def make_probes(seed: int, links: Sequence[Link], births: Births) -> list[Probe]:
    """Return checks of the links that can carry traffic, over the last ten days.

    Most links give what was contracted; some are slow, some do not answer, a few are never checked.
    """
    rng = np.random.default_rng([seed, 7])
    probes = []
    for link in links:
        if link.stage not in WORKING or link.valid_to is not None:
            continue
        health = str(rng.choice(["fine", "slow", "down", "unmeasured"], p=[0.72, 0.12, 0.09, 0.07]))
        if health == "unmeasured":
            continue
        for days in sorted(rng.choice(10, size=4, replace=False).tolist(), reverse=True):
            probes.append(_probe(rng, link, health, births, int(days)))
    return probes


def _probe(rng: np.random.Generator, link: Link, health: str, births: Births, days_ago: int) -> Probe:
    time = births.now - timedelta(days=days_ago, seconds=int(rng.integers(3600, 80_000)))
    common: dict[str, Any] = {**births.stamp(), "link_code": link.code, "time": time}
    if health == "down":
        return Probe(**common, method="icmp", up=False, loss_percent=100.0)
    share = rng.uniform(0.88, 1.02) if health == "fine" else rng.uniform(0.25, 0.6)
    latency = LATENCY_MS[link.medium or "wireless"] * rng.lognormal(0.0, 0.15) * (1.0 if health == "fine" else 1.8)
    return Probe(
        **common,
        method="agent",
        up=True,
        download_mbps=round(share * (link.download_mbps or 0.0), 2),
        upload_mbps=round(share * (link.upload_mbps or 0.0) * rng.uniform(0.95, 1.0), 2),
        latency_ms=round(latency, 1),
        loss_percent=round(float(rng.choice([0.0, 0.0, 0.0, 1.0]) if health == "fine" else rng.uniform(1.0, 8.0)), 1),
    )


def make_claims(
    seed: int,
    villages: Sequence[Village],
    places: Sequence[Place],
    links: Sequence[Link],
    dark: set[str],
    births: Births,
) -> list[Claim]:
    """Return what is published about villages; part of it is wrong and part is missing.

    Parameters
    ----------
    seed : int
    villages, places, links : sequences of records
    dark : set of str
        Codes of the villages that are truly without 4G.
    births : Births
    """
    rng = np.random.default_rng([seed, 8])
    linked = {link.place_code for link in links if link.stage in WORKING}
    claims = []
    for village in villages:
        author = _Claims(births, village.code)
        if rng.random() < (0.75 if village.code in dark else 0.04):
            claims.append(
                author.write("blank_spot", "desa blank spot", "2024-06", "Diskominfo Kabupaten Contoh (rekaan)")
            )
        elif village.code in dark and rng.random() < 0.5:
            claims.append(author.write("blank_spot", "sudah terlayani 4G", "2024-03", "Siaran pers operator (rekaan)"))
        offices = [p for p in places if p.village_code == village.code and p.kind == "village_office"]
        off_grid = any(p.power != "pln" for p in offices)
        if rng.random() < (0.6 if off_grid else 0.03):
            claims.append(author.write("no_grid_power", "belum ada jaringan PLN", "2024", "Berita Contoh (rekaan)"))
        for office in offices:
            if rng.random() < (0.25 if office.code in linked else 0.15):
                text = "kantor desa sudah ada internet"
                claims.append(author.write("office_internet", text, "2024-05", "Laporan desa (rekaan)", office.code))
    return claims


class _Claims:
    """Writes the claims about one village."""

    def __init__(self, births: Births, village_code: str) -> None:
        self.births, self.village_code = births, village_code

    def write(
        self, subject: ClaimSubject, statement: str, claimed_on: str, publisher: str, place_code: str | None = None
    ) -> Claim:
        return Claim(
            **self.births.stamp(),
            village_code=self.village_code,
            place_code=place_code,
            subject=subject,
            statement=statement,
            claimed_on=claimed_on,
            publisher=publisher,
        )
