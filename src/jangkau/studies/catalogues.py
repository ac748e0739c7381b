"""Catalogues of a region: prices and days that a planner edits, at first those that come with the program."""

from collections.abc import Collection
from pathlib import Path

from jangkau.sources.tables import read_table
from jangkau.store.region_folder import write_atomically


def catalogue_rows(own: Path, shipped: str, numbers: Collection[str]) -> list[tuple[int, dict[str, str]]]:
    """Return number and cells of each row of a region's catalogue, to which the shipped one is copied if it has none.

    Parameters
    ----------
    own : Path
        The file in the region folder.
    shipped : str
        Text of the catalogue that comes with the program.
    numbers : collection of str
        Columns that hold numbers; they are returned with a decimal point.
    """
    if not own.is_file():
        write_atomically(own, shipped.encode())
    table = read_table(own)
    rows = []
    for row in table.rows():
        cells = dict(row.values)
        if table.decimal_comma:
            cells |= {k: v.replace(".", "").replace(",", ".") for k, v in cells.items() if k in numbers}
        rows.append((row.number, cells))
    return rows
