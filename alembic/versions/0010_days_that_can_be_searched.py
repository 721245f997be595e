"""Times of appointments as plain columns, which an index can serve; and of what has passed.

Row-level security lets only leakproof operators use an index, and `lower(during)` is not one: the
page of a day read all appointments that its organisation ever had.
"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for name, bound in (("starts_at", "lower"), ("ends_at", "upper")):
        computed = sa.Computed(f"{bound}(during)", persisted=True)
        column = sa.Column(name, sa.DateTime(timezone=True), computed, nullable=False)
        op.add_column("appointment", column)
    op.drop_index("ix_appointment_day", table_name="appointment")
    op.create_index("ix_appointment_day", "appointment", ["organization_id", "starts_at", "id"])
    op.drop_index("ix_occupancy_end", table_name="occupancy")
    op.create_index("ix_occupancy_end", "occupancy", ["ends_at"])


def downgrade() -> None:
    op.drop_index("ix_occupancy_end", table_name="occupancy")
    op.create_index("ix_occupancy_end", "occupancy", [sa.text("upper(during)")])
    op.drop_index("ix_appointment_day", table_name="appointment")
    op.create_index(
        "ix_appointment_day", "appointment", ["organization_id", sa.text("lower(during)"), "id"]
    )
    op.drop_column("appointment", "ends_at")
    op.drop_column("appointment", "starts_at")
