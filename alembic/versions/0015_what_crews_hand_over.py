"""What crews type of a case, field by field; links to its handover; dictation by leave."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0015"
down_revision = "0014"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
OWN_OR_PARTNER = f"({OWN} OR partner_organization_id = (SELECT openconsult_organization()))"
SIGN_IN = "(SELECT openconsult_duty()) = 'sign-in'"


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column("dictation", sa.String(), server_default=sa.text("'off'"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_organization_dictation"),
        "organization",
        "dictation IN ('off', 'on-device', 'any')",
    )
    _case_entry()
    _handover_link()
    for table in ("case_entry", "handover_link"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # A journal: nobody changes what was typed.
    op.execute(f"GRANT SELECT, INSERT ON case_entry TO {ROLE}")
    # A request that moves on to another house takes its entries along.
    op.execute(f"GRANT UPDATE (partner_organization_id) ON case_entry TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON handover_link TO {ROLE}")
    _policy("case_entry", OWN_OR_PARTNER)
    _policy("handover_link", f"({OWN_OR_PARTNER} OR {SIGN_IN})")


def _policy(table: str, condition: str) -> None:
    op.execute(
        f"CREATE POLICY {table}_all ON {table} FOR ALL TO {ROLE}"
        f" USING ({condition}) WITH CHECK ({condition})"
    )


def _case_entry() -> None:
    op.create_table(
        "case_entry",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_by", sa.Uuid(), nullable=True),
        sa.Column("typed_by_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("char_length(field) BETWEEN 1 AND 60", name=op.f("ck_case_entry_field")),
        *_references("case_entry", "typed_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entry")),
    )
    op.create_index("ix_case_entry_request_typed", "case_entry", ["request_id", "typed_at"])
    _indexes("case_entry", "organization_id", "partner_organization_id")


def _handover_link() -> None:
    op.create_table(
        "handover_link",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("recipient_email", sa.String(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries_left", sa.Integer(), server_default="3", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by_name", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("tries_left BETWEEN 0 AND 3", name=op.f("ck_handover_link_tries_left")),
        *_references("handover_link", "made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_link")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_handover_link_secret_digest")),
    )
    _indexes("handover_link", "organization_id", "partner_organization_id", "request_id")


def _references(table: str, practitioner: str) -> list[sa.ForeignKeyConstraint]:
    targets = {
        "request_id": "service_request",
        practitioner: "practitioner",
        "organization_id": "organization",
        "partner_organization_id": "organization",
    }
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, target in targets.items()
    ]


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    op.drop_table("handover_link")
    op.drop_table("case_entry")
    op.drop_constraint(op.f("ck_organization_dictation"), "organization")
    op.drop_column("organization", "dictation")
