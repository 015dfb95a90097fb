"""README, CONTRIBUTING, docs and Makefile: what they point to is there, and their commands work."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib

import pytest

from tests.helpers import ROOT
from trickcore.cli import sweep_options
from trickcore.cli.options import parser

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "assets" / "README.md",
    *(ROOT / "docs").glob("*.md"),
]
MAKEFILE = (ROOT / "Makefile").read_text()
ALL = "\n".join(file.read_text("utf-8") for file in DOCUMENTS)
SOURCES = "\n".join(
    file.read_text("utf-8") for room in ("trickcore", "ui", "tests") for file in (ROOT / room).rglob("*.py")
)


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_and_picture_is_there(file):
    for link in re.findall(r"\]\(([^)#]+)\)", file.read_text("utf-8")):
        assert "://" in link or (file.parent / link).exists(), link


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_and_folder_that_is_named_is_there(file):
    for name in re.findall(
        r"`((?:trickcore|ui|tests|docs|assets|benchmarks)/[\w/.]*)`", file.read_text("utf-8")
    ):
        assert (ROOT / name).exists(), name


def test_what_contributing_names_is_in_the_code():
    names = re.findall(r"`(\w+)`|`\w+\.(\w+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    for name in {a or b for a, b in names} - {"trickcore", "ui", "docs"}:
        assert re.search(rf"\b{name}\b", SOURCES), name


def test_every_module_and_every_target_of_make_that_is_named_is_there():
    modules = set(re.findall(r"python -m ([\w.]+)", ALL + MAKEFILE)) - {"venv", "pip"}
    assert len(modules) > 5
    assert not [name for name in modules if importlib.util.find_spec(name) is None]
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", ALL, re.MULTILINE))
    assert {"run", "check", "test"} <= named <= targets


def test_every_command_line_of_the_terminal_is_understood():
    whole = (ALL + MAKEFILE).replace("\\\n", "")
    lines = re.findall(r"^\t?(?:\S+python -m )?trickcore (?!page)([^`\n#]+)", whole, re.MULTILINE)
    lines += re.findall(r"python -m trickcore (?!\.|page)([^`\n#]+)", MAKEFILE)
    lines = [line for line in lines if "--help" not in line]
    assert len(lines) >= 2
    of = {
        "sweep": sweep_options.sweep_parser,
        "autoattack": sweep_options.autoattack_parser,
        "table": sweep_options.table_parser,
        "compare": sweep_options.compare_parser,
    }
    for line in lines:
        words = shlex.split(line)
        if words[0] in of:
            of[words[0]]().parse_args(words[1:])
        else:
            assert "picture" in parser().parse_args(words), line


def test_the_lines_of_library_in_the_docs_of_sweeps_run(tmp_path, monkeypatch, capsys):
    """With fewer steps and digits, which a page of docs need not be short of."""
    (code,) = blocks("docs/sweep.md", "python")
    small = '"digits", networks=("digits-standard",), limit=3'
    code = code.replace('"samples", networks=("efficientnet-lite0",)', small)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/sweep.md", "exec"), {})
    assert "6 of 6" in capsys.readouterr().out


def test_the_moving_picture_is_small_enough_to_wait_for():
    assert (ROOT / "assets" / "run.gif").stat().st_size < 2_000_000
    assert "--gif assets/run.gif" in MAKEFILE


@pytest.mark.network
def test_the_lines_of_library_in_readme_make_a_king_penguin():
    (code,) = blocks("README.md", "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("king penguin")


@pytest.mark.slow
def test_the_training_in_docs_runs_and_has_its_pictures(tmp_path):
    (code,) = blocks("docs/lightning.md", "python")
    short = code.replace("max_epochs=5", "max_epochs=1, limit_train_batches=21, enable_progress_bar=False")
    assert short != code
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{short}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "logs").rglob("events*"))


def test_the_citation_has_the_projects_version_and_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = dict(re.findall(r"^([\w-]+): (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE))
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
    assert {"cff-version", "message", "title", "type"} <= set(cited)
