"""How often a campaign was begun, so that one whose process dies every time is given up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    own = sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)
    op.add_column("campaigns", own)


def downgrade() -> None:
    op.drop_column("campaigns", "attempts")
