"""The machine a run was made on, which decides its last digits: float sums depend on their order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trickcore import engine
from trickcore.language import _, later, many


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run's picture depends on besides its settings."""

    torch: str  # the version
    device: str  # as `engine.device` has it
    threads: int  # that torch computes with
    note: str = ""  # what happened there

    def __str__(self) -> str:
        threads = many("{n} thread", "{n} threads", self.threads)
        made = {"torch": self.torch, "device": self.device, "threads": threads}
        if self.note:
            return _("torch {torch}, {device}, {threads}; {note}", **made, note=_(self.note))
        return _("torch {torch}, {device}, {threads}", **made)

    def fallen_back(self) -> Machine:
        """The same for a run that was too large for this machine's graphics card."""
        return replace(self, device="cpu", note=later("begun on a graphics card, whose memory was full"))


def here() -> Machine:
    """This machine. For the thread that owns torch, since each thread may have another number."""
    import torch

    return Machine(str(torch.__version__), engine.device(), torch.get_num_threads())
