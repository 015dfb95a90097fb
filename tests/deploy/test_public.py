"""What SECURITY.md and docs/deploy promise, as far as files can be asked."""

from __future__ import annotations

import ast
import base64
import hashlib
import re
import tomllib
from pathlib import Path

import streamlit

from tests.deploy.proxied import SITE, settings
from tests.helpers import ROOT
from trickcore.pictures.files import FORMATS, LARGEST

PROMISED = (ROOT / "SECURITY.md").read_text("utf-8")


def test_the_policy_names_the_one_inline_script_of_streamlits_page():
    """It changes with Streamlit: put the new hash into docs/deploy/trick.conf."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert re.findall(r"'sha256-([^']+)'", SITE.read_text("utf-8")) == hashes
    assert len(hashes) == 1


def test_a_page_can_send_nothing_elsewhere():
    policy = re.search(r"default\s+\"(default-src [^\"]*)\"", SITE.read_text("utf-8"))
    assert policy is not None
    rules = dict(one.strip().split(" ", 1) for one in policy[1].split(";"))
    for name in ("default-src", "script-src", "img-src", "connect-src", "form-action", "frame-ancestors"):
        assert not re.search(r"\*|https?:|unsafe-eval", rules[name]), name
    assert "unsafe-inline" not in rules["script-src"]
    assert rules["connect-src"] == "'self' wss://$http_host data:"
    assert (rules["object-src"], rules["frame-ancestors"]) == ("'none'", "'none'")


def test_streamlits_settings_are_those_of_a_public_server():
    found = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert found["server"]["address"] == "127.0.0.1"
    assert found["server"]["enableXsrfProtection"] is True
    assert found["server"]["enableCORS"] is True
    assert found["server"]["maxUploadSize"] == 20
    assert found["server"]["maxMessageSize"] == 30
    assert found["browser"]["gatherUsageStats"] is False
    assert found["client"]["showErrorDetails"] == "none"
    assert settings()["STREAMLIT_SERVER_ALLOWED_HOSTS"] == "localhost"
    assert settings()["TRICK_DOWNLOADS"] == "0"


def test_weights_are_read_as_data_only():
    for room in ("trickcore", "ui"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.load", "torch.hub.load"):
                    given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                    assert given.get("weights_only") == "True", path


def test_the_formats_and_the_size_that_are_promised_are_those_that_are_opened():
    words = re.search(r"not by their name: ([\w, ]+);", PROMISED)
    assert words is not None
    assert {word.upper() for word in words[1].split(", ")} == set(FORMATS)
    assert f"{LARGEST // 1_000_000} megapixels" in PROMISED
