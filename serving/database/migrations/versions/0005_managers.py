"""Account managers: their archive, their targets, their tasks and what is noted of these."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID, SHORT = sa.String(length=64), sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "managers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manager_id", ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("city", ID, nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("caller", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_managers")),
    )
    op.create_index(op.f("ix_managers_manager_id"), "managers", ["manager_id"])
    op.create_table(
        "manager_targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manager_id", ID, nullable=False),
        sa.Column("indicator", ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("caller", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manager_targets")),
    )
    op.create_index(op.f("ix_manager_targets_manager_id"), "manager_targets", ["manager_id"])
    op.create_table(
        "tasks",
        sa.Column("id", SHORT, nullable=False),
        sa.Column("manager_id", ID, nullable=False),
        sa.Column("kind", SHORT, nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("issuer", ID, nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", ID, nullable=True),
        sa.Column("outcome", SHORT, nullable=True),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_manager_id_due"), "tasks", ["manager_id", "due"])
    op.create_index(op.f("ix_tasks_customer_id"), "tasks", ["customer_id"])
    op.create_table(
        "task_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", SHORT, nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("author", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_task_notes_task_id_tasks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_notes")),
    )
    op.create_index(op.f("ix_task_notes_task_id"), "task_notes", ["task_id"])
    op.create_index(op.f("ix_task_notes_customer_id"), "task_notes", ["customer_id"])


def downgrade() -> None:
    for name in ("task_notes", "tasks", "manager_targets", "managers"):
        op.drop_table(name)
