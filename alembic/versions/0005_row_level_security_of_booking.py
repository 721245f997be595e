"""Row-level security for the booking engine's tables."""

from alembic import op

revision = "0005"
down_revision = "0004"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"
PARTNER = "partner_organization_id = (SELECT openconsult_organization())"
SIGN_IN = "(SELECT openconsult_duty()) = 'sign-in'"
RELAY = "(SELECT openconsult_duty()) = 'relay'"
JOBS = "(SELECT openconsult_duty()) = 'jobs'"

OWN_ONLY = (
    "schedule_exception",
    "appointment_series",
    "group_session",
    "occupancy",
    "location",
    "waiting_list_entry",
    "messaging_policy",
    "webhook",
    "busy_time",
)
# Work that a job finds across organisations, then does as one of them.
WITH_JOBS = ("communication", "webhook_delivery", "busy_source")
# Found by the secret in a link, before the organisation is known.
BY_SECRET = ("calendar_feed",)
DELETABLE = (
    "schedule_exception",
    "group_session",
    "occupancy",
    "busy_time",
    "busy_source",
    "calendar_feed",
    "webhook_delivery",
    "job_lease",
)
INSTALLATION = ("job_lease", "outbox_consumer")
ALL = (
    *OWN_ONLY,
    *WITH_JOBS,
    *BY_SECRET,
    *INSTALLATION,
    "waiting_list_offer",
    "sharing_agreement",
)


def _policy(table: str, name: str, verb: str, using: str) -> None:
    clause = "" if verb == "INSERT" else f" USING ({using})"
    if verb != "SELECT":
        clause += f" WITH CHECK ({using})"
    op.execute(f"CREATE POLICY {table}_{name} ON {table} FOR {verb} TO {ROLE}{clause}")


def upgrade() -> None:
    for table in ALL:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {ROLE}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {ROLE}")
    for table in (*OWN_ONLY, *WITH_JOBS, *BY_SECRET, "waiting_list_offer"):
        _policy(table, "own", "ALL", OWN)
    for table in (*WITH_JOBS, "waiting_list_offer"):
        _policy(table, "jobs", "SELECT", JOBS)
    for table in (*BY_SECRET, "waiting_list_offer"):
        _policy(table, "sign_in", "SELECT", SIGN_IN)
    for table in INSTALLATION:
        _policy(table, "installation", "ALL", f"{JOBS} OR {RELAY}")
    _policy("sharing_agreement", "own", "ALL", OWN)
    _policy("sharing_agreement", "partner", "SELECT", PARTNER)
    # A sweep finds holds that ran out and time that has passed, then removes them as their owner.
    _policy("appointment", "jobs", "SELECT", f"{JOBS} AND status = 'pending'")
    _policy("occupancy", "jobs", "SELECT", JOBS)


def downgrade() -> None:
    for table in ("appointment", "occupancy"):
        op.execute(f"DROP POLICY {table}_jobs ON {table}")
    _drop_policies()
    for table in ALL:
        op.execute(f"REVOKE ALL ON {table} FROM {ROLE}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _drop_policies() -> None:
    for table in (*OWN_ONLY, *WITH_JOBS, *BY_SECRET, "waiting_list_offer", "sharing_agreement"):
        op.execute(f"DROP POLICY {table}_own ON {table}")
    for table in (*WITH_JOBS, "waiting_list_offer"):
        op.execute(f"DROP POLICY {table}_jobs ON {table}")
    for table in (*BY_SECRET, "waiting_list_offer"):
        op.execute(f"DROP POLICY {table}_sign_in ON {table}")
    for table in INSTALLATION:
        op.execute(f"DROP POLICY {table}_installation ON {table}")
    op.execute("DROP POLICY sharing_agreement_partner ON sharing_agreement")
