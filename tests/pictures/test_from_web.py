"""Pictures from the web: which addresses are asked, and what is taken from them.

No test asks the real web: names are looked up in a table, and a socket that wants to leave this machine is
written down and refused.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.web_server import HERE, Exchange, Web, gives, leads, png, serving
from trickcore import ImageError, picture_from_web
from trickcore.pictures.from_web import addresses
from trickcore.pictures.from_web.addresses import WebError, allowed_networks, parse, public, this_machine
from trickcore.pictures.from_web.connection import Limits
from trickcore.pictures.from_web.fetch import AT_ONCE

PUBLIC, OPENSSL = "93.184.216.34", shutil.which("openssl")
GREEN = png()
NAMES = {
    "example.org": [PUBLIC],
    "pictures.example": ["127.0.0.1"],
    "other.example": ["127.0.0.1"],
    "second.example": ["127.0.0.2"],
    "localhost": ["::1", "127.0.0.1"],
    "box.localdomain": ["192.168.1.20"],
    "metadata.google.internal": ["169.254.169.254"],
    "mixed.example": [PUBLIC, "10.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "link.example": ["fe80::1%eth0"],
    "six.example": ["2606:2800:220:1:248:1893:25c8:1946"],
    "xn--mnchen-3ya.example": [PUBLIC],
}


def book(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "not known")
    return NAMES[host]


@pytest.fixture(autouse=True)
def dialled(monkeypatch) -> list[tuple[str, int]]:
    """Where a connection was tried; only this machine can be reached."""
    found: list[tuple[str, int]] = []
    connect = socket.socket.connect

    def dial(sock: socket.socket, to) -> None:
        if sock.type != socket.SOCK_STREAM:  # only looks for its way, and sends nothing
            return connect(sock, to)
        found.append(to[:2])
        if to[0] != "127.0.0.1":
            raise OSError("there is no web in a test")
        return connect(sock, to)

    monkeypatch.setattr(socket.socket, "connect", dial)
    return found


@pytest.fixture
def web() -> Iterator[Web]:
    with serving({"/green.png": gives(GREEN)}) as one:
        yield one


def fetched(address: str, **how) -> bytes:
    return picture_from_web(address, **{"allowed": HERE, "resolve": book, "limits": Limits(5), **how})


def refused(address: str, **how) -> str:
    with pytest.raises(WebError) as error:
        fetched(address, **how)
    sentence = str(error.value)
    assert sentence.endswith((".", "https://")), sentence
    return sentence


PRIVATE, ODD, FORM, SECRET, SIGN, PORT = (
    "not public", "unusual way", "begins with http", "before the @", "no address has", "usual ones",
)  # fmt: skip
SPELLINGS = {
    # This machine, and what its names and numbers stand for
    "http://localhost/": PRIVATE,
    "http://127.0.0.1/": PRIVATE,
    "http://127.8.9.10/": PRIVATE,
    "http://0.0.0.0/": PRIVATE,
    "http://[::1]/": PRIVATE,
    "http://[::]/": PRIVATE,
    "http://[0:0:0:0:0:0:0:1]/": PRIVATE,
    # IPv4 as only some programs read it
    "http://2130706433/": ODD,
    "http://0x7f000001/": ODD,
    "http://017700000001/": ODD,
    "http://127.1/": ODD,
    "http://127.0.1/": ODD,
    "http://0177.0.0.1/": ODD,
    "http://0x7f.0.0.1/": ODD,
    "http://0x7f.1/": ODD,
    "http://127.0.0.01/": ODD,
    "http://127.0.0.1./": ODD,
    "http://256.1.1.1/": ODD,
    "http://1.2.3.4.5/": ODD,
    "http://0x/": ODD,
    "http://134744072/": ODD,  # 8.8.8.8: public, but who can tell
    "http://\uff11\uff12\uff17.0.0.1/": ODD,  # wide digits
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/": ODD,  # digits in circles
    "http://127\u30020\u30020\u30021/": ODD,  # the ideographic full stop
    # Other networks that are not the web
    "http://10.1.2.3/": PRIVATE,
    "http://172.16.0.1/": PRIVATE,
    "http://192.168.0.1/": PRIVATE,
    "http://169.254.169.254/latest/meta-data/": PRIVATE,
    "http://100.100.100.200/": PRIVATE,
    "http://168.63.129.16/": PRIVATE,
    "http://192.0.0.192/": PRIVATE,
    "http://192.0.2.1/": PRIVATE,
    "http://198.18.0.1/": PRIVATE,
    "http://192.88.99.1/": PRIVATE,
    "http://224.0.0.1/": PRIVATE,
    "http://239.255.255.250/": PRIVATE,
    "http://240.0.0.1/": PRIVATE,
    "http://255.255.255.255/": PRIVATE,
    # IPv6, and IPv4 inside of it
    "http://[fe80::1]/": PRIVATE,
    "http://[fe80::1%25eth0]/": ODD,
    "http://[fe80::1%eth0]/": ODD,
    "http://[fc00::1]/": PRIVATE,
    "http://[fd00:ec2::254]/": PRIVATE,
    "http://[fec0::1]/": PRIVATE,
    "http://[ff02::1]/": PRIVATE,
    "http://[::ffff:127.0.0.1]/": PRIVATE,
    "http://[::ffff:7f00:1]/": PRIVATE,
    "http://[::ffff:8.8.8.8]/": PRIVATE,
    "http://[::127.0.0.1]/": PRIVATE,
    "http://[::ffff:0:127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::7f00:1]/": PRIVATE,
    "http://[64:ff9b::10.0.0.1]/": PRIVATE,
    "http://[64:ff9b:1::7f00:1]/": PRIVATE,
    "http://[2002:7f00:1::]/": PRIVATE,
    "http://[2002:a00:1::1]/": PRIVATE,
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/": PRIVATE,
    "http://[2001:db8::1]/": PRIVATE,
    "http://[3fff::1]/": PRIVATE,
    "http://[100::1]/": PRIVATE,
    "http://[5f00::1]/": PRIVATE,
    "http://[::1/": ODD,
    "http://::1/": ODD,
    "http://[127.0.0.1]/": ODD,
    "http://[v1.x]/": ODD,
    # Names that lead to one of them
    "http://box.localdomain/": PRIVATE,
    "http://metadata.google.internal/computeMetadata/v1/": PRIVATE,
    "http://mixed.example/": PRIVATE,
    "http://mapped.example/": PRIVATE,
    "http://link.example/": PRIVATE,
    "http://LocalHost/": PRIVATE,
    # Who is meant depends on the reader
    "http://example.org@127.0.0.1/": SECRET,
    "http://ada:secret@example.org/": SECRET,
    "http://example.org\\@127.0.0.1/": SIGN,
    "http://127.0.0.1\\.example.org/": SIGN,
    "http://example.org\t/": SIGN,
    "http://exam\nple.org/": SIGN,
    "http://example.org/a b.png": SIGN,
    "http://exam\u200bple.org/": SIGN,
    "http://example.org\x00.png/": SIGN,
    "http://example.org./": ODD,
    "http://localhost./": ODD,
    "http://example..org/": ODD,
    "http://.example.org/": ODD,
    "http://%31%32%37.0.0.1/": ODD,
    "http://127.0.0.1%2f@example.org/": SECRET,
    "http://exam$ple.org/": ODD,
    f"http://{'a' * 64}.org/": ODD,
    f"http://{'a.' * 130}org/": ODD,
    "http:///etc/passwd": ODD,
    "http://?x": ODD,
    # Ports
    "http://example.org:22/": PORT,
    "http://example.org:8080/": PORT,
    "https://example.org:6379/": PORT,
    "http://example.org:0/": ODD,
    "http://example.org:65536/": ODD,
    "http://example.org:/": ODD,
    "http://example.org:80:80/": ODD,
    "http://example.org:+80/": ODD,
    "http://example.org:\u0668\u0660/": ODD,  # 80 in Arabic digits
    # No address of the web
    "": "Give the address",
    "   ": "Give the address",
    "example.org/cat.jpg": FORM,
    "//example.org/cat.jpg": FORM,
    "http:example.org": FORM,
    "http:/example.org/": FORM,
    "file:///etc/passwd": FORM,
    "ftp://example.org/cat.jpg": FORM,
    "gopher://example.org/": FORM,
    "javascript:alert(1)": FORM,
    "blob:https://example.org/1": FORM,
    "data:image/png;base64,AAAA": "under Upload",
    f"https://example.org/{'a' * 2000}": "at most 2,000",
    "https://nowhere.example/": "no nowhere.example on the web",
}  # fmt: skip


@pytest.mark.parametrize("address", SPELLINGS)
def test_an_address_that_is_not_the_webs_or_is_oddly_written_is_refused_before_anything_is_asked(
    address, dialled
):
    assert SPELLINGS[address] in refused(address, allowed=())
    assert dialled == []


@pytest.mark.parametrize(
    ("address", "number", "port"),
    [
        ("http://example.org/cat.jpg", PUBLIC, 80),
        (" HTTPS://EXAMPLE.org/cat.jpg#top\n", PUBLIC, 443),
        ("https://example.org:443", PUBLIC, 443),
        ("https://m\u00fcnchen.example/k\u00e4tzchen.png?gr\u00f6\u00dfe=1", PUBLIC, 443),
        ("http://8.8.8.8/", "8.8.8.8", 80),
        ("https://six.example/", "2606:2800:220:1:248:1893:25c8:1946", 443),
        ("http://[2606:2800:220:1:248:1893:25c8:1946]/", "2606:2800:220:1:248:1893:25c8:1946", 80),
        ("http://[64:ff9b::808:808]/", "64:ff9b::808:808", 80),  # 8.8.8.8, where all is IPv6
    ],
)
def test_a_public_machine_is_asked_by_the_very_number_that_was_checked(address, number, port, dialled):
    assert "does not answer" in refused(address, allowed=())
    assert dialled == [(number, port)]


def test_letters_that_are_not_ascii_are_written_as_the_web_writes_them():
    found = parse("https://M\u00fcnchen.example:8443/k\u00e4tzchen 1.png?a=\u00e9&b=%20".replace(" ", "%20"))
    assert found.authority == "xn--mnchen-3ya.example:8443"
    assert found.target == "/k%C3%A4tzchen%201.png?a=%C3%A9&b=%20"
    assert found.title == "k%C3%A4tzchen%201.png"
    assert parse(f"https://example.org/a/{'b' * 40}.jpg?c").title == f"{'b' * 11}…{'b' * 8}.jpg"
    assert parse("https://example.org/").title == "example.org"
    assert parse("https://example.org").target == "/"
    assert parse("https://example.org?a").target == "/?a"
    assert parse("http://[2606:2800::1]:8080/").authority == "[2606:2800::1]:8080"


def test_every_special_range_is_closed_at_both_ends():
    """By the ranges of IANA's registries, written out here once more."""
    special = (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
        "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
        "224.0.0.0/4 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b:1::/48 100::/64 2001::/23 "
        "2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
    )
    for network in map(ip_network, special.split()):
        assert not public(network[0]), network
        assert not public(network[-1]), network
    for one in (
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.128.0.0",
        "172.32.0.0",
        "223.255.255.255",
        "2a00::1",
    ):
        assert public(ip_address(one)), one


