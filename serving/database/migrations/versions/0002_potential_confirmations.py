"""Who was confirmed as a potential large customer, by whom, until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "potential_confirmations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("manager_id", sa.String(64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_potential_confirmations"),
    )
    op.create_index(
        "ix_potential_confirmations_customer_id", "potential_confirmations", ["customer_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_potential_confirmations_customer_id", "potential_confirmations")
    op.drop_table("potential_confirmations")
