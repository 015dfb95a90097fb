"""A tool of PyPI in an environment of its own, so that it changes nothing of the project's."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = {"uv": "uv>=0.8,<1", "pip-audit": "pip-audit>=2.9,<3"}
NO_NETWORK = "{} is a package of PyPI, which cannot be reached from here. Run this where there is a network."


def installed(name: str) -> Path:
    """The program, which is installed into .venv-tools if it is not there yet."""
    folder = ROOT / ".venv-tools"
    bin_ = folder / ("Scripts" if os.name == "nt" else "bin")
    program = bin_ / (f"{name}.exe" if os.name == "nt" else name)
    if not program.exists():
        if not folder.exists():
            venv.create(folder)
        pip = [sys.executable, "-m", "pip", "--python", str(bin_ / "python"), "install", "--quiet"]
        if subprocess.run([*pip, "--retries", "1", VERSIONS[name]], stderr=subprocess.DEVNULL).returncode:
            sys.exit(NO_NETWORK.format(name))
    return program
