"""Nothing leads inside: not a name, not a second look-up, not a redirect, not a spelling."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outbound import AddressRefused, NoAnswer, Outbound, OutboundError, is_public

pytestmark = pytest.mark.anyio

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok"


class Names:
    """A resolver that says what it is told, and remembers what it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        if not self.answers:
            raise OSError
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Server:
    """Answers on loopback with raw bytes, and keeps what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.port = 0

    async def respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head)
        writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that ends when the test does, with whatever it was still saying."""
    saying: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        saying[task] = writer
        await respond(reader, writer)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for task, writer in saying.items():
        task.cancel()
        writer.close()
    if saying:
        await asyncio.wait(saying)


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[Server]:
    server = Server(*answers)
    async with listening(server.respond) as server.port:
        yield server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
        "2001::1", "2001:db8::1", "3fff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "ff0e::1", "100::1", "4000::1",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "193.63.1.1", "2a00:1450:4009::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//example.com", "ftp://example.com/", "file:///etc/passwd", "http://example.com/",
        "https://", "https:///x", "https://user:secret@example.com/", "https://user@example.com/",
        "https://127.0.0.1/", "https://localhost@127.0.0.1/", "https://127.1/", "https://0/",
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0x7f.1/",
        "https://127.0.0.1./", "https://1.2.3/", "https://foo.1/", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1%25eth0]/",
        "https://example.com:22/", "https://example.com:0/", "https://example.com:99999/",
        "https://exa mple.com/", "https://example.com/\r\nX: y", "https://example.com\\@127.0.0.1/",
        "https://-example.com/", "https://a..b/", "https://" + "a" * 2000, "https://①②⑦.0.0.1/",
        "https://169.254.169.254/latest/meta-data", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_what_is_no_public_https_address_is_refused(url: str) -> None:
    names = Names(["8.8.8.8"])

    with pytest.raises(AddressRefused):
        await Outbound(resolve=names).check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/", "https://example.com:8443/a?b=c#d", "https://bücher.example/",
        "https://my_host.example./", "https://8.8.8.8/", "https://[2a00:1450:4009::1]:8443/x",
    ],
)  # fmt: skip
async def test_a_public_https_address_is_taken(url: str) -> None:
    await Outbound(resolve=Names(["8.8.8.8", "2a00:1450:4009::1"])).check(url)


async def test_a_name_is_refused_when_any_of_its_addresses_is_inside() -> None:
    names = Names(["8.8.8.8", "10.0.0.1"])

    with pytest.raises(AddressRefused, match="public internet"):
        await Outbound(resolve=names).check("https://example.com/")


async def test_a_name_that_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(NoAnswer, match="no such address"):
        await Outbound(resolve=Names()).check("https://example.com/")


async def test_a_name_that_takes_for_ever_is_given_up() -> None:
    async def never(_: str, __: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    outbound = Outbound(resolve=never, deadline=timedelta(seconds=0.05))

    with pytest.raises(NoAnswer, match="too long"):
        await outbound.check("https://example.com/")


async def test_it_connects_to_the_address_it_checked_and_looks_up_once() -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with answering(OK) as server:
        url = f"http://hook.example:{server.port}/path?q=1"
        answer = await Outbound(LOOPBACK, resolve=names).post(url, b"{}", {"X-A": "b"})

    assert (answer.status, answer.body) == (200, b"ok")
    assert names.asked == [("hook.example", server.port)]
    (head,) = server.requests
    assert head.startswith(b"POST /path?q=1 HTTP/1.1\r\n")
    assert f"\r\nhost: hook.example:{server.port}\r\n".encode() in head.lower()
    assert b"\r\nx-a: b\r\n" in head.lower()


async def test_the_second_look_up_of_a_rebinding_name_is_checked_again() -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with answering(OK) as server:
        outbound = Outbound(LOOPBACK, resolve=names)
        url = f"http://hook.example:{server.port}/"
        await outbound.post(url, b"", {})

        with pytest.raises(AddressRefused):
            await outbound.post(url, b"", {})

    assert len(server.requests) == 1


async def test_http_is_for_loopback_only_even_where_a_network_is_allowed() -> None:
    outbound = Outbound([ip_network("10.0.0.0/8")], resolve=Names(["10.0.0.1"]))

    with pytest.raises(AddressRefused, match="https"):
        await outbound.check("http://inside.example:8080/")
    await outbound.check("https://inside.example/")


async def test_a_post_follows_no_redirect() -> None:
    async with answering(_redirect("http://127.0.0.1:9/")) as server:
        answer = await Outbound(LOOPBACK).post(f"http://127.0.0.1:{server.port}/", b"", {})

    assert answer.status == 302


async def test_a_fetch_follows_a_redirect() -> None:
    async with answering(_redirect("/there"), OK) as server:
        answer = await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/here")

    assert answer.body == b"ok"
    assert server.requests[1].startswith(b"GET /there")


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1:8080/", "https://169.254.169.254/", "file:///etc/passwd", "https://[::1"],
)
async def test_a_redirect_inside_is_refused(target: str) -> None:
    outbound = Outbound([ip_network("127.0.0.1/32")])
    async with answering(_redirect(target), OK) as server:
        with pytest.raises(AddressRefused, match=r"^It sends us to another address\. "):
            await outbound.fetch(f"http://127.0.0.1:{server.port}/")

    assert len(server.requests) == 1


