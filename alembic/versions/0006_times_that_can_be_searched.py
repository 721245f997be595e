"""Times of occupancies and busy times as plain columns, which an index can serve.

Row-level security lets only leakproof operators use an index, and those on ranges are not.
"""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("occupancy", "busy_time")


def upgrade() -> None:
    for table in TABLES:
        for name, bound in (("starts_at", "lower"), ("ends_at", "upper")):
            computed = sa.Computed(f"{bound}(during)", persisted=True)
            column = sa.Column(name, sa.DateTime(timezone=True), computed, nullable=False)
            op.add_column(table, column)
    op.create_check_constraint(
        op.f("ck_occupancy_length"),
        "occupancy",
        "upper(during) - lower(during) <= interval '24 hours'",
    )
    op.create_index(
        "ix_occupancy_actor_end",
        "occupancy",
        ["organization_id", "actor_id", "ends_at"],
        postgresql_include=["starts_at", "expires_at"],
    )
    op.drop_index("ix_busy_time_during", table_name="busy_time")
    op.create_index(
        "ix_busy_time_end", "busy_time", ["organization_id", "practitioner_id", "ends_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_busy_time_end", table_name="busy_time")
    op.create_index(
        "ix_busy_time_during", "busy_time", ["practitioner_id", "during"], postgresql_using="gist"
    )
    op.drop_index("ix_occupancy_actor_end", table_name="occupancy")
    op.drop_constraint(op.f("ck_occupancy_length"), "occupancy")
    for table in TABLES:
        op.drop_column(table, "ends_at")
        op.drop_column(table, "starts_at")
