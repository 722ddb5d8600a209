"""Tasks for many customers at once, so that they can be taken back; who owns which signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MARKED = ("tasks", "task_notes")


def upgrade() -> None:
    op.create_table(
        "task_batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_batches")),
    )
    op.create_index(op.f("ix_task_batches_issuer_at"), "task_batches", ["issuer", "at"])
    op.create_table(
        "sign_owners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sign", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_owners")),
    )
    for name in MARKED:
        op.add_column(name, sa.Column("batch_id", sa.String(length=32), nullable=True))
        op.create_index(op.f(f"ix_{name}_batch_id"), name, ["batch_id"])


def downgrade() -> None:
    for name in MARKED:
        op.drop_index(op.f(f"ix_{name}_batch_id"), name)
        op.drop_column(name, "batch_id")
    op.drop_table("sign_owners")
    op.drop_table("task_batches")
