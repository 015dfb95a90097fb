"""Known weaknesses of the packages that a server runs on: python -m benchmarks.packages.audit

Asks PyPI about each package of docs/deploy/requirements.lock, by pip-audit. Ends with 1 where a weakness is
known of one, and with 2 where some could not be asked about: silence is no good news.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.packages.lock import LOCK
from benchmarks.packages.tool import installed

FOUND, NOT_ASKED = 1, 2


def told(packages: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """The exit code and what is to be said of pip-audit's `dependencies`."""
    asked = [one for one in packages if "skip_reason" not in one]
    lines = [
        f"{one['name']} {one['version']}: {weak['id']}, mended in {', '.join(weak['fix_versions']) or 'none'}"
        for one in asked
        for weak in one["vulns"]
    ]
    weak, skipped = len(lines), len(packages) - len(asked)
    lines.append(f"{len(asked)} of {len(packages)} packages were asked about, {weak} known weaknesses.")
    if skipped:
        lines.append(
            f"PyPI did not answer for {skipped}, so nothing is known of them. Run this again where PyPI "
            "itself can be reached; a mirror of its files may have no list of weaknesses."
        )
    return (FOUND if weak else NOT_ASKED if skipped or not packages else 0), lines


def main() -> int:
    command = [str(installed("pip-audit")), "--disable-pip", "--require-hashes", "-r", str(LOCK)]
    done = subprocess.run(
        [*command, "--progress-spinner", "off", "--format", "json"], capture_output=True, text=True
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr, end="", file=sys.stderr)
        print("The audit asks PyPI, and that failed. Run this where there is a network.", file=sys.stderr)
        return NOT_ASKED
    code, lines = told(packages)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
