"""Whether the file of an export has phone numbers, as it was approved; its name said so before.

Campaigns lose two columns that were never written: it is the export that is approved.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    own: sa.Column[bool] = sa.Column(
        "phones", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column("exports", own)
    exports = sa.table("exports", sa.column("file", sa.String), sa.column("phones", sa.Boolean))
    named = exports.c.file.like("%-phones.%")
    op.execute(exports.update().where(named).values(phones=sa.true()))
    op.drop_column("campaigns", "approved_at")
    op.drop_column("campaigns", "approved_by")


def downgrade() -> None:
    op.add_column("campaigns", sa.Column("approved_by", sa.String(length=64), nullable=True))
    op.add_column("campaigns", sa.Column("approved_at", sa.DateTime(), nullable=True))
    op.drop_column("exports", "phones")
