"""The field: what phones send, their photos, verified backups, and the phones themselves."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from jangkau.store.columns import Bytes, Day, Flag, Moment, Real, Text, Whole

revision = "0004"
down_revision = "0003"

_GIVEN: Any = {"sqlite_where": sa.text("corrects IS NOT NULL"), "postgresql_where": sa.text("corrects IS NOT NULL")}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sheet",
        *_record(),
        sa.Column("place_code", Text, nullable=False),
        sa.Column("device_code", Text, nullable=False),
        sa.Column("tester", Text),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("phone_time", Moment(), nullable=False),
        sa.Column("time_sure", Flag(), nullable=False),
        sa.Column("longitude", Real),
        sa.Column("latitude", Real),
        sa.Column("accuracy_m", Real),
        sa.Column("environment", Text),
        sa.Column("on_wifi", Flag()),
        sa.Column("power", Text),
        sa.Column("send_place_code", Text),
        sa.Column("fallback", Text),
        sa.Column("note", Text),
        sa.Column("photos", Text, nullable=False),
        sa.Column("body", Text, nullable=False),
        sa.Column("sha256", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "attachment",
        *_record(),
        sa.Column("sheet_id", Text, nullable=False),
        sa.Column("sha256", Text, nullable=False),
        sa.Column("size_bytes", Whole, nullable=False),
        sa.Column("stored_path", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "backup",
        *_record(),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("file_name", Text, nullable=False),
        sa.Column("size_bytes", Whole, nullable=False),
        sa.Column("sha256", Text, nullable=False),
        sa.Column("covered", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    for noun in ("sheet", "attachment", "backup"):
        op.create_index(f"{noun}_content", noun, ["content"], unique=True)
        op.create_index(f"{noun}_corrects", noun, ["corrects"], unique=True, **_GIVEN)
    op.create_index("sheet_place_code", "sheet", ["place_code"])
    op.create_index("sheet_device_code", "sheet", ["device_code"])
    op.create_index("attachment_sha256", "attachment", ["sha256"])
    op.create_table(
        "device",
        sa.Column("code", Text, primary_key=True),
        sa.Column("account_id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("token_hash", Text, unique=True),
        sa.Column("enrolment_hash", Text, unique=True),
        sa.Column("enrolment_ends_at", Moment()),
        sa.Column("made_by", Text, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("enrolled_at", Moment()),
        sa.Column("revoked_at", Moment()),
        sqlite_strict=True,
    )


def _record() -> list[sa.Column[Any]]:
    """Return the columns that every record has."""
    return [
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
    ]
