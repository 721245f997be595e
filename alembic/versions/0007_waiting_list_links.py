"""An offer's link counts wrong tries; jobs see who waits."""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"

ROLE = "openconsult_runtime"
JOBS = "(SELECT openconsult_duty()) = 'jobs'"


def upgrade() -> None:
    op.add_column(
        "waiting_list_offer",
        sa.Column("tries_left", sa.Integer(), server_default="3", nullable=False),
    )
    op.execute(
        "CREATE POLICY waiting_list_entry_jobs ON waiting_list_entry"
        f" FOR SELECT TO {ROLE} USING ({JOBS})"
    )


def downgrade() -> None:
    op.execute("DROP POLICY waiting_list_entry_jobs ON waiting_list_entry")
    op.drop_column("waiting_list_offer", "tries_left")
