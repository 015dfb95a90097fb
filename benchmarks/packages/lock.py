"""The lock file of a server, docs/deploy/requirements.lock: python -m benchmarks.packages.lock

Every package that a server of the page runs on, at one version, with the digests (sha256) of its files, so
that what is installed tomorrow is what was looked at today. For Linux on x86-64 and Python 3.11, torch as
PyPI has it, with CUDA. Written by uv, which is put into an environment of its own; it needs a network.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.packages.tool import ROOT, installed

LOCK = ROOT / "docs" / "deploy" / "requirements.lock"
HEAD = """\
# Every package of a server of the page, for Linux, x86-64 and Python 3.11 (torch with CUDA, as PyPI has it).
# Written by `make lock` from requirements.txt, and psycopg for servers that share a database. Install it with
#     pip install --require-hashes --only-binary :all: -r docs/deploy/requirements.lock
"""
MORE = "psycopg[binary]>=3.3,<4\n"  # as in pyproject.toml, for Postgres


def pins(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each requirement of a lock file, `name==version`, with its digests."""
    for line in text.replace("\\\n", " ").splitlines():
        words = line.partition("#")[0].split()
        if words:
            yield (
                words[0],
                [word.removeprefix("--hash=sha256:") for word in words if word.startswith("--hash=sha256:")],
            )


def main() -> None:
    command = [
        *(str(installed("uv")), "pip", "compile", str(ROOT / "requirements.txt"), "-"),
        *("--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate", "--no-config"),
        *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28", "--upgrade", "--quiet"),
    ]
    done = subprocess.run(command, input=MORE, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stderr}The lock file stays as it was. Is there a network?")
    LOCK.write_text(HEAD + done.stdout)
    print(f"{LOCK.relative_to(ROOT)}: {len(list(pins(done.stdout)))} packages")


if __name__ == "__main__":
    main()
