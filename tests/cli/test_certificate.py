"""The certificate made on the spot."""

import datetime
from pathlib import Path

from cryptography import x509

from app.cli.certificate import LIFETIME, CertificateFiles, certificate_for

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


def names(files: CertificateFiles) -> set[str]:
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(each) for each in named.get_values_for_type(x509.IPAddress)}
    return addresses | set(named.get_values_for_type(x509.DNSName))


def test_it_names_this_machine_by_every_address(tmp_path: Path) -> None:
    files = certificate_for(tmp_path, ["192.0.2.7"], now=NOW)

    assert names(files) == {"localhost", "127.0.0.1", "::1", "192.0.2.7"}


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    files = certificate_for(tmp_path, [], now=NOW)

    assert files.key.stat().st_mode & 0o777 == 0o600


def test_it_is_kept_so_that_a_phone_is_asked_once(tmp_path: Path) -> None:
    first = certificate_for(tmp_path, ["192.0.2.7"], now=NOW).certificate.read_bytes()

    again = certificate_for(tmp_path, ["192.0.2.7"], now=NOW).certificate.read_bytes()

    assert again == first


def test_a_new_address_makes_a_new_one(tmp_path: Path) -> None:
    certificate_for(tmp_path, ["192.0.2.7"], now=NOW)

    files = certificate_for(tmp_path, ["192.0.2.8"], now=NOW)

    assert "192.0.2.8" in names(files)


def test_one_near_its_end_is_renewed(tmp_path: Path) -> None:
    first = certificate_for(tmp_path, [], now=NOW).certificate.read_bytes()

    late = certificate_for(tmp_path, [], now=NOW + LIFETIME - datetime.timedelta(days=1))

    assert late.certificate.read_bytes() != first


def test_a_damaged_one_is_replaced(tmp_path: Path) -> None:
    files = certificate_for(tmp_path, [], now=NOW)
    files.certificate.write_text("not a certificate")

    certificate_for(tmp_path, [], now=NOW)

    assert "localhost" in names(files)
