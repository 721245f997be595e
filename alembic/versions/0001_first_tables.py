"""First tables."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from app.models.outbox_event import FullTransactionId

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "organization",
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ods_code ~ '^[A-Z0-9]{3,12}$'", name=op.f("ck_organization_ods_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("ods_code", name=op.f("uq_organization_ods_code")),
    )
    op.create_table(
        "api_client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_api_client_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_api_client_client_id")),
    )
    op.create_index(
        op.f("ix_api_client_organization_id"), "api_client", ["organization_id"], unique=False
    )
    op.create_table(
        "audit_event",
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("agent_kind", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("agent_roles", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "action IN ('C', 'R', 'U', 'D', 'E')", name=op.f("ck_audit_event_action")
        ),
        sa.CheckConstraint(
            "outcome IN ('success', 'refused')", name=op.f("ck_audit_event_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_audit_event_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        op.f("ix_audit_event_organization_id"), "audit_event", ["organization_id"], unique=False
    )
    op.create_index(
        "ix_audit_event_patient",
        "audit_event",
        ["organization_id", "patient_id", "recorded_at"],
        unique=False,
    )
    op.create_index(
        "ix_audit_event_recorded",
        "audit_event",
        ["organization_id", "recorded_at", "id"],
        unique=False,
    )
    op.create_table(
        "healthcare_service",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('video', 'telephone', 'in-person')",
            name=op.f("ck_healthcare_service_channel"),
        ),
        sa.CheckConstraint(
            "slot_minutes BETWEEN 5 AND 480", name=op.f("ck_healthcare_service_slot_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_healthcare_service_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_healthcare_service")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_healthcare_service_organization_id_name")
        ),
    )
    op.create_index(
        op.f("ix_healthcare_service_organization_id"),
        "healthcare_service",
        ["organization_id"],
        unique=False,
    )
    op.create_table(
        "idempotency_key",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_idempotency_key_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint(
            "organization_id",
            "subject",
            "key",
            name=op.f("uq_idempotency_key_organization_id_subject_key"),
        ),
    )
    op.create_index(
        op.f("ix_idempotency_key_organization_id"),
        "idempotency_key",
        ["organization_id"],
        unique=False,
    )
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "xid",
            FullTransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("audience", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_outbox_event_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
    )
    op.create_index(
        op.f("ix_outbox_event_organization_id"), "outbox_event", ["organization_id"], unique=False
    )
    op.create_index("ix_outbox_event_position", "outbox_event", ["xid", "id"], unique=False)
    op.create_table(
        "patient",
        sa.Column("nhs_number", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("preferred_contact", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "gender IN ('male', 'female', 'other', 'unknown')", name=op.f("ck_patient_gender")
        ),
        sa.CheckConstraint("nhs_number ~ '^[0-9]{10}$'", name=op.f("ck_patient_nhs_number")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_patient_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint(
            "organization_id", "nhs_number", name=op.f("uq_patient_organization_id_nhs_number")
        ),
    )
    op.create_index(
        op.f("ix_patient_organization_id"), "patient", ["organization_id"], unique=False
    )
    op.create_table(
        "practitioner",
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("registration", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_practitioner_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner")),
    )
    op.create_index(
        op.f("ix_practitioner_organization_id"), "practitioner", ["organization_id"], unique=False
    )
    op.create_table(
        "account",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("username = lower(username)", name=op.f("ck_account_username_lower")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_account_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_account_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_index(
        op.f("ix_account_organization_id"), "account", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_account_practitioner_id"), "account", ["practitioner_id"], unique=False
    )
    op.create_table(
        "appointment",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("wall_start", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("cancellation_reason", sa.String(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("organization_id"), "="),
            (sa.column("patient_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text(
                "patient_id IS NOT NULL AND status IN ('pending', 'booked', 'arrived', 'fulfilled')"
            ),
            using="gist",
            name="ex_appointment_patient_during",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("organization_id"), "="),
            (sa.column("practitioner_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("status IN ('pending', 'booked', 'arrived', 'fulfilled')"),
            using="gist",
            name="ex_appointment_practitioner_during",
        ),
        sa.CheckConstraint(
            "status <> 'booked' OR patient_id IS NOT NULL",
            name=op.f("ck_appointment_booked_for_someone"),
        ),
        sa.CheckConstraint(
            "status <> 'pending' OR hold_expires_at IS NOT NULL",
            name=op.f("ck_appointment_hold_runs_out"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'entered-in-error')",
            name=op.f("ck_appointment_status"),
        ),
        sa.CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)",
            name=op.f("ck_appointment_during"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_appointment_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_appointment_practitioner_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["appointment.id"], name=op.f("fk_appointment_replaces_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_appointment_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index(
        "ix_appointment_day",
        "appointment",
        ["organization_id", sa.literal_column("lower(during)"), "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointment_organization_id"), "appointment", ["organization_id"], unique=False
    )
    op.create_index(op.f("ix_appointment_patient_id"), "appointment", ["patient_id"], unique=False)
    op.create_index(
        op.f("ix_appointment_practitioner_id"), "appointment", ["practitioner_id"], unique=False
    )
    op.create_index(op.f("ix_appointment_service_id"), "appointment", ["service_id"], unique=False)
    op.create_table(
        "practitioner_role",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("call_sign", sa.String(), nullable=False),
        sa.Column("ring_order", sa.Integer(), nullable=False),
        sa.Column("on_duty_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('clinician', 'crew', 'scheduler', 'administrator', 'auditor')",
            name=op.f("ck_practitioner_role_role"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_practitioner_role_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_practitioner_role_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_practitioner_role_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner_role")),
        sa.UniqueConstraint(
            "organization_id",
            "practitioner_id",
            "role",
            "service_id",
            name=op.f("uq_practitioner_role_organization_id_practitioner_id_role_service_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_practitioner_role_organization_id"),
        "practitioner_role",
        ["organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_practitioner_role_practitioner_id"),
        "practitioner_role",
        ["practitioner_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_practitioner_role_service_id"), "practitioner_role", ["service_id"], unique=False
    )
    op.create_table(
        "schedule",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 480", name=op.f("ck_schedule_slot_minutes")),
        sa.CheckConstraint("start_time < end_time", name=op.f("ck_schedule_not_reversed")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_schedule_validity")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_schedule_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_schedule_practitioner_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_schedule_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index(
        op.f("ix_schedule_organization_id"), "schedule", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_schedule_practitioner_id"), "schedule", ["practitioner_id"], unique=False
    )
    op.create_index(op.f("ix_schedule_service_id"), "schedule", ["service_id"], unique=False)
    op.create_table(
        "encounter",
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("service_request_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'arrived', 'in-progress', 'finished', 'cancelled')",
            name=op.f("ck_encounter_status"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_encounter_appointment_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_encounter_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_encounter_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_encounter_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_encounter_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_encounter_appointment_id")),
        sa.UniqueConstraint("service_request_id", name=op.f("uq_encounter_service_request_id")),
    )
    op.create_index(
        op.f("ix_encounter_organization_id"), "encounter", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_encounter_partner_organization_id"),
        "encounter",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_index(op.f("ix_encounter_patient_id"), "encounter", ["patient_id"], unique=False)
    op.create_index(
        op.f("ix_encounter_practitioner_id"), "encounter", ["practitioner_id"], unique=False
    )
    op.create_table(
        "encounter_participant",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_by", sa.Uuid(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('clinician', 'specialist', 'crew', 'patient', 'guest')",
            name=op.f("ck_encounter_participant_role"),
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_encounter_participant_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_encounter_participant_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_encounter_participant_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_encounter_participant_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_encounter_participant_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter_participant")),
    )
    op.create_index(
        op.f("ix_encounter_participant_encounter_id"),
        "encounter_participant",
        ["encounter_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_encounter_participant_organization_id"),
        "encounter_participant",
        ["organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_encounter_participant_partner_organization_id"),
        "encounter_participant",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_encounter_participant_patient_id"),
        "encounter_participant",
        ["patient_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_encounter_participant_practitioner_id"),
        "encounter_participant",
        ["practitioner_id"],
        unique=False,
    )
    op.create_index(
        "uq_encounter_participant_patient",
        "encounter_participant",
        ["encounter_id"],
        unique=True,
        postgresql_where=sa.text("role = 'patient'"),
    )
    op.create_index(
        "uq_encounter_participant_practitioner",
        "encounter_participant",
        ["encounter_id", "practitioner_id"],
        unique=True,
        postgresql_where=sa.text("practitioner_id IS NOT NULL"),
    )
    op.create_table(
        "note",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["practitioner.id"], name=op.f("fk_note_author_id")),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_note_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_note_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_note_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_note_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_author_id"), "note", ["author_id"], unique=False)
    op.create_index(op.f("ix_note_encounter_id"), "note", ["encounter_id"], unique=False)
    op.create_index(op.f("ix_note_organization_id"), "note", ["organization_id"], unique=False)
    op.create_index(
        op.f("ix_note_partner_organization_id"), "note", ["partner_organization_id"], unique=False
    )
    op.create_index(op.f("ix_note_patient_id"), "note", ["patient_id"], unique=False)
    op.create_table(
        "service_request",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("call_sign", sa.String(), nullable=False),
        sa.Column("age_years", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("atmist", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("news2", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("time_critical", sa.Boolean(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("eta_minutes", sa.Integer(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_by_name", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "sex IN ('male', 'female', 'other', 'unknown')", name=op.f("ck_service_request_sex")
        ),
        sa.CheckConstraint(
            "state IN ('ringing', 'unanswered', 'accepted', 'completed', 'revoked')",
            name=op.f("ck_service_request_state"),
        ),
        sa.CheckConstraint(
            "age_years BETWEEN 0 AND 130", name=op.f("ck_service_request_age_years")
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_service_request_latitude")),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180", name=op.f("ck_service_request_longitude")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["practitioner.id"], name=op.f("fk_service_request_accepted_by")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_service_request_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_service_request_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_service_request_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_service_request_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["practitioner.id"], name=op.f("fk_service_request_requester_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["healthcare_service.id"], name=op.f("fk_service_request_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request")),
    )
    op.create_index(
        op.f("ix_service_request_organization_id"),
        "service_request",
        ["organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_request_partner_organization_id"),
        "service_request",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_request_patient_id"), "service_request", ["patient_id"], unique=False
    )
    op.create_index(
        "ix_service_request_queue",
        "service_request",
        ["partner_organization_id", "state", "raised_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_request_requester_id"), "service_request", ["requester_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_request_service_id"), "service_request", ["service_id"], unique=False
    )
    op.create_table(
        "attendance",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_attendance_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_attendance_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["encounter_participant.id"],
            name=op.f("fk_attendance_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_attendance_partner_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    op.create_index(
        op.f("ix_attendance_encounter_id"), "attendance", ["encounter_id"], unique=False
    )
    op.create_index(
        op.f("ix_attendance_organization_id"), "attendance", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_attendance_participant_id"), "attendance", ["participant_id"], unique=False
    )
    op.create_index(
        op.f("ix_attendance_partner_organization_id"),
        "attendance",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_table(
        "chat_message",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_chat_message_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_chat_message_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["encounter_participant.id"],
            name=op.f("fk_chat_message_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_chat_message_partner_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
    )
    op.create_index(
        op.f("ix_chat_message_encounter_id"), "chat_message", ["encounter_id"], unique=False
    )
    op.create_index(
        op.f("ix_chat_message_organization_id"), "chat_message", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_chat_message_partner_organization_id"),
        "chat_message",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_table(
        "join_link",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_join_link_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_join_link_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["encounter_participant.id"],
            name=op.f("fk_join_link_participant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_join_link_partner_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_link")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_join_link_secret_digest")),
    )
    op.create_index(op.f("ix_join_link_encounter_id"), "join_link", ["encounter_id"], unique=False)
    op.create_index(
        op.f("ix_join_link_organization_id"), "join_link", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_join_link_participant_id"), "join_link", ["participant_id"], unique=False
    )
    op.create_index(
        op.f("ix_join_link_partner_organization_id"),
        "join_link",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_table(
        "observation",
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("service_request_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("text_value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(value IS NULL) <> (text_value = '')", name=op.f("ck_observation_one_value")
        ),
        sa.CheckConstraint(
            "status IN ('final', 'entered-in-error')", name=op.f("ck_observation_status")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_observation_encounter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_observation_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_observation_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_observation_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["practitioner.id"], name=op.f("fk_observation_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["service_request_id"],
            ["service_request.id"],
            name=op.f("fk_observation_service_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    op.create_index(
        "ix_observation_encounter_taken", "observation", ["encounter_id", "taken_at"], unique=False
    )
    op.create_index(
        op.f("ix_observation_organization_id"), "observation", ["organization_id"], unique=False
    )
    op.create_index(
        op.f("ix_observation_partner_organization_id"),
        "observation",
        ["partner_organization_id"],
        unique=False,
    )
    op.create_index(op.f("ix_observation_patient_id"), "observation", ["patient_id"], unique=False)
    op.create_index(
        "ix_observation_request_taken",
        "observation",
        ["service_request_id", "taken_at"],
        unique=False,
    )
    op.create_table(
        "ring",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_name", sa.String(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('ringing', 'accepted', 'declined', 'missed', 'withdrawn')",
            name=op.f("ck_ring_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ring_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_organization_id"],
            ["organization.id"],
            name=op.f("fk_ring_partner_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_ring_practitioner_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_ring_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring")),
    )
    op.create_index(op.f("ix_ring_organization_id"), "ring", ["organization_id"], unique=False)
    op.create_index(
        op.f("ix_ring_partner_organization_id"), "ring", ["partner_organization_id"], unique=False
    )
    op.create_index(op.f("ix_ring_practitioner_id"), "ring", ["practitioner_id"], unique=False)
    op.create_index(op.f("ix_ring_request_id"), "ring", ["request_id"], unique=False)
    op.create_index(
        "uq_ring_one_at_a_time",
        "ring",
        ["request_id", "practitioner_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'ringing'"),
    )
    op.create_table(
        "sign_in",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('cookie', 'refresh')", name=op.f("ck_sign_in_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sign_in_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["encounter_participant.id"], name=op.f("fk_sign_in_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_sign_in_secret_digest")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_sign_in_organization_id"), "sign_in", ["organization_id"], unique=False
    )
    op.create_index(op.f("ix_sign_in_participant_id"), "sign_in", ["participant_id"], unique=False)
    op.create_index(
        op.f("ix_sign_in_previous_digest"), "sign_in", ["previous_digest"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sign_in_previous_digest"), table_name="sign_in")
    op.drop_index(op.f("ix_sign_in_participant_id"), table_name="sign_in")
    op.drop_index(op.f("ix_sign_in_organization_id"), table_name="sign_in")
    op.drop_index(op.f("ix_sign_in_account_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index(
        "uq_ring_one_at_a_time", table_name="ring", postgresql_where=sa.text("outcome = 'ringing'")
    )
    op.drop_index(op.f("ix_ring_request_id"), table_name="ring")
    op.drop_index(op.f("ix_ring_practitioner_id"), table_name="ring")
    op.drop_index(op.f("ix_ring_partner_organization_id"), table_name="ring")
    op.drop_index(op.f("ix_ring_organization_id"), table_name="ring")
    op.drop_table("ring")
    op.drop_index("ix_observation_request_taken", table_name="observation")
    op.drop_index(op.f("ix_observation_patient_id"), table_name="observation")
    op.drop_index(op.f("ix_observation_partner_organization_id"), table_name="observation")
    op.drop_index(op.f("ix_observation_organization_id"), table_name="observation")
    op.drop_index("ix_observation_encounter_taken", table_name="observation")
    op.drop_table("observation")
    op.drop_index(op.f("ix_join_link_partner_organization_id"), table_name="join_link")
    op.drop_index(op.f("ix_join_link_participant_id"), table_name="join_link")
    op.drop_index(op.f("ix_join_link_organization_id"), table_name="join_link")
    op.drop_index(op.f("ix_join_link_encounter_id"), table_name="join_link")
    op.drop_table("join_link")
    op.drop_index(op.f("ix_chat_message_partner_organization_id"), table_name="chat_message")
    op.drop_index(op.f("ix_chat_message_organization_id"), table_name="chat_message")
    op.drop_index(op.f("ix_chat_message_encounter_id"), table_name="chat_message")
    op.drop_table("chat_message")
    op.drop_index(op.f("ix_attendance_partner_organization_id"), table_name="attendance")
    op.drop_index(op.f("ix_attendance_participant_id"), table_name="attendance")
    op.drop_index(op.f("ix_attendance_organization_id"), table_name="attendance")
    op.drop_index(op.f("ix_attendance_encounter_id"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(op.f("ix_service_request_service_id"), table_name="service_request")
    op.drop_index(op.f("ix_service_request_requester_id"), table_name="service_request")
    op.drop_index("ix_service_request_queue", table_name="service_request")
    op.drop_index(op.f("ix_service_request_patient_id"), table_name="service_request")
    op.drop_index(op.f("ix_service_request_partner_organization_id"), table_name="service_request")
    op.drop_index(op.f("ix_service_request_organization_id"), table_name="service_request")
    op.drop_table("service_request")
    op.drop_index(op.f("ix_note_patient_id"), table_name="note")
    op.drop_index(op.f("ix_note_partner_organization_id"), table_name="note")
    op.drop_index(op.f("ix_note_organization_id"), table_name="note")
    op.drop_index(op.f("ix_note_encounter_id"), table_name="note")
    op.drop_index(op.f("ix_note_author_id"), table_name="note")
    op.drop_table("note")
    op.drop_index(
        "uq_encounter_participant_practitioner",
        table_name="encounter_participant",
        postgresql_where=sa.text("practitioner_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_encounter_participant_patient",
        table_name="encounter_participant",
        postgresql_where=sa.text("role = 'patient'"),
    )
    op.drop_index(
        op.f("ix_encounter_participant_practitioner_id"), table_name="encounter_participant"
    )
    op.drop_index(op.f("ix_encounter_participant_patient_id"), table_name="encounter_participant")
    op.drop_index(
        op.f("ix_encounter_participant_partner_organization_id"), table_name="encounter_participant"
    )
    op.drop_index(
        op.f("ix_encounter_participant_organization_id"), table_name="encounter_participant"
    )
    op.drop_index(op.f("ix_encounter_participant_encounter_id"), table_name="encounter_participant")
    op.drop_table("encounter_participant")
    op.drop_index(op.f("ix_encounter_practitioner_id"), table_name="encounter")
    op.drop_index(op.f("ix_encounter_patient_id"), table_name="encounter")
    op.drop_index(op.f("ix_encounter_partner_organization_id"), table_name="encounter")
    op.drop_index(op.f("ix_encounter_organization_id"), table_name="encounter")
    op.drop_table("encounter")
    op.drop_index(op.f("ix_schedule_service_id"), table_name="schedule")
    op.drop_index(op.f("ix_schedule_practitioner_id"), table_name="schedule")
    op.drop_index(op.f("ix_schedule_organization_id"), table_name="schedule")
    op.drop_table("schedule")
    op.drop_index(op.f("ix_practitioner_role_service_id"), table_name="practitioner_role")
    op.drop_index(op.f("ix_practitioner_role_practitioner_id"), table_name="practitioner_role")
    op.drop_index(op.f("ix_practitioner_role_organization_id"), table_name="practitioner_role")
    op.drop_table("practitioner_role")
    op.drop_index(op.f("ix_appointment_service_id"), table_name="appointment")
    op.drop_index(op.f("ix_appointment_practitioner_id"), table_name="appointment")
    op.drop_index(op.f("ix_appointment_patient_id"), table_name="appointment")
    op.drop_index(op.f("ix_appointment_organization_id"), table_name="appointment")
    op.drop_index("ix_appointment_day", table_name="appointment")
    op.drop_table("appointment")
    op.drop_index(op.f("ix_account_practitioner_id"), table_name="account")
    op.drop_index(op.f("ix_account_organization_id"), table_name="account")
    op.drop_table("account")
    op.drop_index(op.f("ix_practitioner_organization_id"), table_name="practitioner")
    op.drop_table("practitioner")
    op.drop_index(op.f("ix_patient_organization_id"), table_name="patient")
    op.drop_table("patient")
    op.drop_index("ix_outbox_event_position", table_name="outbox_event")
    op.drop_index(op.f("ix_outbox_event_organization_id"), table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_index(op.f("ix_idempotency_key_organization_id"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("ix_healthcare_service_organization_id"), table_name="healthcare_service")
    op.drop_table("healthcare_service")
    op.drop_index("ix_audit_event_recorded", table_name="audit_event")
    op.drop_index("ix_audit_event_patient", table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_organization_id"), table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_index(op.f("ix_api_client_organization_id"), table_name="api_client")
    op.drop_table("api_client")
    op.drop_table("organization")
