"""Can a name, a redirect or an answer lead the house where it must not go? (SEC-51, SEC-52)"""

import asyncio
import gzip
import re
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from adapters.settings import Settings
from adapters.webhooks.addresses import AddressRefused, AddressRules, target_of
from adapters.webhooks.office import rules_of
from adapters.webhooks.transport import Answered, GuardedClient, NotAnswered
from tests.architecture.tree import sources
from tests.kit.receiver import Reply, receiving

STRICT = AddressRules()
# Reading all the roots that the system trusts takes longer than any of these tests.
TLS = ssl.create_default_context()
PUBLIC = "93.184.216.34"
# Everything that is not globally routable, and everything that hides such an address.
PRIVATE = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.254 192.168.1.1 169.254.169.254 100.64.0.1
100.127.255.254 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255 ::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:93.184.216.34 ::127.0.0.1 64:ff9b::7f00:1
64:ff9b::5db8:d822 64:ff9b:1::a00:1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:a00:1:: fc00::1 fd12:3456::1
fe80::1 fe80::1%eth0 fec0::1 ff02::1 5f00::1 3fff::1
""".split()
REFUSED_URLS = [
    *(
        "http://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "ftp://hooks.example.com/",
    ),
    *("//hooks.example.com/", "hooks.example.com", "https://", "https:///path", "javascript:alert(1)"),
    *(
        "https://user@hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
    ),
    *(f"https://hooks.example.com:{port}/" for port in (0, 22, 25, 80, 5432, 6379, 8000, 65536)),
    *(
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/",
    ),
    *(
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0x7f.1/",
        "https://127.1/",
    ),
    *("https://127.0.0.1./", "https://①②⑦.0.0.1/", "https://1２7.0.0.1/", "https://[fe80::1%25eth0]/"),
    *(
        "https://hooks.example.com/\r\nX-Evil: 1",
        "https://hooks.example.com/a b",
        "https://hooks\\.example.com/",
    ),
    *(
        "https://hooks.example.com/é",
        "https://hooks..example.com/",
        "https://-hooks.example.com/",
        "https://h\x00.example/",
    ),
    *(
        "https://hooks.example.com/#part",
        "https://" + "a" * 64 + ".example/",
        "https://hooks.example.com/" + "a" * 2_000,
    ),
]


class Wire(AsyncNetworkBackend):
    """Counts the sockets that would be opened; each of them leads to one receiver, or nowhere."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port
        self.opened: list[str] = []

    async def connect_tcp(
        self, host: str, port: int, timeout: Any = None, local_address: Any = None, socket_options: Any = None
    ) -> AsyncNetworkStream:
        self.opened.append(host)
        if self.port is None:
            raise AssertionError(f"a socket to {host} was opened")
        return await AnyIOBackend().connect_tcp("127.0.0.1", self.port, timeout)


