"""What is asked of a provider: the region's box and country, and what a provider gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jangkau.geo import Bounds
from jangkau.sources.public.downloads import Download, Network


@dataclass(frozen=True, slots=True)
class Area:
    """A region as providers know it.

    Attributes
    ----------
    bounds : Bounds
        What is wanted [deg]; rasters are taken with a margin round it.
    margin_deg : float
        How far beyond the bounds terrain matters [deg].
    country_alpha2, country_alpha3 : str
        ISO 3166-1.
    mobile_country_code : int
    region_code, region_name : str
        As the settings give them; either may be empty.
    token : str
        Of the user, where a provider asks for one; empty: none.
    """

    bounds: Bounds
    margin_deg: float
    country_alpha2: str
    country_alpha3: str
    mobile_country_code: int
    region_code: str = ""
    region_name: str = ""
    token: str = ""

    @property
    def wide(self) -> Bounds:
        """The bounds with the margin."""
        return self.bounds.widened(self.margin_deg)


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that `import` reads, and the kind that it is."""

    path: Path
    kind: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gives what, under which licence.

    Attributes
    ----------
    name : str
        Used on the command line.
    publisher, licence : str
        Kept with each file, and printed wherever something is made from it.
    downloads : callable
        Names the files that an area needs; it may fetch a small index first.
    prepare : callable
        Makes the files received fit for import, in a folder of its own.
    needs_token : bool
    """

    name: str
    publisher: str
    licence: str
    downloads: Callable[[Area, Network], Sequence[Download]]
    prepare: Callable[[Area, Sequence[Path], Path], Sequence[Ready]]
    needs_token: bool = False
