"""`python -m trickcore`: a page's run in a terminal. `--help` says all of it."""

from __future__ import annotations

import sys

from trickcore.cli.run import main as main

if __name__ == "__main__":
    sys.exit(main())
