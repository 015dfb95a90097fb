"""An environment with the oldest or the newest packages that the requirements allow, made anew:
python -m benchmarks.packages.environment oldest|newest

In .venv-oldest or .venv-newest; `make oldest` and `make newest` run the quick tests in them. Oldest are the
packages that requirements-dev.txt names, each as old as all of them together allow; what they need in turn
is new.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.packages.tool import ROOT, installed

WHICH = {"oldest": "lowest-direct", "newest": "highest"}  # in uv's words


def command(which: str, folder: Path) -> list[str]:
    """That fills an environment."""
    return [
        *(str(installed("uv")), "pip", "install", "--python", str(folder), "--no-config", "--quiet"),
        *("--resolution", WHICH[which], "--requirements", str(ROOT / "requirements-dev.txt")),
    ]


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in WHICH:
        sys.exit(f"Say which: {' or '.join(WHICH)}")
    which = sys.argv[1]
    folder = ROOT / f".venv-{which}"
    filled = command(which, folder)
    venv.create(folder, clear=True)
    if subprocess.run(filled).returncode:
        sys.exit(f"The {which} packages could not be installed. Is there a network?")


if __name__ == "__main__":
    main()
