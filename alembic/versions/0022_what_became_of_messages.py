"""Receipts of delivery: what became of a message after the provider had taken it."""

import sqlalchemy as sa

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "communication", sa.Column("delivery", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "communication", sa.Column("delivery_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_communication_delivery"),
        "communication",
        "delivery IN ('', 'delivered', 'permanent-failure', 'temporary-failure',"
        " 'technical-failure')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_communication_delivery"), "communication", type_="check")
    op.drop_column("communication", "delivery_at")
    op.drop_column("communication", "delivery")
