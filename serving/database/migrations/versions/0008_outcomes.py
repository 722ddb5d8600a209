"""Outcomes that files report, what a contact cost, and the looks at what a campaign brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contacts") as batch_op:
        batch_op.add_column(sa.Column("known_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("contact_fen", sa.BigInteger(), nullable=True))
        batch_op.create_index(op.f("ix_contacts_campaign_id"), ["campaign_id"])
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("data_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_looks_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index(
        "uq_looks_campaign_id_data_sha256", "looks", ["campaign_id", "data_sha256"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_looks_campaign_id_data_sha256", "looks")
    op.drop_table("looks")
    with op.batch_alter_table("contacts") as batch_op:
        batch_op.drop_index(op.f("ix_contacts_campaign_id"))
        batch_op.drop_column("contact_fen")
        batch_op.drop_column("known_at")
