"""The start of the page: who may reach it."""

from __future__ import annotations

import sys

import pytest
from streamlit.web import cli

from ui import classroom, serve, session_run, visits


@pytest.mark.parametrize(
    ("options", "port"),
    [
        ([], None),
        (["--server.port", "8600"], "8600"),
        (["--server.port=8600"], "8600"),
        (["--server.port=1", "--server.port", "2"], "2"),
        (["--server.portal=1"], None),
    ],
)
def test_streamlits_options_are_read_in_both_ways_they_are_written(options, port):
    assert serve.option(options, "--server.port") == port


@pytest.mark.parametrize(("words", "address"), [([], "127.0.0.1"), (["--class"], "0.0.0.0")])
def test_only_a_class_is_open_to_the_network(words, address, monkeypatch, tmp_path, capsys):
    started = []
    monkeypatch.setenv("TRICK_DATA", str(tmp_path))
    monkeypatch.setenv(classroom.SWITCH, "")
    monkeypatch.setenv(classroom.ADDRESS, "")
    monkeypatch.delenv("TRICK_DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["serve", *words, "--server.port=8765"])
    monkeypatch.setattr(visits, "start", lambda *_: None)
    monkeypatch.setattr(session_run, "prepare", lambda: None)
    monkeypatch.setattr(cli, "main", lambda: started.extend(sys.argv))
    serve.main()
    said = capsys.readouterr().out.splitlines()
    assert f"--server.address={address}" in started
    assert "--class" not in started
    assert any(line.startswith("PIN ") for line in said) == bool(words)
    assert any(":8765/?class=" in line for line in said) == bool(words)
    assert any(line.startswith("Only this machine") for line in said) != bool(words)
