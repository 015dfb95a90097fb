"""Several servers behind the proxy of docs/deploy: a visitor stays with one, and outlives its end."""

from __future__ import annotations

import asyncio
import http.client
import re
import shutil
import subprocess

import pytest

from tests.browser.driving import DESKTOP, browser, faults, whole
from tests.deploy import proxied
from tests.deploy.proxied import NGINX, NUMBER, OPENSSL, Site, Visitor
from tests.helpers import ROOT
from trickcore.classroom.database import FILE
from trickcore.classroom.lessons import Classroom

DEPLOY = ROOT / "docs" / "deploy"
ANALYZE = shutil.which("systemd-analyze")
needs_nginx = pytest.mark.skipif(
    NGINX is None or OPENSSL is None, reason="nginx or openssl is not installed: make programs"
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
def test_every_answer_says_what_a_page_may_do(site):
    visitor = Visitor(site, "")
    for path in (
        "/",
        "/_stcore/health",
        "/media/none.png",
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
    ):
        status, headers = visitor.headers(path)
        assert status == (200 if path in ("/", "/_stcore/health") else 404), path
        assert headers["Server"] == "nginx", "and not which one"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "camera=(self)" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        policy = headers["Content-Security-Policy"]
        assert ("sandbox" in policy) == path.startswith("/media/")
        assert "unsafe-eval" not in policy


@needs_nginx
def test_the_log_has_no_settings_and_no_address_of_a_picture(site, visitors):
    log = (site.folder / "access.log").read_text()
    assert log.count('"GET /media/"') >= 40
    assert log.count('"PUT /_stcore/upload_file/"') >= 20
    assert '"GET /why" 308' in log
    assert "?" not in log
    assert "eps" not in log
    shown = [url.rpartition("/")[2] for visitor in visitors for _, url in visitor.shown.values()]
    logs = log + "".join(path.read_text() for path in site.folder.glob("*error.log"))
    assert len(shown) >= 40
    assert not [name for name in shown if name in logs]


@needs_nginx
@pytest.mark.parametrize(("name", "status"), [("localhost", 101), ("another.example.org", 403)])
def test_a_websocket_to_another_name_is_refused(site, name, status):
    server = http.client.HTTPSConnection("localhost", site.port, context=site.trust, timeout=10)
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    asked |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit"}
    host = f"{name}:{site.port}"
    server.request("GET", "/_stcore/stream", headers={**asked, "Host": host, "Origin": f"https://{host}"})
    assert server.getresponse().status == status
    server.close()


@needs_nginx
def test_who_asks_too_fast_is_told_when_to_ask_again(tmp_path):
    """Of a server that is not there, so that only the proxy's own limits are asked."""
    with proxied.proxy_alone(tmp_path) as alone:
        server = http.client.HTTPSConnection("localhost", alone.port, context=alone.trust, timeout=30)

        def passes(path: str, browser: str) -> int:
            """How many requests of a browser come through before one is refused."""
            for count in range(1000):
                server.request("GET", path, headers={"Cookie": f"{NUMBER}={browser * 32}"})
                answer = server.getresponse()
                said = answer.read().decode()
                if answer.status == 429:
                    assert answer.getheader("Retry-After") == "10"
                    assert said.startswith("That was too much at once from your browser or your network.")
                    return count
                assert answer.status == 502
            raise AssertionError("nobody was refused")

        assert passes("/", "a") == 601
        assert passes("/_stcore/stream", "b") == 201, "so many pages are opened at once from one address"
        assert passes("/_stcore/stream", "c") == 0, "by whomever"
        assert passes("/", "c") == 601, "who asks from the same address for something else is not held"
        server.close()


@needs_nginx
def test_the_page_runs_under_the_policy_with_a_quiet_console(site):
    """A run with its chart, the canvas for digits, a photo from the camera, and the class with its wall."""
    room = Classroom(f"sqlite:///{site.folder / FILE}")
    room.set_pin("271828")
    room.allow_uploads()
    with browser() as chrome:
        context = chrome.new_context(ignore_https_errors=True, viewport=DESKTOP)
        context.grant_permissions(["camera"])
        page = context.new_page()
        page.set_default_timeout(60_000)
        said, refused = faults(page), list[str]()
        page.on("console", lambda one: refused.append(one.text) if "Security Policy" in one.text else None)
        page.goto(f"{site.origin}/?network=digits-standard&steps=3")
        page.get_by_text("Tricked", exact=True).first.wait_for()
        page.locator(".js-plotly-plot").first.wait_for()
        assert whole(page)
        page.get_by_text("Camera", exact=True).first.click()
        # The button is there before the camera is, and then does nothing.
        page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
        page.get_by_role("button", name="Take Photo").click()
        page.get_by_role("button", name="Clear photo").wait_for()
        page.get_by_text("Draw", exact=True).first.click()
        page.locator("canvas[role=application]").last.wait_for()
        page.goto(f"{site.origin}/class")
        page.get_by_label("PIN").fill("271828")
        page.get_by_role("button", name="Open").click()
        page.get_by_role("button", name="Projector").click()
        page.locator("main.wall").wait_for()
        assert (refused, said) == ([], [])


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