def test_a_name_that_means_another_machine_a_moment_later_is_looked_up_only_once(web, dialled):
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    assert "does not answer" in refused("http://example.org/green.png", resolve=rebinding, allowed=())
    assert asked == ["example.org"]
    assert dialled == [(PUBLIC, 80)]
    assert web.asked == []


def test_a_name_that_means_another_machine_after_a_redirect_is_refused(dialled):
    answers: list[list[str]] = [["127.0.0.1"], ["127.0.0.2"]]
    with serving({"/": leads("/green.png"), "/green.png": gives(GREEN)}) as web:
        address = f"http://pictures.example:{web.port}/"
        assert PRIVATE in refused(address, resolve=lambda host, port: answers.pop(0))
        assert [path for path, _ in web.asked] == ["/"]
        assert dialled == [("127.0.0.1", web.port)]


def test_an_address_of_this_machine_is_refused_also_where_it_is_public(monkeypatch, dialled):
    assert this_machine(ip_address("127.0.0.1"))
    assert not this_machine(ip_address("192.0.2.1"))
    monkeypatch.setattr(addresses, "this_machine", lambda machine: str(machine) == PUBLIC)
    assert PRIVATE in refused("http://example.org/", allowed=())
    assert dialled == []


def test_what_the_setting_names_may_be_asked_and_nothing_beside_it(web, monkeypatch):
    address = f"{web.url}/green.png"
    assert PRIVATE in refused(address, allowed=None)
    monkeypatch.setenv("TRICK_WEB_ALLOW", "10.0.0.0/8, 127.0.0.1")
    assert allowed_networks() == (ip_network("10.0.0.0/8"), ip_network("127.0.0.1"))
    assert fetched(address, allowed=None) == GREEN
    assert PRIVATE in refused(address.replace("0.1", "0.2"), allowed=None)
    monkeypatch.setenv("TRICK_WEB_ALLOW", "here")
    assert "TRICK_WEB_ALLOW has to name networks" in refused(address, allowed=None)


