"""Row-level security by organisation, and a runtime role that is not the owner."""

from alembic import op

revision = "0002"
down_revision = "0001"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
OWN_OR_PARTNER = f"({OWN} OR partner_organization_id = (SELECT openconsult_organization()))"
SIGN_IN = "(SELECT openconsult_duty()) = 'sign-in'"
RELAY = "(SELECT openconsult_duty()) = 'relay'"
JOBS = "(SELECT openconsult_duty()) = 'jobs'"

TENANTED = ("patient", "schedule", "idempotency_key")
SHARED = ("encounter", "encounter_participant", "attendance", "chat_message", "observation", "note")
DIRECTORY = ("practitioner", "practitioner_role", "healthcare_service")
SIGN_IN_TABLES = ("account", "sign_in", "api_client")
ALL = (
    *TENANTED,
    *SHARED,
    *DIRECTORY,
    *SIGN_IN_TABLES,
    "organization",
    "appointment",
    "audit_event",
    "join_link",
    "outbox_event",
    "ring",
    "service_request",
)
DELETABLE = ("idempotency_key", "appointment", "outbox_event", "sign_in")


def _policy(table: str, verb: str, using: str, check: str | None = None) -> None:
    clause = "" if verb == "INSERT" else f" USING ({using})"
    if verb in {"ALL", "INSERT", "UPDATE"}:
        clause += f" WITH CHECK ({check or using})"
    op.execute(f"CREATE POLICY {table}_{verb.lower()} ON {table} FOR {verb} TO {ROLE}{clause}")


def _functions() -> None:
    op.execute(
        "CREATE FUNCTION openconsult_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE"
        " AS $$ SELECT NULLIF(current_setting('openconsult.organization', true), '')::uuid $$"
    )
    op.execute(
        "CREATE FUNCTION openconsult_duty() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE"
        " AS $$ SELECT COALESCE(current_setting('openconsult.duty', true), '') $$"
    )


def _role() -> None:
    # Roles belong to the cluster: another database of it may have made this one already.
    op.execute(
        f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute(f"GRANT {ROLE} TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {ROLE}")


def _grants() -> None:
    for table in ALL:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        verbs = "SELECT, INSERT" if table in {"audit_event", "outbox_event"} else ""
        op.execute(f"GRANT {verbs or 'SELECT, INSERT, UPDATE'} ON {table} TO {ROLE}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {ROLE}")


def _policies() -> None:
    for table in TENANTED:
        _policy(table, "ALL", OWN)
    for table in SHARED:
        _policy(table, "ALL", OWN_OR_PARTNER)
    for table in DIRECTORY:
        _policy(table, "SELECT", f"{OWN} OR shared")
        _policy(table, "INSERT", OWN)
        _policy(table, "UPDATE", OWN)
    for table in SIGN_IN_TABLES:
        _policy(table, "ALL", f"{OWN} OR {SIGN_IN}")
    _policy("join_link", "ALL", f"{OWN_OR_PARTNER} OR {SIGN_IN}")
    for table in ("ring", "service_request"):
        _policy(table, "ALL", f"{OWN_OR_PARTNER}")
        op.execute(f"CREATE POLICY {table}_jobs ON {table} FOR SELECT TO {ROLE} USING ({JOBS})")
    _policy("organization", "SELECT", "true")
    _policy("organization", "INSERT", "id = (SELECT openconsult_organization())")
    _policy("organization", "UPDATE", "id = (SELECT openconsult_organization())")
    _policy("appointment", "SELECT", OWN)
    _policy("appointment", "INSERT", OWN)
    _policy("appointment", "UPDATE", OWN)
    # Only a hold may vanish; what was booked stays on record.
    _policy("appointment", "DELETE", f"{OWN} AND status = 'pending'")
    _policy("audit_event", "SELECT", OWN)
    _policy("audit_event", "INSERT", OWN)
    _policy("outbox_event", "INSERT", OWN)
    _policy("outbox_event", "SELECT", f"{OWN} OR {RELAY}")
    _policy("outbox_event", "DELETE", RELAY)


def upgrade() -> None:
    _functions()
    _role()
    _grants()
    _policies()


def downgrade() -> None:
    op.execute(f"DROP OWNED BY {ROLE}")  # its grants and policies, in this database only
    for table in ALL:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION openconsult_organization()")
    op.execute("DROP FUNCTION openconsult_duty()")
