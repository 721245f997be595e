"""Encoders that publish by WHIP and screens that watch by WHEP, and their seats."""

import sqlalchemy as sa

from alembic import op

revision = "0021"
down_revision = "0020"

ROLE = "openconsult_runtime"
OWN = "organization_id = (SELECT openconsult_organization())"


def upgrade() -> None:
    op.create_table(
        "video_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("call_sign", sa.String(), nullable=False),
        sa.Column("api_client_id", sa.Uuid(), nullable=False),
        sa.Column("registered_by_name", sa.String(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('encoder', 'screen')", name=op.f("ck_video_device_kind")),
        *_references(
            organization_id="organization.id",
            api_client_id="api_client.id",
            encounter_id="encounter.id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_device")),
        sa.UniqueConstraint("api_client_id", name=op.f("uq_video_device_api_client_id")),
    )
    op.create_index(op.f("ix_video_device_organization_id"), "video_device", ["organization_id"])
    op.execute("ALTER TABLE video_device ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE video_device FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON video_device TO {ROLE}")
    op.execute(
        f"CREATE POLICY video_device_own ON video_device FOR ALL TO {ROLE}"
        f" USING ({OWN}) WITH CHECK ({OWN})"
    )
    _seats()


def _references(**columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_video_device_{column}"))
        for column, target in columns.items()
    ]


def _seats() -> None:
    op.add_column("encounter_participant", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_encounter_participant_device_id"),
        "encounter_participant",
        "video_device",
        ["device_id"],
        ["id"],
    )
    op.create_index(
        "uq_encounter_participant_device",
        "encounter_participant",
        ["encounter_id", "device_id"],
        unique=True,
        postgresql_where=sa.text("device_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_encounter_participant_device", table_name="encounter_participant")
    op.drop_constraint(
        op.f("fk_encounter_participant_device_id"), "encounter_participant", type_="foreignkey"
    )
    op.drop_column("encounter_participant", "device_id")
    op.drop_table("video_device")
