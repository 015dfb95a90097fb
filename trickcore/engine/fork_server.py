"""The fork server: one warm, single-threaded process, of which workers are forked on Linux.

They share its memory, weights and all, until they write to it, and begin warm. It takes no backward pass:
autograd starts threads of its own, and a process that has some cannot be forked safely.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time

from trickcore.engine import worker
from trickcore.engine.devices import device, settle_threads


def main() -> None:
    """Reads how to reach the pool and what to have loaded, says where networks run, then forks on demand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is forgotten at once
    orders = sys.stdin.buffer
    address, key, warm = pickle.load(orders)
    settle_threads()
    try:
        where = device()
    except ValueError:
        where = "cpu"  # each job that asks for a network says what is wrong
    if where == "cpu" and warm is not None:
        fn, args = pickle.loads(warm)
        try:
            fn(*args)
        except Exception as error:  # whoever asks for it is told
            print(f"not warm: {error}", file=sys.stderr)
    print(where, flush=True)
    for line in orders:
        if _forked() == 0:
            sys.stdin.close()
            worker.main(address, key, int(line))
            os._exit(0)
    os._exit(0)  # taking down all of torch would take a second


def _forked() -> int:
    """As `os.fork`, which is waited for where the system has no room for another process at the moment."""
    while True:
        try:
            return os.fork()
        except OSError as error:
            print(f"not forked: {error}", file=sys.stderr)
            time.sleep(1)


if __name__ == "__main__":
    main()
