"""From gap to proof: remedies, tasks, requests; who did what; accounts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from jangkau.geo import tile_key
from jangkau.store.columns import Bytes, Day, Flag, Moment, Real, Text, Whole

revision = "0002"
down_revision = "0001"

_GIVEN: Any = {"sqlite_where": sa.text("corrects IS NOT NULL"), "postgresql_where": sa.text("corrects IS NOT NULL")}


def upgrade() -> None:
    """Make the tables and give the older ones their new columns."""
    op.add_column("link", sa.Column("temporary", Flag()))
    op.add_column("link", sa.Column("take_down_on", Day()))
    op.add_column("measurement", sa.Column("tile", Whole))
    op.create_index("measurement_tile", "measurement", ["tile"])
    measurement = sa.table("measurement", *(sa.column(n) for n in ("sequence", "longitude", "latitude", "tile")))
    for row in op.get_bind().execute(sa.select(measurement)).all():
        key = tile_key(row.longitude, row.latitude)
        op.execute(sa.update(measurement).where(measurement.c.sequence == row.sequence).values(tile=key))
    op.create_table(
        "region",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("population", Whole),
        sa.Column("polling_stations", Whole),
        sa.Column("geometry_wkb", Bytes),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("region_code", "region", ["code"])
    op.create_index("region_corrects", "region", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "stakeholder",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("kind", Text, nullable=False),
        sa.Column("contact", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("stakeholder_code", "stakeholder", ["code"])
    op.create_index("stakeholder_corrects", "stakeholder", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "remedy",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("by", Text),
        sa.Column("note", Text),
        sa.Column("village_code", Text),
        sa.Column("place_code", Text),
        sa.Column("quantity", Text, nullable=False),
        sa.Column("operator", Text),
        sa.Column("kind", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("longitude", Real),
        sa.Column("latitude", Real),
        sa.Column("cost_idr", Real),
        sa.Column("lead_days", Real),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("remedy_code", "remedy", ["code"])
    op.create_index("remedy_corrects", "remedy", ["corrects"], unique=True, **_GIVEN)
    op.create_index("remedy_place_code", "remedy", ["place_code"])
    op.create_index("remedy_village_code", "remedy", ["village_code"])
    op.create_table(
        "task",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("by", Text),
        sa.Column("note", Text),
        sa.Column("remedy_code", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("place_code", Text),
        sa.Column("assignee", Text),
        sa.Column("due", Day()),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("task_code", "task", ["code"])
    op.create_index("task_corrects", "task", ["corrects"], unique=True, **_GIVEN)
    op.create_index("task_remedy_code", "task", ["remedy_code"])
    op.create_table(
        "request",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("by", Text),
        sa.Column("note", Text),
        sa.Column("stakeholder_code", Text, nullable=False),
        sa.Column("remedy_code", Text),
        sa.Column("state", Text, nullable=False),
        sa.Column("asked_on", Day()),
        sa.Column("answer_due", Day()),
        sa.Column("documents", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("request_code", "request", ["code"])
    op.create_index("request_corrects", "request", ["corrects"], unique=True, **_GIVEN)
    op.create_index("request_remedy_code", "request", ["remedy_code"])
    op.create_index("request_stakeholder_code", "request", ["stakeholder_code"])
    op.create_table(
        "run",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("study", Text, nullable=False),
        sa.Column("as_of", Day(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=False),
        sa.Column("sha256", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("run_code", "run", ["code"])
    op.create_index("run_content", "run", ["content"], unique=True)
    op.create_index("run_corrects", "run", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "audit",
        sa.Column("sequence", Whole, primary_key=True, autoincrement=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("actor", Text, nullable=False),
        sa.Column("action", Text, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.Column("hash", Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "account",
        sa.Column("id", Text, primary_key=True),
        sa.Column("name", Text, nullable=False, unique=True),
        sa.Column("role", Text, nullable=False),
        sa.Column("operator", Text),
        sa.Column("password_hash", Text),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled_at", Moment()),
        sqlite_strict=True,
    )
    op.create_table(
        "session",
        sa.Column("token_hash", Text, primary_key=True),
        sa.Column("account_id", Text, nullable=False),
        sa.Column("csrf", Text, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("session_account_id", "session", ["account_id"])