async def test_redirects_in_a_circle_end() -> None:
    async with answering(_redirect("/")) as server:
        with pytest.raises(NoAnswer, match="from one address to the next"):
            await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/")

    assert len(server.requests) == 4


async def test_a_cookie_is_not_sent_back() -> None:
    async with answering(OK) as server:
        outbound = Outbound(LOOPBACK)
        for _ in range(2):
            await outbound.fetch(f"http://127.0.0.1:{server.port}/")

    assert b"cookie" not in server.requests[1].lower()


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with answering(OK) as server:
        answer = await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/")

    assert answer.status == 200


@pytest.mark.parametrize("head", [b"Content-Length: 2000000\r\n", b"Connection: close\r\n"])
async def test_a_body_too_large_is_not_read_to_its_end(head: bytes) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + bytes(2_000_000)) as server:
        with pytest.raises(NoAnswer, match="larger than 10 kB"):
            await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/", most_bytes=10 * 1024)


async def test_a_compressed_body_is_refused() -> None:
    async with answering(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"
    ) as server:
        with pytest.raises(NoAnswer, match="compressed"):
            await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/")


async def test_a_body_that_drips_is_given_up() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    async with listening(drip) as port:
        outbound = Outbound(LOOPBACK, deadline=timedelta(seconds=0.3))
        with pytest.raises(NoAnswer, match="too long"):
            await outbound.fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
async def test_an_answer_that_is_not_http_is_said_to_be_none(answer: bytes) -> None:
    async with answering(answer) as server:
        with pytest.raises(NoAnswer):
            await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/")


async def test_nobody_listening_is_no_answer() -> None:
    async with answering(OK) as server:
        pass

    with pytest.raises(OutboundError, match="Nobody answers"):
        await Outbound(LOOPBACK).fetch(f"http://127.0.0.1:{server.port}/")


async def test_the_next_address_is_tried_when_one_is_down() -> None:
    names = Names(["::1", "127.0.0.1"])
    async with answering(OK) as server:
        url = f"http://hook.example:{server.port}/"

        assert (await Outbound(LOOPBACK, resolve=names).fetch(url)).body == b"ok"


async def test_the_certificate_must_be_for_the_name_not_the_address(tmp_path: Path) -> None:
    serving, trusting = _certificate_for("hook.example", tmp_path)
    server = Server(OK)
    async with listening(server.respond, serving) as port:
        outbound = Outbound(LOOPBACK, resolve=Names(["127.0.0.1"]), tls=trusting)

        assert (await outbound.fetch(f"https://hook.example:{port}/")).body == b"ok"
        with pytest.raises(NoAnswer, match="certificate"):
            await outbound.fetch(f"https://other.example:{port}/")


def _redirect(target: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


def _certificate_for(name: str, directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = directory / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    trusting = ssl.create_default_context()
    trusting.load_verify_locations(path)
    return serving, trusting
