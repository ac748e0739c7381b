"""GeoPackages as the SQLite files that they are, opened to be read only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jangkau.errors import FormatError


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """Give the connection to a SQLite file, whatever signs its name has; FormatError when the file is damaged."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            yield database
    except sqlite3.DatabaseError as error:
        raise FormatError("table.not_table", file=path.name) from error
