"""pgbench, with the statements of one booking: what this server can do when nobody thinks."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from app.database import RUNTIME_ROLE, Database
from app.embedded import binaries
from bench.bookings.ground import PATIENTS, SLOT, SLOTS_A_DAY, STEP, Ground, book_one
from bench.bookings.statements import Statement, recorded, script

RATE = re.compile(r"tps = ([\d.]+)")
NO_FAILURES = "number of failed transactions: 0 "


async def recording(database: Database, site: Ground, number: int) -> Sequence[Statement]:
    """The statements of one booking by a process that has booked before."""
    now = datetime.now(UTC)
    for each in range(number - 3, number):
        await book_one(database, site, each, now=now)
    with recorded(database) as found:
        await book_one(database, site, number, now=now)
    return found


def booking_script(statements: Sequence[Statement], site: Ground, number: int) -> str:
    """pgbench's script of bookings as `site.wish` counts them, from a recorded one."""
    wish = site.wish(number)
    known: Mapping[object, str] = {
        wish.practitioner_id: "md5('practitioner ' || :practitioner)::uuid",
        wish.patient_id: "md5('patient ' || :patient)::uuid",
        wish.start: "to_timestamp(:start)",
        wish.start + SLOT: "to_timestamp(:finish)",
    }
    fixed = frozenset({site.organization_id, site.service_id, site.scheduler.subject})
    opening = int(site.opening.timestamp())
    variables = [
        r"\set n :n + 1",
        r"\set fresh :first + :n * :clients + :client_id",
        rf"\set place mod(:fresh * {STEP}, {site.places})",
        rf"\set practitioner mod(:place, {site.practitioners})",
        rf"\set patient mod(:place, {PATIENTS})",
        rf"\set slot :place / {site.practitioners}",
        rf"\set day :slot / {SLOTS_A_DAY}",
        rf"\set start {opening} + :day * 86400 + mod(:slot, {SLOTS_A_DAY}) * 900",
        r"\set finish :start + 900",
    ]
    return script(statements, variables=variables, known=known, fixed=fixed)


def rate(url: str, path: Path, *, first: int, clients: int, seconds: int) -> float:
    """Transactions a second. Raises RuntimeError where one failed."""
    address = make_url(url)
    host, port = address.query["host"], address.query["port"]
    command = [
        *(str(binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared"),
        *(f"--client={clients}", "--jobs=1", f"--time={seconds}", f"--file={path}"),
        *(f"--define=first={first}", f"--define=clients={clients}", "--define=n=-1"),
        *("--host", str(host), "--port", str(port)),
        *("--username", str(address.username), str(address.database)),
    ]
    options = f"-c role={RUNTIME_ROLE} -c jit=off -c timezone=UTC"
    environment = {**os.environ, "PGOPTIONS": options}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = RATE.search(done.stdout)
    if found is None or NO_FAILURES not in done.stdout:
        raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
    return float(found[1])
