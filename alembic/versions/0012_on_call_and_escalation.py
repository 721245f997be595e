"""On call, escalation policies, and the steps and owners of an urgent request."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0012"
down_revision = "0011"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
PARTNER = "partner_organization_id = (SELECT openconsult_organization())"
ASKED = "(SELECT openconsult_organization()) = ANY (asked_organization_ids)"
JOBS = "(SELECT openconsult_duty()) = 'jobs'"
OF_REQUEST = "EXISTS (SELECT FROM service_request r WHERE r.id = {table}.request_id)"

NEW = (
    "request_step",
    "request_owner",
    "on_call_override",
    "on_call_swap",
    "on_call_shift",
    "presence",
    "escalation_policy",
)
APPENDED = ("request_step", "escalation_policy")
OF_ONE_HOUSE = (
    "on_call_override",
    "on_call_swap",
    "on_call_shift",
    "presence",
    "escalation_policy",
)
OF_A_REQUEST = ("request_step", "request_owner")
SEEN_ACROSS = ("on_call_shift", "on_call_override")
"""A job looks for gaps in every house's rota; it acts as the house it finds one in."""
REQUEST_COLUMNS = (
    "steps_taken",
    "wake_at",
    "silent_since",
    "dropped_at",
    "held_at",
    "unanswered_at",
    "ringing_since",
    "plan_round",
    "plan_step",
    "plan",
    "policy_id",
    "asked_organization_ids",
)
REQUEST_CHECKS = (
    ("owner", "(state IN ('accepted', 'completed')) = (accepted_by IS NOT NULL)"),
    ("held_or_dropped", "state = 'accepted' OR (held_at IS NULL AND dropped_at IS NULL)"),
    ("held_not_dropped", "held_at IS NULL OR dropped_at IS NULL"),
)
_ASKED = """
    UPDATE service_request SET asked_organization_ids = ARRAY[partner_organization_id]
    WHERE partner_organization_id IS NOT NULL
"""
_RINGING = """
    UPDATE service_request SET ringing_since = raised_at, wake_at = raised_at
    WHERE state = 'ringing'
"""
_UNANSWERED = "UPDATE service_request SET unanswered_at = raised_at WHERE state = 'unanswered'"
_OWNERS = """
    INSERT INTO request_owner (id, created_at, organization_id, partner_organization_id,
        request_id, practitioner_id, practitioner_name, from_at, until_at)
    SELECT gen_random_uuid(), accepted_at, organization_id, partner_organization_id, id,
        accepted_by, accepted_by_name, accepted_at,
        CASE WHEN state = 'completed' THEN GREATEST(closed_at, accepted_at) END
    FROM service_request WHERE state IN ('accepted', 'completed') AND accepted_at IS NOT NULL
"""


def _policy(table: str, name: str, verb: str, using: str) -> None:
    clause = "" if verb == "INSERT" else f" USING ({using})"
    if verb != "SELECT":
        clause += f" WITH CHECK ({using})"
    op.execute(f"CREATE POLICY {table}_{name} ON {table} FOR {verb} TO {ROLE}{clause}")


