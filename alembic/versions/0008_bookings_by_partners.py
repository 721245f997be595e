"""Who booked at another organisation by a sharing agreement, and may see that appointment."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"

ROLE = "openconsult_runtime"


def upgrade() -> None:
    op.add_column("appointment", sa.Column("booked_by_organization_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appointment_booked_by_organization_id"),
        "appointment",
        "organization",
        ["booked_by_organization_id"],
        ["id"],
    )
    op.create_index(
        op.f("ix_appointment_booked_by_organization_id"),
        "appointment",
        ["booked_by_organization_id"],
    )
    op.execute(
        f"CREATE POLICY appointment_booked_by ON appointment FOR SELECT TO {ROLE}"
        " USING (booked_by_organization_id = (SELECT openconsult_organization()))"
    )


def downgrade() -> None:
    op.execute("DROP POLICY appointment_booked_by ON appointment")
    op.drop_column("appointment", "booked_by_organization_id")
