"""What belongs to an urgent request follows it to another house: its partner may change, also where
nothing else of a record may.

Every table of shared records that names a request, or names what does, is found by its keys.
"""

from alembic import op

revision = "0019"
down_revision = "0018"

ROLE = "openconsult_runtime"
_EACH = """
    DO $$
    DECLARE found regclass;
    BEGIN
        FOR found IN
            WITH RECURSIVE belonging (oid) AS (
                SELECT 'service_request'::regclass::oid
                UNION
                SELECT key.conrelid FROM pg_constraint key
                JOIN belonging ON key.confrelid = belonging.oid
                WHERE key.contype = 'f'
                    AND EXISTS (
                        SELECT FROM pg_attribute a WHERE a.attrelid = key.conrelid
                        AND a.attname = 'partner_organization_id' AND NOT a.attisdropped
                    )
            )
            SELECT oid FROM belonging
            WHERE oid NOT IN (
                'service_request'::regclass, 'ring'::regclass,
                'request_step'::regclass, 'request_owner'::regclass
            )
        LOOP
            EXECUTE format('{verb} UPDATE (partner_organization_id) ON %s {to} {role}', found);
        END LOOP;
    END $$
"""


def upgrade() -> None:
    op.execute(_EACH.format(verb="GRANT", to="TO", role=ROLE))


def downgrade() -> None:
    op.execute(_EACH.format(verb="REVOKE", to="FROM", role=ROLE))
