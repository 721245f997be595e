"""What crews' devices kept without a signal: each thing once, with the time at which it happened."""

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"

ROLE = "openconsult_runtime"
HERE = "(SELECT openconsult_organization())"
OWN_OR_PARTNER = f"(organization_id = {HERE} OR partner_organization_id = {HERE})"
TABLES = ("device_entry", "request_note")


def _shared(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f(f"fk_{table}_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f(f"fk_{table}_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f(f"fk_{table}_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for column in ("organization_id", "partner_organization_id", "request_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _protect(table: str) -> None:
    """Both sides read it; what was entered is never changed nor taken away. Which house the other
    side is changes when a request moves on."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE (partner_organization_id) ON {table} TO {ROLE}")
    op.execute(
        f"CREATE POLICY {table}_select ON {table} FOR SELECT TO {ROLE} USING {OWN_OR_PARTNER}"
    )
    op.execute(
        f"CREATE POLICY {table}_insert ON {table} FOR INSERT TO {ROLE} WITH CHECK {OWN_OR_PARTNER}"
    )
    op.execute(
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE TO {ROLE}"
        f" USING {OWN_OR_PARTNER} WITH CHECK {OWN_OR_PARTNER}"
    )


def upgrade() -> None:
    op.add_column("service_request", sa.Column("asked_at", sa.DateTime(timezone=True)))
    _shared(
        "device_entry",
        sa.Column(
            "recorded_by",
            sa.Uuid(),
            sa.ForeignKey("practitioner.id", name=op.f("fk_device_entry_recorded_by")),
            nullable=False,
        ),
        sa.Column("recorded_by_name", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
    )
    _shared(
        "request_note",
        sa.Column(
            "author_id",
            sa.Uuid(),
            sa.ForeignKey("practitioner.id", name=op.f("fk_request_note_author_id")),
            nullable=False,
        ),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column(
            "patient_id",
            sa.Uuid(),
            sa.ForeignKey("patient.id", name=op.f("fk_request_note_patient_id")),
            nullable=True,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f("ix_request_note_patient_id"), "request_note", ["patient_id"])
    for table in TABLES:
        _protect(table)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("service_request", "asked_at")
