"""What devices found out about their lines before calls."""

import sqlalchemy as sa

from alembic import op

revision = "0024"
down_revision = "0023"

ROLE = "openconsult_runtime"
OWN_OR_PARTNER = (
    "(organization_id = (SELECT openconsult_organization())"
    " OR partner_organization_id = (SELECT openconsult_organization()))"
)
JOBS = "(SELECT openconsult_duty()) = 'jobs'"
CHECKS = {
    "verdict": "verdict IN ('video', 'sound', 'blocked', 'no-line')",
    "way": "way IN ('', 'udp', 'tcp', 'relay')",
    "round_trip_ms": "round_trip_ms >= 0",
    "loss": "loss BETWEEN 0 AND 1",
    "sending_loss": "sending_loss BETWEEN 0 AND 1",
}
REFERENCES = {
    "encounter_id": "encounter",
    "participant_id": "encounter_participant",
    "organization_id": "organization",
    "partner_organization_id": "organization",
}


def upgrade() -> None:
    op.create_table(
        "line_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("udp_answered", sa.Boolean(), nullable=True),
        sa.Column("tcp_answered", sa.Boolean(), nullable=True),
        sa.Column("relay_answered", sa.Boolean(), nullable=True),
        sa.Column("round_trip_ms", sa.Integer(), nullable=True),
        sa.Column("loss", sa.Float(), nullable=True),
        sa.Column("sending_loss", sa.Float(), nullable=True),
        sa.Column("received_kbps", sa.Integer(), nullable=True),
        sa.Column("sent_kbps", sa.Integer(), nullable=True),
        sa.Column("browser", sa.String(), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_line_check_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_line_check_{column}"))
            for column, to in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_check")),
    )
    for column in ("organization_id", "partner_organization_id", "encounter_id"):
        op.create_index(op.f(f"ix_line_check_{column}"), "line_check", [column])
    op.create_index("ix_line_check_newest", "line_check", ["organization_id", "checked_at", "id"])
    op.create_index("ix_line_check_checked_at", "line_check", ["checked_at"])
    _protect()


def _protect() -> None:
    op.execute("ALTER TABLE line_check ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE line_check FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON line_check TO {ROLE}")
    op.execute(
        f"CREATE POLICY line_check_all ON line_check FOR ALL TO {ROLE}"
        f" USING ({OWN_OR_PARTNER}) WITH CHECK ({OWN_OR_PARTNER})"
    )
    # What is old is found across organisations, then removed as its own.
    op.execute(f"CREATE POLICY line_check_jobs ON line_check FOR SELECT TO {ROLE} USING ({JOBS})")


def downgrade() -> None:
    op.drop_table("line_check")
