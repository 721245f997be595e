"""Documents of a case, their sealed bytes, and what is drawn over them."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0014"
down_revision = "0013"

ROLE = "openconsult_runtime"
OWN_OR_PARTNER = (
    "(organization_id = (SELECT openconsult_organization())"
    " OR partner_organization_id = (SELECT openconsult_organization()))"
)
JOBS = "(SELECT openconsult_duty()) = 'jobs'"
TABLES = ("document", "document_part", "document_mark")


def upgrade() -> None:
    _document()
    _document_part()
    _document_mark()
    for table in TABLES:
        for column in ("organization_id", "partner_organization_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        verbs = "SELECT, INSERT, DELETE" if table == "document_part" else "SELECT, INSERT, UPDATE"
        op.execute(f"GRANT {verbs} ON {table} TO {ROLE}")
        op.execute(
            f"CREATE POLICY {table}_all ON {table} FOR ALL TO {ROLE}"
            f" USING ({OWN_OR_PARTNER}) WITH CHECK ({OWN_OR_PARTNER})"
        )
    # What is due to be erased is found across organisations, then erased as its own.
    op.execute(f"CREATE POLICY document_jobs ON document FOR SELECT TO {ROLE} USING ({JOBS})")
    # Sealed bytes do not compress: trying costs time and gains nothing.
    op.execute("ALTER TABLE document_part ALTER COLUMN sealed SET STORAGE EXTERNAL")


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("service_request_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=False),
        sa.Column("status_by_name", sa.String(), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('still', 'photo', 'ecg', 'clip', 'other')", name=op.f("ck_document_kind")
        ),
        sa.CheckConstraint(
            "source IN ('camera', 'stream', 'upload')", name=op.f("ck_document_source")
        ),
        sa.CheckConstraint(
            "status IN ('current', 'entered-in-error')", name=op.f("ck_document_status")
        ),
        sa.CheckConstraint(
            "(sealed_key IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_document_erased")
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_document_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_document_longitude")),
        _to("document", "encounter_id", "encounter"),
        _to("document", "service_request_id", "service_request"),
        _to("document", "patient_id", "patient"),
        _to("document", "recorded_by", "practitioner"),
        _to("document", "organization_id", "organization"),
        _to("document", "partner_organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index("ix_document_request_taken", "document", ["service_request_id", "taken_at"])
    op.create_index("ix_document_encounter_taken", "document", ["encounter_id", "taken_at"])
    op.create_index("ix_document_keep_until", "document", ["keep_until"])
    op.create_index(op.f("ix_document_patient_id"), "document", ["patient_id"])


def _document_part() -> None:
    op.create_table(
        "document_part",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        _to("document_part", "document_id", "document"),
        _to("document_part", "organization_id", "organization"),
        _to("document_part", "partner_organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_part")),
        sa.UniqueConstraint("document_id", "name", name=op.f("uq_document_part_document_id_name")),
    )


def _document_mark() -> None:
    op.create_table(
        "document_mark",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("shape", postgresql.JSONB(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=True),
        sa.Column("drawn_by_name", sa.String(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        _to("document_mark", "document_id", "document"),
        _to("document_mark", "drawn_by", "practitioner"),
        _to("document_mark", "organization_id", "organization"),
        _to("document_mark", "partner_organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_mark")),
    )
    op.create_index(op.f("ix_document_mark_document_id"), "document_mark", ["document_id"])


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
