"""A note on a task keeps which request wrote it, so that one sent twice is written once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task_notes", sa.Column("once", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_task_notes_once"), "task_notes", ["once"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_task_notes_once"), "task_notes")
    op.drop_column("task_notes", "once")
