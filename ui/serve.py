"""Start the page with the library already warm: `python -m ui.serve [streamlit's options]`.

The same as `streamlit run dashboard.py`, which imports torch only when the first visitor comes and
lets that visitor wait for it. Opens a browser where there is a screen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from streamlit.web import cli

DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard.py"


def _warm() -> None:
    import skimage.metrics  # noqa: F401  # SciPy takes a second

    from trickcore.pictures import samples
    from ui.session_run import load_once
    from ui.sidebar.controls import DEFAULT_NETWORK
    from ui.widgets.gallery import thumbnail

    load_once(DEFAULT_NETWORK)
    for name in samples.SAMPLES:
        thumbnail(name)


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def main() -> None:
    print("Waking the network…", flush=True)
    _warm()
    opens = ["--server.headless=false", "--server.showEmailPrompt=false"] if _has_screen() else []
    sys.argv = ["streamlit", "run", str(DASHBOARD), *opens, *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
