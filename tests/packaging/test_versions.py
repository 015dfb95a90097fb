"""The packages that a server runs on: its lock file, the oldest and the newest, tools without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from benchmarks.packages import environment
from benchmarks.packages.audit import told
from benchmarks.packages.lock import LOCK, MORE, pins
from tests.helpers import ROOT

SERVER = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.11",
    "python_full_version": "3.11.9",
}
WORDS = [line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
ASKED = [Requirement(line) for line in (*WORDS, MORE.strip()) if line]


def locked() -> dict[str, Version]:
    found = [Requirement(asked) for asked, _ in pins(LOCK.read_text("utf-8"))]
    return {canonicalize_name(one.name): Version(str(one.specifier).removeprefix("==")) for one in found}


def test_every_package_is_locked_at_one_version_with_its_digests():
    found = list(pins(LOCK.read_text("utf-8")))
    assert len(found) > 60
    for asked, digests in found:
        assert re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.+!]+", asked), asked
        assert digests, asked
        assert all(re.fullmatch("[0-9a-f]{64}", one) for one in digests), asked
    assert len(locked()) == len(found)


def test_the_lock_satisfies_what_the_page_runs_on():
    versions = locked()
    for asked in ASKED:
        assert asked.specifier.contains(versions[canonicalize_name(asked.name)]), asked


def test_the_lock_has_what_the_packages_themselves_need():
    """As those that are installed here say it, as far as they are, and for a server's Python and system."""
    versions, seen = locked(), set[str]()
    wanted = [(one, ("", *one.extras)) for one in ASKED]
    while wanted:
        asked, extras = wanted.pop()
        name = canonicalize_name(asked.name)
        assert name in versions, asked
        if name in seen and extras == ("",):
            continue
        seen.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for line in needs:
            need = Requirement(line)
            marks = [{**SERVER, "extra": extra} for extra in extras]
            if need.marker is None or any(need.marker.evaluate(one) for one in marks):
                wanted.append((need, ("", *need.extras)))
    assert len(seen) > 60


def test_the_oldest_and_the_newest_are_asked_of_all_that_the_tests_need(monkeypatch, capsys):
    monkeypatch.setattr(environment, "installed", lambda name: name)
    for which, word in (("oldest", "lowest-direct"), ("newest", "highest")):
        asked = environment.command(which, ROOT / "there")
        assert asked[asked.index("--resolution") + 1] == word
        assert asked[-1] == str(ROOT / "requirements-dev.txt")
    monkeypatch.setattr("sys.argv", ["environment", "middle"])
    with pytest.raises(SystemExit, match="Say which: oldest or newest"):
        environment.main()


def test_an_audit_says_what_is_weak_and_of_what_nothing_is_known():
    """As pip-audit writes it with --format json."""
    fine = {"name": "one", "version": "1.0", "vulns": []}
    weak = {"name": "two", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
    skipped = {"name": "three", "skip_reason": "not found"}
    assert told([fine]) == (0, ["1 of 1 packages were asked about, 0 known weaknesses."])
    code, lines = told([fine, weak, skipped])
    assert code == 1
    assert lines[:2] == [
        "two 2.0: PYSEC-1, mended in 2.1",
        "2 of 3 packages were asked about, 1 known weaknesses.",
    ]
    assert lines[2].startswith("PyPI did not answer for 1, so nothing is known of them.")
    assert told([fine, skipped])[0] == told([])[0] == 2, "silence is no good news"


@pytest.mark.parametrize(("module", "tool"), [("audit", "pip-audit"), ("lock", "uv")])
def test_without_a_network_the_tools_say_so(module, tool, tmp_path):
    """A copy of the tools, so that what is installed already is not found; the way to PyPI leads nowhere."""
    shutil.copytree(ROOT / "benchmarks" / "packages", tmp_path / "benchmarks" / "packages")
    nowhere = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        **{"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"},
        **dict.fromkeys(("https_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    }
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.packages.{module}"],
        cwd=tmp_path,
        env=nowhere,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"{tool} is a package of PyPI, which cannot be reached from here. Run this where there is a network."
    )
