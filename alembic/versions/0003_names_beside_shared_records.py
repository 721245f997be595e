"""Names and choices that two organisations share, beside the record they belong to."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"

TEXTS = (
    ("encounter_participant", "role_label"),
    ("service_request", "requester_name"),
    ("service_request", "requester_organization_name"),
    ("service_request", "place"),
    ("note", "author_name"),
    ("observation", "recorded_by_name"),
)


def upgrade() -> None:
    for table, column in TEXTS:
        op.add_column(table, sa.Column(column, sa.String(), server_default="", nullable=False))
    op.add_column(
        "service_request", sa.Column("spo2_scale", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "service_request",
        sa.Column("pregnant", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_service_request_spo2_scale"), "service_request", "spo2_scale IN (1, 2)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_service_request_spo2_scale"), "service_request")
    op.drop_column("service_request", "pregnant")
    op.drop_column("service_request", "spo2_scale")
    for table, column in reversed(TEXTS):
        op.drop_column(table, column)
