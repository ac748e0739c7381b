"""What a measurement says of the ground where it was taken, and why its position may be doubted."""

import sqlalchemy as sa
from alembic import op

from jangkau.store.columns import Real, Text, Whole

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; entries of the audit chain cover them only where they are filled."""
    for name, kind in (("ground_amsl_m", Real), ("building_height_m", Real), ("clutter_class", Whole), ("doubt", Text)):
        op.add_column("measurement", sa.Column(name, kind))
