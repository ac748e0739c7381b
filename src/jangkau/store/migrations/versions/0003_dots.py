"""An index that holds all that a map shows of measurements, in place of the one that only finds them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Replace the index."""
    op.drop_index("measurement_tile", "measurement")
    columns = ["tile", "operator", "longitude", "latitude", "rsrp_dbm", "service"]
    op.create_index("measurement_dots", "measurement", columns)
