"""How often a campaign was begun, so that one whose process dies every time is given up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not sa.inspect(op.get_bind()).has_table("campaigns"):
        # A database of an unreleased version whose 0005 followed 0003: 0004 is taken now.
        context.script.get_revision("0004").module.upgrade()
    own = sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)
    op.add_column("campaigns", own)


def downgrade() -> None:
    op.drop_column("campaigns", "attempts")
