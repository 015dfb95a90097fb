"""Downloads: whether a file is the one its fingerprint says, and what went wrong with one, for a person."""

from __future__ import annotations

import errno
import hashlib
import http.client
from pathlib import Path

from trickcore.language import _, later

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
BROKEN = later(
    "The file with the weights of {network} is broken, or another network's: {path}. Delete the file, or "
    "fetch it again: on the page, in a terminal with --download, in Python with load(..., refetch=True)."
)


def matches(path: Path, fingerprint: str) -> bool:
    """Whether the SHA-256 of a file begins with these hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(fingerprint)


def trouble(error: BaseException, folder: Path) -> str:
    """Why a download into a folder failed, and what to do: a sentence or two, without a capital."""
    chain: list[BaseException] = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
        chain.append(before)
    numbers = {one.errno for one in chain if isinstance(one, OSError)}
    if numbers & {*FULL}:
        return _("the disk is full. Make room in {folder}, and try again.", folder=str(folder))
    if numbers & {*FORBIDDEN}:
        return _(
            "{folder} may not be written to. Allow it, or name another folder, and try again.",
            folder=str(folder),
        )
    words = str(error).strip().partition("\n")[0] or type(error).__name__
    if "invalid hash value" in words or any(isinstance(one, http.client.IncompleteRead) for one in chain):
        return _(
            "what came is not the whole file, as when the connection ends on the way. Nothing of it was "
            "kept. Check the network connection and try again."
        )
    return _("{why}. Check the network connection and try again.", why=words.rstrip("."))
