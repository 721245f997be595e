"""Patient monitors and whom they measure, the course of NEWS2, and scores that others state."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0013"
down_revision = "0012"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
PARTNER = "partner_organization_id = (SELECT openconsult_organization())"
SHARED = ("monitor_link", "early_warning_score", "stated_score")
TABLES = ("monitor", *SHARED)
CHANGED = ("monitor", "monitor_link")
"""The others are only added to; a request that moves on to another house takes them along."""


def _new_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("monitor_id", sa.Uuid(), nullable=True),
        sa.Column("sent_value", sa.Float(), nullable=True),
        sa.Column("sent_unit", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retracted_by_name", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("retracted_reason", sa.String(), server_default=sa.text("''"), nullable=False),
    )


def _identified(*, shared: bool) -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
    ]
    if shared:
        columns.append(sa.Column("partner_organization_id", sa.Uuid(), nullable=True))
    return columns


def _foreign(table: str, **references: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in references.items()
    ]


def _both(table: str, **references: str) -> list[sa.ForeignKeyConstraint]:
    own = {"organization_id": "organization.id", "partner_organization_id": "organization.id"}
    return _foreign(table, **own, **references)


def upgrade() -> None:
    _monitors()
    _links()
    _scores()
    _stated()
    _observations()
    op.add_column(
        "service_request",
        sa.Column(
            "spo2_scale_chosen_by", sa.String(), server_default=sa.text("''"), nullable=False
        ),
    )
    op.add_column(
        "service_request",
        sa.Column("spo2_scale_chosen_at", sa.DateTime(timezone=True), nullable=True),
    )
    _secure()


def _monitors() -> None:
    op.create_table(
        "monitor",
        *_identified(shared=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("call_sign", sa.String(), nullable=False),
        sa.Column("api_client_id", sa.Uuid(), nullable=False),
        sa.Column("registered_by_name", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        *_foreign("monitor", organization_id="organization.id", api_client_id="api_client.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitor")),
        sa.UniqueConstraint("api_client_id", name=op.f("uq_monitor_api_client_id")),
    )
    op.create_index(op.f("ix_monitor_organization_id"), "monitor", ["organization_id"])


def _links() -> None:
    op.create_table(
        "monitor_link",
        *_identified(shared=True),
        sa.Column("monitor_id", sa.Uuid(), nullable=False),
        sa.Column("monitor_name", sa.String(), nullable=False),
        sa.Column("service_request_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by_name", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False),
        sa.CheckConstraint("how IN ('call-sign', 'chosen')", name=op.f("ck_monitor_link_how")),
        *_both("monitor_link", monitor_id="monitor.id", service_request_id="service_request.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitor_link")),
    )
    _indexes("monitor_link", "organization_id", "partner_organization_id", "service_request_id")
    op.create_index("ix_monitor_link_monitor_since", "monitor_link", ["monitor_id", "since"])
    op.create_index(
        "uq_monitor_link_one_at_a_time",
        "monitor_link",
        ["monitor_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _scores() -> None:
    op.create_table(
        "early_warning_score",
        *_identified(shared=True),
        sa.Column("service_request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spo2_scale", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("at_least", sa.Integer(), nullable=False),
        sa.Column("risk", sa.String(), nullable=False),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("missing", sa.ARRAY(sa.String()), nullable=False),
        sa.CheckConstraint("spo2_scale IN (1, 2)", name=op.f("ck_early_warning_score_spo2_scale")),
        *_both("early_warning_score", service_request_id="service_request.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_warning_score")),
    )
    _indexes("early_warning_score", "organization_id", "partner_organization_id")
    op.create_index(
        "ix_early_warning_score_request_at", "early_warning_score", ["service_request_id", "at"]
    )


def _stated() -> None:
    op.create_table(
        "stated_score",
        *_identified(shared=True),
        sa.Column("service_request_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_total", sa.Integer(), nullable=False),
        sa.Column("spo2_scale", sa.Integer(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("comparison", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_by_name", sa.String(), nullable=False),
        *_both(
            "stated_score",
            service_request_id="service_request.id",
            encounter_id="encounter.id",
            patient_id="patient.id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_score")),
    )
    _indexes(
        "stated_score",
        "organization_id",
        "partner_organization_id",
        "service_request_id",
        "encounter_id",
    )


def _observations() -> None:
    for column in _new_columns():
        op.add_column("observation", column)
    op.create_foreign_key(
        op.f("fk_observation_monitor_id"), "observation", "monitor", ["monitor_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_observation_source"), "observation", "source IN ('entered', 'device')"
    )
    op.create_index(
        "ix_observation_request_code_taken",
        "observation",
        ["service_request_id", "code", "taken_at"],
    )
    op.drop_index("ix_observation_request_taken", table_name="observation")


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _secure() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        change = "UPDATE" if table in CHANGED else "UPDATE (partner_organization_id)"
        op.execute(f"GRANT SELECT, INSERT, {change} ON {table} TO {ROLE}")
        rule = f"({OWN} OR {PARTNER})" if table in SHARED else OWN
        op.execute(
            f"CREATE POLICY {table}_own ON {table} FOR ALL TO {ROLE}"
            f" USING ({rule}) WITH CHECK ({rule})"
        )


def downgrade() -> None:
    op.create_index(
        "ix_observation_request_taken", "observation", ["service_request_id", "taken_at"]
    )
    op.drop_index("ix_observation_request_code_taken", table_name="observation")
    op.drop_constraint(op.f("ck_observation_source"), "observation", type_="check")
    op.drop_constraint(op.f("fk_observation_monitor_id"), "observation", type_="foreignkey")
    for column in reversed(_new_columns()):
        op.drop_column("observation", column.name)
    for name in ("spo2_scale_chosen_at", "spo2_scale_chosen_by"):
        op.drop_column("service_request", name)
    for table in ("stated_score", "early_warning_score", "monitor_link", "monitor"):
        op.drop_table(table)
