"""What Pillow, and the C library under it that reads TIFFs, remark of strange files, kept out of the log.

A stranger could fill a server's log with it, and Python keeps every warning that it has given. Whoever
brought the file is told that it is broken.
"""

from __future__ import annotations

import ctypes
import logging
import re
import warnings
from functools import cache
from pathlib import Path

MAPS = Path("/proc/self/maps")  # of Linux: the libraries that this process has loaded


@cache
def quiet() -> None:
    """For this process, from now on."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    if not MAPS.exists():  # elsewhere libtiff goes on to print
        return
    for path in set(re.findall(r"/\S*libtiff\S*\.so\S*", MAPS.read_text())):
        library = ctypes.CDLL(path)  # the one that is there
        for setter in (library.TIFFSetErrorHandler, library.TIFFSetWarningHandler):
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            setter(None)
