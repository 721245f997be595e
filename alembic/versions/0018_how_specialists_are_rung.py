"""Browsers and numbers that ring, each try to reach one, and deliveries that expire."""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
JOBS = "(SELECT openconsult_duty()) = 'jobs'"
TABLES = ("push_subscription", "ring_preference", "ring_call")
DELETABLE = ("push_subscription", "ring_call")
FOUND_BY_JOBS = ("push_subscription", "ring_call")


def _identified() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
    )


def _keys(table: str, **references: str) -> tuple[sa.Constraint, ...]:
    return (
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")
            for column, target in {"organization_id": "organization", **references}.items()
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _push_subscription() -> None:
    op.create_table(
        "push_subscription",
        *_identified(),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("push_subscription", practitioner_id="practitioner"),
        sa.UniqueConstraint(
            "organization_id",
            "endpoint_digest",
            name="uq_push_subscription_organization_id_endpoint_digest",
        ),
    )
    for column in ("organization_id", "practitioner_id", "session_id"):
        op.create_index(f"ix_push_subscription_{column}", "push_subscription", [column])


def _ring_preference() -> None:
    op.create_table(
        "ring_preference",
        *_identified(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("mobile", sa.String(), nullable=False),
        sa.Column("text_when", sa.String(), nullable=False),
        *_keys("ring_preference", practitioner_id="practitioner"),
        sa.CheckConstraint(
            "text_when IN ('no-device', 'always', 'never')", name="ck_ring_preference_text_when"
        ),
        sa.UniqueConstraint(
            "organization_id",
            "practitioner_id",
            name="uq_ring_preference_organization_id_practitioner_id",
        ),
    )
    for column in ("organization_id", "practitioner_id"):
        op.create_index(f"ix_ring_preference_{column}", "ring_preference", [column])


def _ring_call() -> None:
    op.create_table(
        "ring_call",
        *_identified(),
        sa.Column("ring_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        *_keys(
            "ring_call",
            ring_id="ring",
            request_id="service_request",
            practitioner_id="practitioner",
        ),
        sa.CheckConstraint("way IN ('push', 'sms', 'call-out')", name="ck_ring_call_way"),
        sa.CheckConstraint(
            "status IN ('queued', 'sent', 'failed', 'dropped')", name="ck_ring_call_status"
        ),
        sa.UniqueConstraint(
            "ring_id",
            "way",
            "device_id",
            name="uq_ring_call_ring_id_way_device_id",
            postgresql_nulls_not_distinct=True,
        ),
    )
    for column in ("organization_id", "request_id"):
        op.create_index(f"ix_ring_call_{column}", "ring_call", [column])
    op.create_index(
        "ix_ring_call_due", "ring_call", ["due_at"], postgresql_where=sa.text("status = 'queued'")
    )


def upgrade() -> None:
    _push_subscription()
    _ring_preference()
    _ring_call()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {ROLE}")
        op.execute(
            f"CREATE POLICY {table}_own ON {table} FOR ALL TO {ROLE}"
            f" USING ({OWN}) WITH CHECK ({OWN})"
        )
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {ROLE}")
    for table in FOUND_BY_JOBS:
        op.execute(f"CREATE POLICY {table}_jobs ON {table} FOR SELECT TO {ROLE} USING ({JOBS})")
    op.add_column(
        "webhook_delivery", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("webhook_delivery", "expires_at")
    for table in reversed(TABLES):
        op.drop_table(table)
