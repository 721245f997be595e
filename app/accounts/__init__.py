"""Use cases: accounts and their passwords, sign-in, sessions, refresh tokens, API clients."""

from app.accounts.clients import (
    authenticate_bearer,
    authenticate_client,
    bearer_token,
    create_client,
    principal_of_client,
)
from app.accounts.demo import DemoAccount, demo_accounts
from app.accounts.passwords import check_policy, hash_password
from app.accounts.registration import create_account, disable_account
from app.accounts.sessions import (
    Opened,
    digest,
    open_session,
    principal_of_cookie,
    principal_of_sign_in,
    revoke,
)
from app.accounts.signing_in import Signed, refresh, sign_in, sign_out

__all__ = [
    "DemoAccount",
    "Opened",
    "Signed",
    "authenticate_bearer",
    "authenticate_client",
    "bearer_token",
    "check_policy",
    "create_account",
    "create_client",
    "demo_accounts",
    "digest",
    "disable_account",
    "hash_password",
    "open_session",
    "principal_of_client",
    "principal_of_cookie",
    "principal_of_sign_in",
    "refresh",
    "revoke",
    "sign_in",
    "sign_out",
]
