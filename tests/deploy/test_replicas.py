"""Several servers behind the proxy of docs/deploy: a visitor stays with one, and outlives its end."""

from __future__ import annotations

import asyncio
import http.client
import re
import shutil
import subprocess

import pytest

from tests.deploy import proxied
from tests.deploy.proxied import NGINX, NUMBER, OPENSSL, Site, Visitor
from tests.helpers import ROOT

DEPLOY = ROOT / "docs" / "deploy"
ANALYZE = shutil.which("systemd-analyze")
needs_nginx = pytest.mark.skipif(
    NGINX is None or OPENSSL is None, reason="nginx or openssl is not installed: make nginx"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with proxied.site(tmp_path_factory.mktemp("nginx")) as found:
        yield found


@pytest.fixture(scope="module")
def visitors(site: Site) -> list[Visitor]:
    """Twenty, each with a trick of their own, and so with a picture that no other has."""
    links = [
        f"why=Straight+lines&network=digits-standard&steps=2&target={target}&eps={eps}"
        for eps in ("76.5", "48", "25.5")
        for target in (0, 1, 2, 3, 4, 6, 7, 8, 9)
    ]
    found = [Visitor(site, link) for link in links[:20]]

    async def come() -> None:
        await asyncio.gather(*(visitor.open() for visitor in found))

    asyncio.run(come())
    return found


@needs_nginx
def test_who_comes_by_the_plain_address_is_led_to_the_safe_one(site):
    server = http.client.HTTPConnection("127.0.0.1", site.plain, timeout=10)
    server.request("GET", "/why?eps=2", headers={"Host": "localhost"})
    answer = server.getresponse()
    assert (answer.status, answer.getheader("Location")) == (308, "https://localhost/why?eps=2")


def again(visitors: list[Visitor]) -> None:
    """All lose their connection, and come back as a browser does."""

    async def all_of_them() -> None:
        await asyncio.gather(*(visitor.connect() for visitor in visitors))

    asyncio.run(all_of_them())


@needs_nginx
def test_each_of_twenty_visitors_stays_with_one_server(visitors):
    assert not any(visitor.errors for visitor in visitors)
    homes = {visitor.session: visitor.homes for visitor in visitors}
    assert len(homes) == 20
    assert all(len(ports) == 1 for ports in homes.values()), "one server knows each"
    assert len({ports[0] for ports in homes.values()}) == 2, "both have work"
    for _ in range(2):
        again(visitors)
        assert {visitor.session: visitor.homes for visitor in visitors} == homes, "the same sessions"


@needs_nginx
def test_all_pictures_of_a_visitor_are_found_through_the_proxy(visitors):
    assert all(len(visitor.statuses) >= 2 for visitor in visitors)
    assert {status for visitor in visitors for status in visitor.statuses} == {200}


@needs_nginx
def test_an_upload_reaches_the_session_it_is_for(visitors):
    assert {visitor.uploaded for visitor in visitors} == {204}


@needs_nginx
def test_a_file_that_is_too_large_is_refused_before_it_reaches_a_server(visitors):
    status, _ = visitors[0].ask(
        "PUT", "/_stcore/upload_file/any/any", b"", **{"Content-Length": str(22 * 2**20)}
    )
    assert status == 413


@needs_nginx
def test_a_number_that_a_visitor_made_up_is_replaced(site):
    visitor = Visitor(site, "", {NUMBER: "0; drop"})
    assert visitor.ask("GET", "/")[0] == 200
    assert re.fullmatch("[0-9a-f]{32}", visitor.cookies[NUMBER])
    kept = visitor.cookies[NUMBER]
    visitor.ask("GET", "/")
    assert visitor.cookies[NUMBER] == kept


@needs_nginx
def test_when_a_server_ends_its_visitors_are_served_by_the_other(site, visitors):  # the last: it ends one
    before = [(visitor.session, visitor.homes) for visitor in visitors]
    gone, stays = sorted(site.servers)
    site.stop(gone)
    again(visitors)
    for visitor, (session, homes) in zip(visitors, before, strict=True):
        assert visitor.homes == [stays]
        assert not visitor.errors
        assert visitor.uploaded == 204
        assert set(visitor.statuses) == {200}
        assert (visitor.session == session) == (homes == [stays]), "only who had to move begins a new visit"


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_the_units_are_understood_by_systemd(tmp_path):
    assert ANALYZE is not None
    unit = (DEPLOY / "trick@.service").read_text().replace("/opt/trick/.venv/bin/python", "/bin/true")
    (tmp_path / "trick@.service").write_text(unit.replace("WorkingDirectory=/opt/trick", ""))
    shutil.copy(DEPLOY / "trick.target", tmp_path)
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", tmp_path / "trick.target", tmp_path / "trick@8501.service"],
        capture_output=True,
        text=True,
    )
    assert not [line for line in done.stderr.splitlines() if str(tmp_path) in line or "trick" in line]
    assert done.returncode == 0, done.stderr


def test_what_the_document_quotes_is_what_the_files_say():
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    quoted = re.findall(r"```(?:nginx|ini)\n(.*?)```", text, re.DOTALL)
    files = "\n".join(file.read_text("utf-8") for file in DEPLOY.iterdir())
    assert len(quoted) >= 3
    for block in quoted:
        assert block.strip() in files, block


def test_the_proxy_takes_what_the_page_takes():
    megabytes = re.search(r"^maxUploadSize = (\d+)", (ROOT / ".streamlit" / "config.toml").read_text(), re.M)
    assert megabytes is not None
    taken = re.search(r"client_max_body_size (\d+)m", proxied.SITE.read_text())
    assert taken is not None
    assert int(taken[1]) > int(megabytes[1])
