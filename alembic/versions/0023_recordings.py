"""Recorded calls, the films made of them, and each person's consent."""

import sqlalchemy as sa

from alembic import op

revision = "0023"
down_revision = "0022"

ROLE = "openconsult_runtime"
OWN_OR_PARTNER = (
    "(organization_id = (SELECT openconsult_organization())"
    " OR partner_organization_id = (SELECT openconsult_organization()))"
)
JOBS = "(SELECT openconsult_duty()) = 'jobs'"
TABLES = ("recording", "recording_film", "recording_consent")


def upgrade() -> None:
    _recording()
    _recording_film()
    _recording_consent()
    for table in TABLES:
        for column in ("organization_id", "partner_organization_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        verbs = "SELECT, INSERT, DELETE" if table == "recording_film" else "SELECT, INSERT, UPDATE"
        op.execute(f"GRANT {verbs} ON {table} TO {ROLE}")
        op.execute(
            f"CREATE POLICY {table}_all ON {table} FOR ALL TO {ROLE}"
            f" USING ({OWN_OR_PARTNER}) WITH CHECK ({OWN_OR_PARTNER})"
        )
    # What is to be made or erased is found across organisations, then done as its own.
    op.execute(f"CREATE POLICY recording_jobs ON recording FOR SELECT TO {ROLE} USING ({JOBS})")


def _recording() -> None:
    op.create_table(
        "recording",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(), nullable=False),
        sa.Column("reaches_ms", sa.Integer(), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        *_shared("recording"),
        sa.CheckConstraint(
            "state IN ('asked', 'recording', 'ended', 'ready', 'void')",
            name=op.f("ck_recording_state"),
        ),
        sa.CheckConstraint(
            "ending IN ('', 'complete', 'cut', 'damaged')", name=op.f("ck_recording_ending")
        ),
        sa.CheckConstraint(
            "sealed_key IS NOT NULL OR erased_at IS NOT NULL", name=op.f("ck_recording_erased")
        ),
        _to("recording", "encounter_id", "encounter"),
        _to("recording", "patient_id", "patient"),
    )
    op.create_index("ix_recording_state", "recording", ["state"])
    op.create_index("ix_recording_keep_until", "recording", ["keep_until"])
    op.create_index(op.f("ix_recording_encounter_id"), "recording", ["encounter_id"])
    op.create_index(op.f("ix_recording_patient_id"), "recording", ["patient_id"])


def _recording_film() -> None:
    op.create_table(
        "recording_film",
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_ms", sa.Integer(), nullable=False),
        *_shared("recording_film"),
        sa.CheckConstraint("part IN ('person', 'screen')", name=op.f("ck_recording_film_part")),
        _to("recording_film", "recording_id", "recording"),
    )
    op.create_index(op.f("ix_recording_film_recording_id"), "recording_film", ["recording_id"])


def _recording_consent() -> None:
    op.create_table(
        "recording_consent",
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        *_shared("recording_consent"),
        sa.CheckConstraint(
            "decision IN ('permit', 'deny')", name=op.f("ck_recording_consent_decision")
        ),
        sa.UniqueConstraint(
            "recording_id",
            "participant_id",
            name=op.f("uq_recording_consent_recording_id_participant_id"),
        ),
        _to("recording_consent", "recording_id", "recording"),
        _to("recording_consent", "participant_id", "encounter_participant"),
    )


def _shared(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        _to(table, "organization_id", "organization"),
        _to(table, "partner_organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