def test_a_picture_is_asked_for_plainly_and_comes_as_it_is(web, monkeypatch):
    """Also where the environment names a proxy, which nobody listens to."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert fetched(f"http://pictures.example:{web.port}/green.png?size=%20large#x") == GREEN
    ((path, headers),) = web.asked
    assert path == "/green.png?size=%20large"
    assert headers["Host"] == f"pictures.example:{web.port}"
    assert headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization", "Referer"} & headers.keys()


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/", "//169.254.169.254/latest/", "http://[::1]/", "http://2130706433/",
        "file:///etc/passwd", "http://127.0.0.2/", "http://second.example/green.png", "http://u@pictures.example/",
        "http://[bad/", "http://example.org:22/",
    ],
)  # fmt: skip
def test_a_redirect_is_checked_like_the_first_address(location, dialled):
    with serving({"/": leads(location)}) as web:
        assert refused(f"{web.url}/").startswith("The address leads on to another one. ")
        assert len(web.asked) == len(dialled) == 1


def test_three_redirects_are_followed_and_no_more():
    answers = {f"/{n}": leads(f"/{n + 1}", status) for n, status in enumerate((301, 302, 307, 308))}
    with serving({**answers, "/4": gives(GREEN), "/round": leads("round")}) as web:
        assert fetched(f"{web.url}/1") == GREEN
        web.asked.clear()
        assert "more than 3 times" in refused(f"{web.url}/0")
        assert [path for path, _ in web.asked] == ["/0", "/1", "/2", "/3"]
        web.asked.clear()
        assert "perhaps in a circle" in refused(f"{web.url}/round")
        assert len(web.asked) == 4


def endless(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Connection="close")
    while not exchange.web.over.is_set():
        exchange.wfile.write(bytes(10_000))


def endless_in_chunks(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Transfer_Encoding="chunked")
    while not exchange.web.over.is_set():
        exchange.wfile.write(b"2710\r\n" + bytes(10_000) + b"\r\n")


def announced(exchange: Exchange) -> None:
    """A size, and not one byte of it."""
    exchange.head(Content_Type="image/png", Content_Length=str(21 * 1024 * 1024))
    exchange.web.over.wait(20)


def exactly(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Connection="close")
    exchange.wfile.write(GREEN)


def test_a_file_that_is_too_large_is_not_read_to_its_end_announced_or_not():
    answers = {"/a": announced, "/b": endless, "/c": endless_in_chunks, "/d": exactly}
    with serving(answers) as web:
        assert "has 21 MB; at most 20 MB" in refused(f"{web.url}/a")
        small = Limits(20, size=100_000)
        for path in "bc":
            assert "too large" in refused(f"{web.url}/{path}", limits=small)
        assert fetched(f"{web.url}/d", limits=Limits(5, size=len(GREEN))) == GREEN
        assert "too large" in refused(f"{web.url}/d", limits=Limits(5, size=len(GREEN) - 1))


def drips_its_file(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Content_Length="1000000")
    exchange.drip(b"x")


def drips_its_chunks(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Transfer_Encoding="chunked")
    exchange.drip(b"1\r\nx\r\n")


def drips_its_headers(exchange: Exchange) -> None:
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\n")
    exchange.drip(b"X-Slow: 1\r\n")


def drips_its_first_line(exchange: Exchange) -> None:
    exchange.drip(b"H")


def goes_on_saying_go_on(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 100 Continue\r\n\r\n")


def says_nothing(exchange: Exchange) -> None:
    exchange.web.over.wait(20)


@pytest.mark.parametrize(
    "slow",
    [
        drips_its_file, drips_its_chunks, drips_its_headers, drips_its_first_line, goes_on_saying_go_on,
        says_nothing,
    ],
)  # fmt: skip
def test_a_slow_server_has_the_time_of_the_whole_and_not_of_each_byte(slow):
    began = time.monotonic()
    with serving({"/": slow}) as web:
        assert "took longer than 0.3 seconds" in refused(f"{web.url}/", limits=Limits(0.3))
    assert time.monotonic() - began < 20, "it hangs"


def test_redirects_lookups_and_tls_share_the_same_time():
    over, began = threading.Event(), time.monotonic()

    def slow_book(host: str, port: int) -> list[str]:
        over.wait(30)
        return ["127.0.0.1"]

    def late(exchange: Exchange) -> None:
        exchange.web.over.wait(0.2)
        exchange.head(302, Location="/", Content_Length="0")

    assert "took longer" in refused("http://pictures.example/", resolve=slow_book, limits=Limits(0.2))
    over.set()
    with serving({"/": late}) as web:
        assert "took longer" in refused(f"{web.url}/", limits=Limits(0.5))
        assert len(web.asked) < 4
    with socket.create_server(("127.0.0.1", 0)) as mute:  # a connection is made, and TLS never answered
        address = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        assert "took longer" in refused(address, limits=Limits(0.2))
    assert time.monotonic() - began < 20, "it hangs"


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("text/html; charset=utf-8", GREEN, "but something else (text/html)"),
        ("application/octet-stream", GREEN, "(application/octet-stream)"),
        ("<b>bold</b>", GREEN, "but something else. In"),
        ("image/svg+xml", b"<svg/>", "of a kind that cannot be read here"),
        ("image/avif", GREEN, "of a kind that cannot be read here"),
        ("image/png", b"<html>hello</html>", "not a picture that can be read"),
        (
            "image/jpeg",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "not a picture that can be read",
        ),
        ("image/png", b"", "The file is empty"),
        ("image/png", png(side=4), "4 by 4 pixels"),
    ],
)
def test_only_pictures_are_taken_by_their_type_and_by_their_first_bytes(kind, data, sentence):
    with serving({"/": gives(data, kind)}) as web, pytest.raises(ImageError) as error:
        fetched(f"{web.url}/")
    assert sentence in str(error.value)


def test_a_picture_under_another_pictures_type_is_what_its_bytes_say():
    with serving({"/": gives(GREEN, "IMAGE/JPEG;q=1")}) as web:
        assert fetched(f"{web.url}/") == GREEN


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "no picture at this address (404)"), (403, "choose the file"), (429, "asked too often"),
        (503, "in trouble (503)"), (204, "did not give the picture (204)"), (302, "(302)"),
    ],
)  # fmt: skip
def test_a_server_that_does_not_give_the_picture_is_told_of(status, sentence):
    with serving({"/": lambda exchange: exchange.head(status, Content_Length="0")}) as web:
        assert sentence in refused(f"{web.url}/")


def cut_short(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Content_Length=str(len(GREEN) + 1))
    exchange.wfile.write(GREEN)


def cut_short_in_chunks(exchange: Exchange) -> None:
    exchange.head(Content_Type="image/png", Transfer_Encoding="chunked")
    exchange.wfile.write(b"ff\r\nabc")


def babble(exchange: Exchange) -> None:
    exchange.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def many_headers(exchange: Exchange) -> None:
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n")


def test_an_answer_that_breaks_off_or_is_none_is_told_of():
    answers = {"/a": cut_short, "/b": cut_short_in_chunks, "/c": babble, "/d": many_headers}
    with serving(answers) as web:
        for path in answers:
            assert "broke off" in refused(f"{web.url}{path}"), path
    assert "does not answer" in refused(f"{web.url}/a"), "now nobody is there"


def test_the_next_machine_of_a_host_is_asked_where_the_first_is_silent(web, dialled):
    both = lambda host, port: ["127.0.0.2", "127.0.0.1"]  # noqa: E731
    loopback = (ip_network("127.0.0.0/8"),)
    assert fetched(f"http://pictures.example:{web.port}/green.png", resolve=both, allowed=loopback) == GREEN
    assert [number for number, _ in dialled] == ["127.0.0.2", "127.0.0.1"]


def test_so_many_at_once_and_no_more_and_each_place_is_given_back(web):
    held = [AT_ONCE.acquire(blocking=False) for _ in range(8)]
    assert all(held)
    assert "being asked for just now" in refused(f"{web.url}/green.png", limits=Limits(0.1))
    AT_ONCE.release(8)
    for _ in range(9):
        refused(f"{web.url}/green.png", limits=Limits(5, size=3))
    assert fetched(f"{web.url}/green.png") == GREEN


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """Of pictures.example, signed by nobody but itself."""
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=pictures.example",
            "-addext", "subjectAltName=DNS:pictures.example",
        ],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def test_tls_is_verified_against_the_name_though_the_number_is_dialled(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    with serving({"/": gives(GREEN)}, tls) as web, serving({"/": gives(GREEN)}) as plain:
        address = f"https://pictures.example:{web.port}/"
        assert fetched(address, trust=trust) == GREEN
        sentence = refused(address)
        assert sentence.startswith("pictures.example cannot prove that it is pictures.example")
        assert "self-signed certificate" in sentence
        for wrong in ("other.example", "127.0.0.1"):
            sentence = refused(address.replace("pictures.example", wrong), trust=trust)
            assert f"{wrong} cannot prove that it is {wrong}" in sentence
        assert "No secure connection" in refused(f"https://pictures.example:{plain.port}/")
    assert len(web.asked) == 1
