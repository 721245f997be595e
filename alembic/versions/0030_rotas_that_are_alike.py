"""Rotas that are alike, found together: a search asks each crowd of them once for its times, and
apart from it who is open at other times or has somebody else come, without reading years of them.
"""

import sqlalchemy as sa

from alembic import op

revision = "0030"
down_revision = "0029"

_ALIKE = """md5(
    service_id::text || '/' || slot_minutes::text || '/'
    || buffer_before_minutes::text || '/' || buffer_after_minutes::text || '/'
    || capacity::text || '/' || notice_minutes::text || '/'
    || horizon_days::text || '/' || start_time::text || '/' || end_time::text
    || '/' || channel::text || '/'
    || CASE WHEN recurrence::text ~ '^FREQ=(DAILY|WEEKLY;BYDAY=[A-Z,]+)$' THEN ''
        ELSE (valid_from - '1970-01-01'::date)::text END
    || '/' || breaks::text || '/' || time_zone::text || '/'
    || recurrence::text)::uuid"""


def upgrade() -> None:
    computed = sa.Computed(_ALIKE, persisted=True)
    op.add_column("schedule", sa.Column("crowd", sa.Uuid(), computed, nullable=False))
    op.create_index(
        "ix_schedule_crowd",
        "schedule",
        ["organization_id", "crowd", "practitioner_id"],
        postgresql_include=["id", "service_id", "valid_from", "valid_to"],
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "ix_schedule_exception_moved",
        "schedule_exception",
        ["organization_id", "day"],
        postgresql_where=sa.text("kind <> 'closed'"),
    )


def downgrade() -> None:
    op.drop_index("ix_schedule_exception_moved", table_name="schedule_exception")
    op.drop_index("ix_schedule_crowd", table_name="schedule")
    op.drop_column("schedule", "crowd")
