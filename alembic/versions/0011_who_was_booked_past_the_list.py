"""Who was taken off the waiting list since they were booked otherwise."""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column(
        "waiting_list_entry",
        sa.Column("booked_otherwise", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("waiting_list_entry", "booked_otherwise")