def _see_all(*tables: str) -> None:
    """Row-level security is forced on owners, too, and would hide the rows without a word."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")


def _see_own(*tables: str) -> None:
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    _tables()
    _columns()
    _see_all("service_request")
    for statement in (_ASKED, _RINGING, _UNANSWERED, _OWNERS):
        op.execute(statement)
    for name, rule in REQUEST_CHECKS:
        op.create_check_constraint(op.f(f"ck_service_request_{name}"), "service_request", rule)
    _see_own("service_request")
    op.create_check_constraint(
        op.f("ck_ring_purpose"), "ring", "purpose IN ('answer', 'take-over', 'join')"
    )
    _security()


def _tables() -> None:
    op.create_table(
        "escalation_policy",
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "service_id IS NULL OR specialty = ''", name=op.f("ck_escalation_policy_scope")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_escalation_policy_number")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["practitioner.id"], name=op.f("fk_escalation_policy_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_escalation_policy_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_escalation_policy_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_policy")),
        sa.UniqueConstraint(
            "organization_id",
            "service_id",
            "specialty",
            "number",
            name="uq_escalation_policy_version",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_escalation_policy_organization_id"),
        "escalation_policy",
        ["organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_escalation_policy_service_id"), "escalation_policy", ["service_id"], unique=False
    )
    op.create_table(
        "on_call_shift",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7", name=op.f("ck_on_call_shift_weekdays")
        ),
        sa.CheckConstraint(
            "every_weeks BETWEEN 1 AND 52", name=op.f("ck_on_call_shift_every_weeks")
        ),
        sa.CheckConstraint("layer BETWEEN 1 AND 9", name=op.f("ck_on_call_shift_layer")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_on_call_shift_validity")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_on_call_shift_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_on_call_shift_practitioner_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_on_call_shift_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_shift")),
    )
    op.create_index(
        op.f("ix_on_call_shift_organization_id"), "on_call_shift", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_on_call_shift_practitioner_id"), "on_call_shift", ["practitioner_id"], unique=False
    )
    op.create_index(
        op.f("ix_on_call_shift_service_id"), "on_call_shift", ["service_id"], unique=False
    )
    op.create_table(
        "on_call_swap",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_of", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_layer", sa.Integer(), nullable=True),
        sa.Column("back_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('asked', 'agreed', 'declined', 'withdrawn')",
            name=op.f("ck_on_call_swap_status"),
        ),
        sa.CheckConstraint(
            "(back_starts_at IS NULL) = (back_ends_at IS NULL) AND (back_starts_at IS NULL) = (back_layer IS NULL) AND (back_starts_at IS NULL OR back_ends_at > back_starts_at)",
            name=op.f("ck_on_call_swap_back"),
        ),
        sa.CheckConstraint("asked_by <> asked_of", name=op.f("ck_on_call_swap_two_people")),
        sa.CheckConstraint(
            "back_layer IS NULL OR back_layer BETWEEN 1 AND 9",
            name=op.f("ck_on_call_swap_back_layer"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_on_call_swap_period")),
        sa.CheckConstraint("layer BETWEEN 1 AND 9", name=op.f("ck_on_call_swap_layer")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["practitioner.id"], name=op.f("fk_on_call_swap_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_of"], ["practitioner.id"], name=op.f("fk_on_call_swap_asked_of")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_on_call_swap_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_on_call_swap_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_swap")),
    )
    op.create_index(op.f("ix_on_call_swap_asked_by"), "on_call_swap", ["asked_by"], unique=False)
    op.create_index(op.f("ix_on_call_swap_asked_of"), "on_call_swap", ["asked_of"], unique=False)
    op.create_index(
        op.f("ix_on_call_swap_organization_id"), "on_call_swap", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_on_call_swap_service_id"), "on_call_swap", ["service_id"], unique=False
    )
    op.create_table(
        "presence",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_presence_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_presence_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("practitioner_id", name=op.f("uq_presence_practitioner_id")),
    )
    op.create_index(
        op.f("ix_presence_organization_id"), "presence", ["organization_id"], unique=False
    )
    op.create_table(
        "on_call_override",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("swap_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'extra') = (replaces_id IS NULL)", name=op.f("ck_on_call_override_who_goes")
        ),
        sa.CheckConstraint(
            "(kind = 'removed') = (practitioner_id IS NULL)",
            name=op.f("ck_on_call_override_who_comes"),
        ),
        sa.CheckConstraint(
            "kind IN ('cover', 'extra', 'removed')", name=op.f("ck_on_call_override_kind")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_on_call_override_period")),
        sa.CheckConstraint("layer BETWEEN 1 AND 9", name=op.f("ck_on_call_override_layer")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_on_call_override_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_on_call_override_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["practitioner.id"], name=op.f("fk_on_call_override_replaces_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_on_call_override_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["swap_id"], ["on_call_swap.id"], name=op.f("fk_on_call_override_swap_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_override")),
    )
    op.create_index(
        op.f("ix_on_call_override_organization_id"),
        "on_call_override",
        ["organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_on_call_override_practitioner_id"),
        "on_call_override",
        ["practitioner_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_on_call_override_replaces_id"), "on_call_override", ["replaces_id"], unique=False
    )
    op.create_index(
        "ix_on_call_override_service_id_ends_at",
        "on_call_override",
        ["service_id", "ends_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_on_call_override_swap_id"), "on_call_override", ["swap_id"], unique=False
    )
    op.create_table(
        "request_owner",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_name", sa.String(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "until_at IS NULL OR until_at >= from_at", name=op.f("ck_request_owner_period")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_request_owner_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_request_owner_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_request_owner_practitioner_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_request_owner_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_owner")),
    )
    op.create_index(
        op.f("ix_request_owner_organization_id"), "request_owner", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_request_owner_partner_organization_id"),
        "request_owner",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_request_owner_practitioner_id"), "request_owner", ["practitioner_id"], unique=False
    )
    op.create_index(
        op.f("ix_request_owner_request_id"), "request_owner", ["request_id"], unique=False
    )
    op.create_index(
        "uq_request_owner_one_at_a_time",
        "request_owner",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("until_at IS NULL"),
    )
    op.create_table(
        "request_step",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who_id", sa.Uuid(), nullable=True),
        sa.Column("who_name", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_request_step_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_request_step_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_request_step_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_step")),
        sa.UniqueConstraint(
            "request_id", "sequence", name=op.f("uq_request_step_request_id_sequence")
        ),
    )
    op.create_index(
        op.f("ix_request_step_organization_id"), "request_step", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_request_step_partner_organization_id"),
        "request_step",
        ["partner_organization_id"],
        unique=False,
    )


def _columns() -> None:
    op.add_column(
        "ring", sa.Column("purpose", sa.String(), server_default="answer", nullable=False)
    )
    op.add_column("ring", sa.Column("step", sa.Integer(), server_default="0", nullable=False))
    op.add_column("ring", sa.Column("round", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "service_request",
        sa.Column(
            "asked_organization_ids",
            sa.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column("service_request", sa.Column("policy_id", sa.Uuid(), nullable=True))
    op.add_column(
        "service_request",
        sa.Column(
            "plan",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "service_request", sa.Column("plan_step", sa.Integer(), server_default="-1", nullable=False)
    )
    op.add_column(
        "service_request", sa.Column("plan_round", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "service_request", sa.Column("ringing_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "service_request", sa.Column("unanswered_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "service_request", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "service_request", sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "service_request", sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "service_request", sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "service_request",
        sa.Column("steps_taken", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_index(
        "ix_service_request_wake_at",
        "service_request",
        ["wake_at"],
        unique=False,
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_service_request_policy_id"),
        "service_request",
        "escalation_policy",
        ["policy_id"],
        ["id"],
    )


def _security() -> None:
    for table in NEW:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        verbs = "SELECT, INSERT" if table in APPENDED else "SELECT, INSERT, UPDATE"
        op.execute(f"GRANT {verbs} ON {table} TO {ROLE}")
    for table in OF_ONE_HOUSE:
        _policy(table, "own", "ALL", OWN)
    for table in SEEN_ACROSS:
        _policy(table, "jobs", "SELECT", JOBS)
    for table in OF_A_REQUEST:
        _policy(table, "own", "ALL", f"{OWN} OR {OF_REQUEST.format(table=table)}")
    op.execute("DROP POLICY service_request_all ON service_request")
    _policy("service_request", "all", "ALL", f"{OWN} OR {PARTNER} OR {ASKED}")
    op.execute("DROP POLICY ring_all ON ring")
    _policy("ring", "all", "ALL", f"{OWN} OR {PARTNER} OR {OF_REQUEST.format(table='ring')}")


def downgrade() -> None:
    for table in ("ring", "service_request"):
        op.execute(f"DROP POLICY {table}_all ON {table}")
        _policy(table, "all", "ALL", f"{OWN} OR {PARTNER}")
    op.drop_constraint(op.f("ck_ring_purpose"), "ring")
    for name, _ in REQUEST_CHECKS:
        op.drop_constraint(op.f(f"ck_service_request_{name}"), "service_request")
    op.drop_index("ix_service_request_wake_at", table_name="service_request")
    for column in REQUEST_COLUMNS:
        op.drop_column("service_request", column)
    for column in ("round", "step", "purpose"):
        op.drop_column("ring", column)
    for table in NEW:
        op.drop_table(table)
