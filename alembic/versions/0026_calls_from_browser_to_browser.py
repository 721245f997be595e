"""An organisation may let two people's browsers send to each other directly."""

import sqlalchemy as sa

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column("direct_calls", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("organization", "direct_calls")
