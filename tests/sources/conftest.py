"""What the tests of this room share: a region, a file writer, and the real data where they are at hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from jangkau.geo import Bounds
from jangkau.sources.reading import Origin, Surroundings

KUTAI_TIMUR = Path(__file__).parents[3] / "shared" / "data" / "kutai-timur"


@pytest.fixture
def origin():
    return Origin("source-1", date(2024, 11, 11), datetime(2024, 11, 12, 3, tzinfo=UTC))


@pytest.fixture
def around():
    """A region in Kutai Timur with two villages, open sea east of 118.5 degrees."""
    return Surroundings(
        bounds=Bounds(116.0, 0.0, 119.0, 1.9),
        is_sea=lambda longitude, latitude: np.asarray(longitude) > 118.5,
        operators=("Telkomsel", "IOH"),
        network_codes={"510-10": "Telkomsel", "510-01": "IOH", "510-21": "IOH"},
        village_codes=frozenset({"64.08.04.2001", "64.08.04.1003"}),
        village_aliases={"sangatta utara": ["64.08.04.2001"], "teluk lingga": ["64.08.04.1003"]},
        place_codes=frozenset({"P1"}),
        link_codes=frozenset({"L1"}),
    )


@pytest.fixture
def write(tmp_path):
    """Write text or bytes as a file and return its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def write_xlsx(tmp_path):
    def write_xlsx(name, *sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for rows in sheets:
            sheet = book.create_sheet()
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write_xlsx


@pytest.fixture
def kutai_timur():
    if not KUTAI_TIMUR.is_dir():
        pytest.skip(f"the real data are not at {KUTAI_TIMUR}")
    return KUTAI_TIMUR
