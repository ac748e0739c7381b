"""The address by which a link is checked, and what operators note of polling stations on a counting night."""

import sqlalchemy as sa
from alembic import op

from jangkau.store.columns import Bytes, Day, Moment, Text, Whole

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column and the table; entries of the audit chain cover the column only where it is filled."""
    op.add_column("link", sa.Column("address", Text))
    op.create_table(
        "mark",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("place_code", Text, nullable=False),
        sa.Column("night", Day(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("send_place_code", Text),
        sa.Column("by", Text, nullable=False),
        sa.Column("note", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    given = sa.text("corrects IS NOT NULL")
    op.create_index("mark_corrects", "mark", ["corrects"], unique=True, sqlite_where=given, postgresql_where=given)
    op.create_index("mark_content", "mark", ["content"], unique=True)
    op.create_index("mark_night", "mark", ["night"])
