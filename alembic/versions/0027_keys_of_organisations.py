"""A key for each organisation, sealed by the installation's, which wraps those of its records."""

import sqlalchemy as sa

from alembic import op

revision = "0027"
down_revision = "0026"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
KEYS = "(SELECT openconsult_duty()) = 'keys'"


def upgrade() -> None:
    op.create_table(
        "organization_key",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(sealed_key IS NULL) = (erased_at IS NOT NULL)",
            name=op.f("ck_organization_key_erased"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_key_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_key")),
    )
    op.execute("ALTER TABLE organization_key ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE organization_key FORCE ROW LEVEL SECURITY")
    # Only as the organisation itself, and only for the length of that duty (docs/decisions/0035).
    # No row ever goes: that a key was erased must be known, lest a new one is made in its place.
    op.execute(f"GRANT SELECT, INSERT ON organization_key TO {ROLE}")
    op.execute(f"GRANT UPDATE (sealed_key, erased_at) ON organization_key TO {ROLE}")
    op.execute(
        f"CREATE POLICY organization_key_all ON organization_key FOR ALL TO {ROLE}"
        f" USING ({OWN} AND {KEYS}) WITH CHECK ({OWN} AND {KEYS})"
    )


def downgrade() -> None:
    """Raises RuntimeError where there are keys: what they wrap would be lost for good."""
    op.execute("ALTER TABLE organization_key NO FORCE ROW LEVEL SECURITY")  # or its owner sees none
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM organization_key)")):
        raise RuntimeError("organisations' keys are in use: without them their records are lost")
    op.drop_table("organization_key")
