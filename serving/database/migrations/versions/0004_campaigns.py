"""Campaigns and their exports; the arm of who is held; contacts that we started."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.Float(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("task_owner", sa.String(length=64), nullable=True),
        sa.Column("task_beat", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(op.f("ix_campaigns_state"), "campaigns", ["state"])
    op.create_table(
        "exports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("watermark_key", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_exports_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_campaign_id"), "exports", ["campaign_id"])
    with op.batch_alter_table("holds") as batch_op:
        batch_op.add_column(sa.Column("arm", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("propensity", sa.Float(), nullable=True))
        batch_op.create_index(op.f("ix_holds_campaign_id"), ["campaign_id"])
    with op.batch_alter_table("contacts") as batch_op:
        batch_op.add_column(sa.Column("started_by", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("answers", sa.String(length=128), nullable=True))
        batch_op.create_index(op.f("ix_contacts_answers"), ["answers"])
        batch_op.create_index(op.f("ix_contacts_at"), ["at"])


def downgrade() -> None:
    with op.batch_alter_table("contacts") as batch_op:
        batch_op.drop_index(op.f("ix_contacts_at"))
        batch_op.drop_index(op.f("ix_contacts_answers"))
        batch_op.drop_column("answers")
        batch_op.drop_column("started_by")
    with op.batch_alter_table("holds") as batch_op:
        batch_op.drop_index(op.f("ix_holds_campaign_id"))
        batch_op.drop_column("propensity")
        batch_op.drop_column("arm")
    op.drop_index(op.f("ix_exports_campaign_id"), "exports")
    op.drop_table("exports")
    op.drop_index(op.f("ix_campaigns_state"), "campaigns")
    op.drop_table("campaigns")
