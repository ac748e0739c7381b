"""Identity of invented records: the same seed gives the same ids."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

from jangkau.records import new_id


@dataclass(frozen=True, slots=True)
class Births:
    """Gives each record its id and the time of its birth, midnight UTC of the day on which the world is made."""

    now: datetime
    rng: np.random.Generator

    @classmethod
    def on(cls, today: date, seed: int, stream: int) -> "Births":
        """Return the births of a day; each part of the world takes its own stream of chance."""
        return cls(datetime.combine(today, time(), UTC), np.random.default_rng([seed, 1000 + stream]))

    def stamp(self) -> dict[str, Any]:
        """Return the fields that every record needs."""
        bits = int.from_bytes(self.rng.bytes(10), "big") & ((1 << 74) - 1)
        return {"id": new_id(self.now, bits), "recorded_at": self.now}