class Resolver:
    """Answers each question with the next of its answers: a name that changes its mind."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def ask(client: GuardedClient, *urls: str, **options: Any) -> list[Answered | NotAnswered]:
    """What each address answers, one after the other, through one client."""

    async def all_of_them() -> list[Answered | NotAnswered]:
        answers: list[Answered | NotAnswered] = []
        async with client.line() as line:
            for url in urls:
                try:
                    answers.append(await line.send(url, body=b"{}", allows_http=True, **options))
                except NotAnswered as refusal:
                    answers.append(refusal)
        return answers

    return asyncio.run(all_of_them())


def code_of(answer: Answered | NotAnswered) -> str:
    assert isinstance(answer, NotAnswered), answer
    return answer.code


class TestAnAddress:
    @pytest.mark.parametrize("url", REFUSED_URLS, ids=repr)
    def test_is_refused_before_anything_is_looked_up(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            target_of(url, STRICT)
        resolver, wire = Resolver([PUBLIC]), Wire()
        client = GuardedClient(AddressRules(allows_http=False), resolver, ssl_context=TLS, backend=wire)
        assert code_of(ask(client, url)[0]) == "address_refused"
        assert not resolver.asked
        assert not wire.opened

    @pytest.mark.parametrize(
        ("url", "spelled"),
        [
            ("https://Hooks.Example.COM./path?q=1", "https://hooks.example.com/path?q=1"),
            ("https://hooks.example.com:443", "https://hooks.example.com/"),
            ("https://hooks.example.com:8443/x", "https://hooks.example.com:8443/x"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            (f"https://{PUBLIC}/", f"https://{PUBLIC}/"),
            ("https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]/"),
        ],
    )
    def test_has_one_spelling(self, url: str, spelled: str) -> None:
        assert target_of(url, STRICT).url == spelled

    def test_without_tls_needs_two_words(self) -> None:
        url = "http://hooks.example.com/"
        assert target_of(url, STRICT, allows_http=True).port == 80
        production = Settings(env="production", webhook_loopback=True)
        for rules in (rules_of(production), AddressRules(allows_http=False)):
            with pytest.raises(AddressRefused):
                target_of(url, rules, allows_http=True)
        assert rules_of(Settings(env="production", webhook_http=True)).allows_http
        assert not rules_of(production).allows_loopback, "production never speaks to itself"


class TestAName:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_that_leads_inside_opens_no_socket(self, address: str) -> None:
        """Alone, and among public answers: one that is not globally routable spoils the name."""
        for answers in ([address], [PUBLIC, address], [address, PUBLIC]):
            wire = Wire()
            client = GuardedClient(STRICT, Resolver(answers), ssl_context=TLS, backend=wire)
            assert code_of(ask(client, "https://hooks.example.com/")[0]) == "address_refused"
            assert not wire.opened

    def test_that_changes_its_mind_is_asked_once_and_held_to_its_word(self) -> None:
        """DNS rebinding: public at first, private next. The socket goes to what was judged, under the first name."""
        with receiving() as receiver:
            port = int(receiver.url("/").split(":")[2].strip("/"))
            wire, resolver = Wire(port), Resolver([PUBLIC], ["127.0.0.1"], ["169.254.169.254"])
            client = GuardedClient(STRICT, resolver, ssl_context=TLS, backend=wire)
            receiver.answer("/", Reply(200, {"Connection": "close"}))
            answers = ask(client, *["http://hooks.example.com/"] * 3)
            assert isinstance(answers[0], Answered)
            assert [code_of(each) for each in answers[1:]] == ["address_refused"] * 2
            assert wire.opened == [PUBLIC]
            assert resolver.asked == ["hooks.example.com"] * 3
            (heard,) = receiver.heard
            assert heard.headers["host"] == "hooks.example.com"

    def test_is_what_the_certificate_must_say(self, tmp_path: Path) -> None:
        """Wrong TLS: another name, and an unknown issuer; the right name arrives with its SNI."""
        key, certificate = issued(tmp_path, "hooks.example.com")
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate, key)
        named: list[str | None] = []
        server.set_servername_callback(lambda connection, name, context: named.append(name))
        trusting = ssl.create_default_context(cafile=str(certificate))
        with receiving(tls=server) as receiver:
            port = int(receiver.url("/").split(":")[2].strip("/"))

            def answer_of(name: str, tls: ssl.SSLContext | None) -> Answered | NotAnswered:
                client = GuardedClient(STRICT, Resolver([PUBLIC]), ssl_context=tls or TLS, backend=Wire(port))
                return ask(client, f"https://{name}/")[0]

            assert isinstance(answer_of("hooks.example.com", trusting), Answered)
            assert code_of(answer_of("other.example.com", trusting)) == "tls_failed"
            assert code_of(answer_of("hooks.example.com", None)) == "tls_failed"
            assert named[:2] == ["hooks.example.com", "other.example.com"]


class TestAnAnswer:
    def test_is_read_a_little_and_never_unpacked(self) -> None:
        bomb = gzip.compress(b"0" * 10_000_000)
        with receiving() as receiver:
            receiver.answer("/bomb", Reply(200, {"Content-Encoding": "gzip"}, bomb))
            receiver.answer("/long", Reply(200, megabytes=10))
            client = GuardedClient(AddressRules(allows_loopback=True), ssl_context=TLS)
            packed, long = ask(client, receiver.url("/bomb"), receiver.url("/long"))
            assert isinstance(packed, Answered)
            assert packed.body == bomb[: len(packed.body)]
            assert isinstance(long, Answered)
            assert len(long.body) == 64 * 1024
            assert receiver.heard[0].headers["accept-encoding"] == "identity"

    def test_leads_nowhere_and_may_not_drip(self) -> None:
        with receiving() as receiver:
            receiver.answer("/moved", Reply(307, {"Location": receiver.url("/inside")}))
            receiver.answer("/drip", Reply(200, drips=True))
            client = GuardedClient(AddressRules(allows_loopback=True), ssl_context=TLS, timeout_s=0.4)
            began = monotonic()
            moved, dripped = ask(client, receiver.url("/moved"), receiver.url("/drip"))
            assert isinstance(moved, Answered)
            assert moved.status == 307
            assert not receiver.at("/inside")
            assert code_of(dripped) == "timed_out"
            assert monotonic() - began < 2

    def test_comes_past_no_proxy_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        with receiving() as receiver:
            client = GuardedClient(AddressRules(allows_loopback=True), ssl_context=TLS)
            assert isinstance(ask(client, receiver.url("/direct"))[0], Answered)

    def test_is_not_asked_for_with_a_header_that_ends_its_line(self) -> None:
        with receiving() as receiver:
            client = GuardedClient(AddressRules(allows_loopback=True), ssl_context=TLS)
            evil = {"X-Note": "a\r\nX-Evil: 1"}
            assert code_of(ask(client, receiver.url("/"), headers=evil)[0]) == "broken_off"
            assert not receiver.heard


def test_nobody_else_speaks_to_addresses_of_users() -> None:
    """SEC-52: who imports a client of HTTP is listed; addresses that users name go through this one."""
    client = re.compile(
        r"^\s*(?:import|from) (?:httpx2|httpcore2|urllib\.request|http\.client|requests|aiohttp|urllib3)\b",
        re.M,
    )
    # These speak to addresses that the operator set, or to the house itself; so does the command line.
    operators = {
        "adapters/demo/access.py",
        "adapters/installation.py",
        "adapters/operations/doctor.py",
        "adapters/operations/prober.py",
        "adapters/rates/ecb.py",
    }
    importing = {
        source.path
        for source in sources("adapters", "application", "domain", "projections", "api")
        if client.search(source.text)
    }
    assert {path for path in importing if not path.startswith("api/terminal/")} == {
        "adapters/webhooks/transport.py",
        *operators,
    }


def issued(folder: Path, name: str) -> tuple[Path, Path]:
    """A key and a certificate that says the name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file
