"""Write coturn's configuration, from `turnserver.conf` beside this file and what a site chooses.

`python3 deploy/turn.py --help`. Runs on a bare Python, so it uses the standard library only.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).with_name("turnserver.conf")
LEAST_SECRET_CHARACTERS = 32


@dataclass(frozen=True)
class Site:
    """What differs between sites. `allowed` are the addresses that media is received on; `secrets`
    the one in use and, while it is being changed, the other; `outside` is for 1:1 NAT."""

    secrets: tuple[str, ...]
    realm: str
    listening: str
    allowed: tuple[str, ...]
    outside: str = ""
    port: int = 3478
    tls_port: int = 443
    certificate: str = ""
    key: str = ""
    least_port: int = 49_160
    most_port: int = 51_160
    user_quota: int = 24
    more: str = ""


def render(site: Site) -> str:
    """The configuration. Raises ValueError for what coturn would misread, or take as no secret."""
    for address in (site.listening, *site.allowed, *filter(None, (site.outside,))):
        ip_address(address)
    for secret in site.secrets:
        if (
            len(secret) < LEAST_SECRET_CHARACTERS
            or not secret.isprintable()
            or set("# ") & {*secret}
        ):
            raise ValueError(
                f"a secret must be one line of {LEAST_SECRET_CHARACTERS} or more characters"
                " without spaces or #: openssl rand -hex 32"
            )
    if not (site.secrets and site.allowed and site.realm):
        raise ValueError("a secret, a realm and a media address are needed")
    if bool(site.certificate) != bool(site.key):
        raise ValueError("a certificate and its key go together")
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        secrets=_lines("static-auth-secret", site.secrets),
        realm=site.realm,
        listening=site.listening,
        external=f"external-ip={site.outside}/{site.listening}" if site.outside else "",
        port=site.port,
        least_port=site.least_port,
        most_port=site.most_port,
        tls=_tls(site),
        allowed=_lines("allowed-peer-ip", site.allowed),
        user_quota=site.user_quota,
        more=site.more,
    )


def _lines(name: str, values: Sequence[str]) -> str:
    return "\n".join(f"{name}={value}" for value in values)


def _tls(site: Site) -> str:
    if not site.certificate:
        return "no-tls"
    return f"tls-listening-port={site.tls_port}\ncert={site.certificate}\npkey={site.key}"


def write(text: str, path: Path) -> None:
    """It holds the secrets: readable by its owner only."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        os.fchmod(opened, 0o600)
        file.write(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """As the command line says. 1 for what does not fit, told in one line."""
    parser = argparse.ArgumentParser(description="Write coturn's configuration.")
    parser.add_argument(
        "--secret-file",
        type=Path,
        action="append",
        required=True,
        help="what OPENCONSULT_TURN_SECRET_FILE names; twice while it is changed",
    )
    parser.add_argument("--realm", required=True, help="turn.example.org")
    parser.add_argument("--listening", required=True, help="this machine's address")
    parser.add_argument("--outside", default="", help="its outside address, behind 1:1 NAT")
    parser.add_argument(
        "--media",
        action="append",
        required=True,
        help="an address media is received on; again for each",
    )
    parser.add_argument("--certificate", default="", help="PEM, for turns: on port 443")
    parser.add_argument("--key", default="", help="PEM")
    parser.add_argument("output", type=Path)  # fmt: skip
    given = parser.parse_args(arguments)
    try:
        secrets = tuple(path.read_text("ascii").strip() for path in given.secret_file)
        site = Site(
            secrets, given.realm, given.listening, tuple(given.media),
            outside=given.outside, certificate=given.certificate, key=given.key,
        )  # fmt: skip
        write(render(site), given.output)
    except (OSError, ValueError) as error:
        print(f"turn.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
