"""The first tables: those of :mod:`matinee.store.schema`.

Nothing is released yet, so this is written once. The revision that follows the first release begins
by writing these tables out here, since ``schema`` is always that of the newest revision.
"""

from __future__ import annotations

from alembic import op

from matinee.store.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    metadata.create_all(op.get_bind(), checkfirst=False)
