"""Positions and destinations of crews, what priority was made of, and when pictures came."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0017"
down_revision = "0016"

ROLE = "openconsult_runtime"
ORGANIZATION = "(SELECT openconsult_organization())"
OWN = f"organization_id = {ORGANIZATION}"
# The other side is whoever the request has come to: it may move from house to house (0012).
OF_REQUEST = "EXISTS (SELECT FROM service_request r WHERE r.id = {table}.request_id)"
# The record of priority is history: nobody changes it.
TABLES = {
    "position_fix": "SELECT, INSERT, UPDATE",
    "priority_record": "SELECT, INSERT, UPDATE (partner_organization_id)",
}
ASKED = {
    "ix_service_request_asked": "organization_id",
    "ix_service_request_answered": "partner_organization_id",
}
AT = sa.DateTime(timezone=True)


def _request_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("eta_said_at", AT, nullable=True),
        sa.Column("eta_estimate_minutes", sa.Integer(), nullable=True),
        sa.Column("eta_estimated_at", AT, nullable=True),
        sa.Column("shares_position", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=True),
        sa.Column("destination_name", sa.String(), server_default="", nullable=False),
        sa.Column("destination_latitude", sa.Float(), nullable=True),
        sa.Column("destination_longitude", sa.Float(), nullable=True),
    )


def _shared_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
    )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _houses(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "organization_id", "organization"),
        _refers(table, "partner_organization_id", "organization"),
        _refers(table, "request_id", "service_request"),
    )


def _position_fix() -> None:
    op.create_table(
        "position_fix",
        *_shared_columns(),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("taken_at", AT, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("questions", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_position_fix_latitude")),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180", name=op.f("ck_position_fix_longitude")
        ),
        sa.CheckConstraint("accuracy_m >= 0", name=op.f("ck_position_fix_accuracy_m")),
        sa.CheckConstraint(
            "source IN ('device', 'typed', 'corrected')", name=op.f("ck_position_fix_source")
        ),
        sa.CheckConstraint(
            "answer IN ('', 'right', 'wrong', 'swapped')", name=op.f("ck_position_fix_answer")
        ),
        *_houses("position_fix"),
        _refers("position_fix", "answered_by", "practitioner"),
        _refers("position_fix", "corrects", "position_fix"),
    )
    op.create_index("ix_position_fix_track", "position_fix", ["request_id", "taken_at"])


def _priority_record() -> None:
    op.create_table(
        "priority_record",
        *_shared_columns(),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column("time_critical", sa.Boolean(), nullable=False),
        sa.Column("news2_total", sa.Integer(), nullable=True),
        sa.Column("news2_risk", sa.String(), nullable=False),
        sa.Column("raised_at", AT, nullable=False),
        sa.Column("counts_from", AT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        *_houses("priority_record"),
    )
    op.create_index("ix_priority_record_history", "priority_record", ["request_id", "created_at"])


def _guard(table: str, verbs: str) -> None:
    for column in ("organization_id", "partner_organization_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT {verbs} ON {table} TO {ROLE}")
    theirs = f"({OWN} OR {OF_REQUEST.format(table=table)})"
    op.execute(
        f"CREATE POLICY {table}_all ON {table} FOR ALL TO {ROLE}"
        f" USING ({theirs}) WITH CHECK ({theirs})"
    )


def _location() -> None:
    for name in ("latitude", "longitude"):
        op.add_column("location", sa.Column(name, sa.Float(), nullable=True))
    op.add_column(
        "location", sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for name, rule in (
        ("latitude", "latitude BETWEEN -90 AND 90"),
        ("longitude", "longitude BETWEEN -180 AND 180"),
        ("position", "(latitude IS NULL) = (longitude IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_location_{name}"), "location", rule)
    op.execute(f"CREATE POLICY location_shared ON location FOR SELECT TO {ROLE} USING (shared)")


def upgrade() -> None:
    _location()
    for column in _request_columns():
        op.add_column("service_request", column)
    op.create_foreign_key(
        op.f("fk_service_request_destination_id"),
        "service_request",
        "location",
        ["destination_id"],
        ["id"],
    )
    for name, column in ASKED.items():
        op.create_index(name, "service_request", [column, "raised_at"])
    op.add_column("ring", sa.Column("reached_at", AT, nullable=True))
    op.add_column("encounter_participant", sa.Column("first_picture_at", AT, nullable=True))
    _position_fix()
    _priority_record()
    for table, verbs in TABLES.items():
        _guard(table, verbs)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("encounter_participant", "first_picture_at")
    op.drop_column("ring", "reached_at")
    for name in ASKED:
        op.drop_index(name, table_name="service_request")
    for column in reversed(_request_columns()):
        op.drop_column("service_request", column.name)
    op.execute("DROP POLICY location_shared ON location")
    for name in ("shared", "longitude", "latitude"):
        op.drop_column("location", name)
