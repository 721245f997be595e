"""Debian's coturn at the site of emulated links, with the configuration that sites are given."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from app.cli.certificate import certificate_for
from app.clock import utc_now
from deploy import turn
from tests.links.network import SITE, Network

PORT, TLS_PORT = 3_478, 443
SECRET = "0123456789abcdef" * 4
START_SECONDS = 10.0


@contextlib.contextmanager
def coturn(links: Network, folder: Path, *, user_quota: int = 24) -> Iterator[Path]:
    """Runs it, TLS too, and yields its log. Peers at the site's own address are allowed."""
    files = certificate_for(folder, (SITE,), now=utc_now())
    site = turn.Site(
        (SECRET,),
        "turn.example.org",
        listening=SITE,
        allowed=(SITE,),
        port=PORT,
        tls_port=TLS_PORT,
        certificate=str(files.certificate),
        key=str(files.key),
        user_quota=user_quota,
        # Not where Debian's own, if it runs, keeps its own.
        more=f"userdb={folder}/turndb\npidfile={folder}/turn.pid",
    )
    path, log = folder / "turnserver.conf", folder / "turn.log"
    turn.write(turn.render(site), path)
    program = shutil.which("turnserver")
    assert program, "Debian: apt-get install coturn"
    with log.open("wb") as output:
        process = subprocess.Popen(
            links.command("site", program, "-c", str(path)), stdout=output, stderr=output
        )
    try:
        _await_listening(links, process, log)
        yield log
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _await_listening(links: Network, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        listening = links.command("site", "ss", "-Hlun", f"sport = :{PORT}")
        if subprocess.run(listening, capture_output=True, check=True).stdout:
            return
        time.sleep(0.05)
    raise AssertionError(f"coturn does not listen:\n{log.read_text('utf-8', 'replace')}")
