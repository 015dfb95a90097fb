"""Start the page, and its workers with it: `python -m ui.serve [streamlit's options]`.

The same as `streamlit run dashboard.py`, which starts the workers only when the first visitor comes and
lets that visitor wait for them. Opens a browser where there is a screen. With --class it is for a class:
other machines of the local network reach it, and a PIN, a code and a QR code are printed.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from pathlib import Path

import segno
from streamlit.web import cli

from trickcore.classroom.records import Refused
from ui import classroom, session_run, visits
from ui.sidebar.controls import DEFAULT_NETWORK

DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard.py"


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _given(option: str) -> str | None:
    """What the command line says of one of Streamlit's options, as "--a.b=c" or "--a.b c"."""
    for number, word in enumerate(sys.argv):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option and number + 1 < len(sys.argv):
            return sys.argv[number + 1]
    return None


def _class() -> list[str]:
    """Opens a class: a PIN for the teacher, a code for the pupils, and how they get here."""
    os.environ[classroom.MODE] = "1"
    pin = os.environ.get("TRICK_PIN", "").strip() or f"{secrets.randbelow(10**6):06d}"
    room = classroom.room()
    room.set_pin(pin)
    room.purge()
    link = classroom.link(_given("--server.port") or 8501)
    segno.make(link, micro=False).terminal(compact=True)
    print(f"Pupils open {link}", flush=True)
    print(f"The teacher opens {link.partition('?')[0]}class", flush=True)
    print(f"PIN {pin}", flush=True)
    print(f"Code {room.lesson().code}", flush=True)
    return [] if _given("--server.address") else ["--server.address=0.0.0.0"]


def _alone() -> list[str]:
    if _given("--server.address"):
        return []
    print("For this machine alone. For a class in the local network: make class", flush=True)
    return ["--server.address=127.0.0.1"]


def main() -> None:
    lesson = "--class" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--class"]
    try:
        where = _class() if lesson else _alone()
    except Refused as error:
        sys.exit(f"trickcore: {error}")
    visits.start(DEFAULT_NETWORK)
    threading.Thread(target=session_run.prepare, name="prepare", daemon=True).start()
    opens = ["--server.headless=false", "--server.showEmailPrompt=false"] if _has_screen() else []
    sys.argv = ["streamlit", "run", str(DASHBOARD), *opens, *where, *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
