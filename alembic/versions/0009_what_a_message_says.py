"""What a message tells of an appointment; when the content of a feed last changed."""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "communication",
        sa.Column("says", sa.String(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("calendar_feed", sa.Column("content_digest", sa.LargeBinary(), nullable=True))
    op.add_column(
        "calendar_feed", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_appointment_with_ids",
        "appointment",
        ["with_ids"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("with_ids <> '{}'"),
    )


def downgrade() -> None:
    op.drop_index("ix_appointment_with_ids", table_name="appointment")
    op.drop_column("calendar_feed", "changed_at")
    op.drop_column("calendar_feed", "content_digest")
    op.drop_column("communication", "says")
