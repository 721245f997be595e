"""`openconsult migrate`: give the database the shape this version needs."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from app import database
from app.cli.demo import load_demo
from app.cli.reach import DatabaseUnreachable, owner_url
from app.config import Settings


def migrate(settings: Settings) -> str:
    """Bring the database up to date; in demo mode fill it. What to tell whoever runs it.

    Raises DatabaseUnreachable.
    """
    with owner_url(settings) as url:
        try:
            database.migrate(url)
            return asyncio.run(load_demo(url, settings))
        except (OSError, SQLAlchemyError) as error:
            raise DatabaseUnreachable(type(error).__name__) from error
