"""The address by which a link is checked."""

import sqlalchemy as sa
from alembic import op

from jangkau.store.columns import Text

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; entries of the audit chain cover it only where it is filled."""
    op.add_column("link", sa.Column("address", Text))
