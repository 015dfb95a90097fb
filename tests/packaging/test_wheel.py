"""The wheel, built and installed beside nothing of this repository: the library runs, and brings the page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import ROOT
from trickcore.cli import page
from trickcore.cli.run import WRONG, main

PARTS = ("trickcore", "ui", "assets", ".streamlit")
FILES = ("dashboard.py", "setup.py", "pyproject.toml", "README.md", "LICENSE", "requirements.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's folder: our wheel, and the packages of this one, which need no download."""
    source, fresh = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("fresh")
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", str(source), "--no-deps", "--no-build-isolation", "-w", str(fresh), "-q"], check=True
    )
    (wheel,) = fresh.glob("*.whl")
    python = str(program(fresh, "python"))
    subprocess.run(
        [*pip, "--python", python, "install", "--no-deps", "--no-index", "-q", str(wheel)], check=True
    )
    others = sysconfig.get_path("purelib", vars={"base": str(fresh), "platbase": str(fresh)})
    Path(others, "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return fresh


def program(folder: Path, name: str) -> Path:
    scripts = sysconfig.get_path("scripts", "venv", vars={"base": str(folder), "platbase": str(folder)})
    return Path(shutil.which(name, path=scripts) or Path(scripts, name))


def ran(installed: Path, tmp_path: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program of the fresh environment, from an empty folder."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [str(program(installed, name)), *words]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)


@pytest.mark.network
def test_the_installed_command_tricks_the_network_from_an_empty_folder(installed, tmp_path):
    done = ran(installed, tmp_path, "trickcore", "sample:cat", "--target", "king penguin", "--json")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["tricked"]
    assert result["after"]["name"] == "king penguin"


def test_the_page_that_is_opened_is_the_one_in_the_wheel_and_all_of_it_is_there(installed, tmp_path):
    asked = "from trickcore.cli import page; print(page.folder())"
    folder = Path(ran(installed, tmp_path, "python", "-c", asked).stdout.strip())
    assert folder.is_relative_to(installed)
    ours = [*(ROOT / "ui").rglob("*.*"), ROOT / ".streamlit" / "config.toml", ROOT / "assets" / "icon.png"]
    files = [file for file in [*ours, ROOT / "dashboard.py"] if "__pycache__" not in file.parts]
    assert len(files) > 60
    for file in files:
        copy = folder / file.relative_to(ROOT)
        assert copy.read_bytes() == file.read_bytes(), f"{file.name} has to be in the wheel"
    assert not (folder / "setup.py").exists()
    found = ran(installed, tmp_path, "python", "-c", "import importlib.util as u; print(u.find_spec('ui'))")
    assert found.stdout.strip() == "None", "nothing called ui is on everybody's path"


def test_every_file_of_the_library_is_in_the_wheel(installed, tmp_path):
    asked = "import trickcore; print(trickcore.__file__)"
    folder = Path(ran(installed, tmp_path, "python", "-c", asked).stdout.strip()).parent
    for file in (ROOT / "trickcore").rglob("*.*"):
        if "__pycache__" not in file.parts and file.suffix != ".po":  # which are compiled beside
            assert (folder / file.relative_to(ROOT / "trickcore")).is_file(), file.name


def test_the_page_in_the_wheel_is_handed_to_streamlit_with_the_options(installed, tmp_path):
    """Streamlit's own command is replaced by one that says what it was given."""
    asked = (
        "import sys, ui_stub\n"
        "from trickcore.cli.run import main\n"
        "sys.exit(main(['page', '--server.port=1234']))\n"
    )
    (tmp_path / "ui_stub.py").write_text(
        "import runpy, sys\n"
        "runpy.run_module = lambda name, run_name: print(name, sys.path[0], *sys.argv, sep='|')\n"
    )
    done = ran(installed, tmp_path, "python", "-c", asked)
    assert done.returncode == 0, done.stderr
    name, folder, _, *options = done.stdout.strip().split("|")
    assert (name, options) == ("ui.serve", ["--server.port=1234"])
    assert (Path(folder) / "ui" / "serve.py").is_file()


def test_in_the_repository_the_page_is_the_repositorys():
    assert page.folder() == ROOT


def test_without_streamlit_a_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["page"]) == WRONG == 2
    assert capsys.readouterr().err.count("[page]") == 1


def test_what_the_page_runs_on_is_what_the_project_asks_for():
    """requirements.txt is the library's dependencies and the page's, each with its reason."""
    lines = [
        line for line in (ROOT / "requirements.txt").read_text().splitlines() if line[:1] not in ("#", "")
    ]
    wanted = {line.split("#")[0].strip() for line in lines}
    assert wanted == {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["page"]}
    assert all(line.partition("#")[2].strip() for line in lines), "each with its reason"
    assert not any("streamlit" in line for line in PROJECT["dependencies"])
