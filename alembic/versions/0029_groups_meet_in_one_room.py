"""Consultations of a group session share its room, and who agreed to that, by which name."""

import sqlalchemy as sa

from alembic import op

revision = "0029"
down_revision = "0028"

ROLE = "openconsult_runtime"
OWN_OR_PARTNER = (
    "(organization_id = (SELECT openconsult_organization())"
    " OR partner_organization_id = (SELECT openconsult_organization()))"
)
REFERENCES = {
    "encounter_id": "encounter",
    "participant_id": "encounter_participant",
    "group_session_id": "group_session",
    "organization_id": "organization",
    "partner_organization_id": "organization",
}
# Consultations that were planned before; what is over keeps the room it had.
_PLANNED = """
    UPDATE encounter SET group_session_id = appointment.group_session_id
    FROM appointment
    WHERE appointment.id = encounter.appointment_id
      AND appointment.group_session_id IS NOT NULL
      AND encounter.status = 'planned'
"""


def upgrade() -> None:
    op.add_column("encounter", sa.Column("group_session_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_encounter_group_session_id"),
        "encounter",
        "group_session",
        ["group_session_id"],
        ["id"],
    )
    op.create_index(op.f("ix_encounter_group_session_id"), "encounter", ["group_session_id"])
    for table in ("encounter", "appointment"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_PLANNED)
    for table in ("encounter", "appointment"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    _consent()


def _consent() -> None:
    op.create_table(
        "encounter_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("shown_name", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('group-call')", name=op.f("ck_encounter_consent_scope")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_encounter_consent_{column}")
            )
            for column, to in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter_consent")),
        sa.UniqueConstraint(
            "participant_id",
            "group_session_id",
            name=op.f("uq_encounter_consent_participant_id_group_session_id"),
        ),
    )
    for column in ("organization_id", "partner_organization_id", "encounter_id"):
        op.create_index(op.f(f"ix_encounter_consent_{column}"), "encounter_consent", [column])
    op.execute("ALTER TABLE encounter_consent ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE encounter_consent FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON encounter_consent TO {ROLE}")
    op.execute(
        f"CREATE POLICY encounter_consent_all ON encounter_consent FOR ALL TO {ROLE}"
        f" USING ({OWN_OR_PARTNER}) WITH CHECK ({OWN_OR_PARTNER})"
    )


def downgrade() -> None:
    op.drop_table("encounter_consent")
    op.drop_index(op.f("ix_encounter_group_session_id"), table_name="encounter")
    op.drop_constraint(op.f("fk_encounter_group_session_id"), "encounter", type_="foreignkey")
    op.drop_column("encounter", "group_session_id")
