"""What a message tells of an appointment; when the content of a feed last changed."""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "communication",
        sa.Column("says", sa.String(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("calendar_feed", sa.Column("content_digest", sa.LargeBinary(), nullable=True))
    op.add_column(
        "calendar_feed", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("calendar_feed", "changed_at")
    op.drop_column("calendar_feed", "content_digest")
    op.drop_column("communication", "says")
