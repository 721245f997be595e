"""How often making a recording's films was tried in vain: after a few times its pages say so."""

import sqlalchemy as sa

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column(
        "recording", sa.Column("film_failures", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("recording", "film_failures")
