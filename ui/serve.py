"""Start the page, and its workers with it: `python -m ui.serve [streamlit's options]`.

The same as `streamlit run dashboard.py`, which starts the workers only when the first visitor comes and
lets that visitor wait for them. Opens a browser where there is a screen.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from streamlit.web import cli

from ui import session_run, visits
from ui.sidebar.controls import DEFAULT_NETWORK

DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard.py"


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def main() -> None:
    visits.start(DEFAULT_NETWORK)
    threading.Thread(target=session_run.prepare, name="prepare", daemon=True).start()
    opens = ["--server.headless=false", "--server.showEmailPrompt=false"] if _has_screen() else []
    sys.argv = ["streamlit", "run", str(DASHBOARD), *opens, *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
