"""How Alembic runs the steps: on the connection that `serving.database.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from serving.customers import potential  # noqa: F401 - their tables must be known to `metadata`
from serving.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
