"""Start the page, and its workers with it: `python -m ui.serve [--class] [streamlit's options]`.

The same as `streamlit run dashboard.py`, which starts the workers only when the first visitor comes and
lets that visitor wait for them. Opens a browser where there is a screen. With --class it is open to the
local network, and prints the teacher's PIN and the pupils' code; without, only this machine reaches it.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import segno
from streamlit.web import cli

from trickcore.classroom.records import Refused
from ui import classroom, session_run, visits
from ui.sidebar.controls import DEFAULT_NETWORK

DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard.py"
CLASS, PORT = "--class", "8501"
ALONE = (
    "Only this machine can open the page. For a class in the local network: make class, "
    "or python -m ui.serve --class"
)


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def option(options: Sequence[str], name: str) -> str | None:
    """The value of one of Streamlit's options, written `--name=value` or `--name value`; the last counts."""
    found = None
    for place, word in enumerate(options):
        if word.startswith(f"{name}="):
            found = word.partition("=")[2]
        elif word == name and place + 1 < len(options):
            found = options[place + 1]
    return found


def local_address() -> str:
    """This machine's address in the local network. Nothing is sent: the socket only looks for its way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def open_class(options: Sequence[str]) -> None:
    """Sets up the class for this process's pages, and tells the terminal who may come in and how."""
    port = option(options, "--server.port") or os.environ.get("STREAMLIT_SERVER_PORT") or PORT
    base = f"http://{local_address()}:{port}"
    os.environ[classroom.SWITCH], os.environ[classroom.ADDRESS] = "1", base
    pin = f"{secrets.randbelow(10**6):06d}"
    room = classroom.room()
    room.purge()
    room.set_pin(pin)
    code = room.lesson().code
    link = classroom.link(base, code)
    print(f"PIN {pin}   (the teacher's, for the page Class: {base}/class)")
    print(f"Code {code}   (the pupils')")
    print(f"Pupils open {link}")
    segno.make(link).terminal(compact=True)
    sys.stdout.flush()


def main() -> None:
    options = [word for word in sys.argv[1:] if word != CLASS]
    in_class = CLASS in sys.argv[1:]
    if in_class:
        try:
            open_class(options)
        except Refused as refused:
            sys.exit(str(refused))
    else:
        os.environ.pop(classroom.SWITCH, None)
        print(ALONE, flush=True)
    if option(options, "--server.address") is None:
        options.append(f"--server.address={'0.0.0.0' if in_class else '127.0.0.1'}")
    visits.start(DEFAULT_NETWORK)
    threading.Thread(target=session_run.prepare, name="prepare", daemon=True).start()
    opens = ["--server.headless=false", "--server.showEmailPrompt=false"] if _has_screen() else []
    sys.argv = ["streamlit", "run", str(DASHBOARD), *opens, *options]
    cli.main()


if __name__ == "__main__":
    main()
