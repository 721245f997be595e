"""The system behind a token, in one statement outside of a transaction: asked at each request."""

from alembic import op

revision = "0028"
down_revision = "0027"

ROLE = "openconsult_runtime"


def upgrade() -> None:
    # The duty holds for the length of the function: nothing is to be begun, set and committed.
    op.execute(
        "CREATE FUNCTION openconsult_client(known uuid)"
        " RETURNS TABLE (id uuid, organization_id uuid, name varchar, scopes varchar[],"
        " disabled_at timestamptz)"
        " LANGUAGE plpgsql STABLE SET openconsult.duty TO 'sign-in'"
        " AS $$ BEGIN RETURN QUERY SELECT c.id, c.organization_id, c.name, c.scopes, c.disabled_at"
        " FROM api_client c WHERE c.id = known; END $$"
    )
    op.execute("REVOKE ALL ON FUNCTION openconsult_client(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION openconsult_client(uuid) TO {ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION openconsult_client(uuid)")
