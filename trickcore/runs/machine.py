"""The machine a run was made on, which decides its last digits: float sums depend on their order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trickcore import engine


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run's picture depends on besides its settings."""

    torch: str  # the version
    device: str  # as `engine.device` has it
    threads: int  # that torch computes with
    note: str = ""  # what happened there

    def __str__(self) -> str:
        note = f"; {self.note}" if self.note else ""
        return f"torch {self.torch}, {self.device}, {self.threads} thread{'s' * (self.threads != 1)}{note}"

    def fallen_back(self) -> Machine:
        """The same for a run that was too large for this machine's graphics card."""
        return replace(self, device="cpu", note="begun on a graphics card, whose memory was full")


def here() -> Machine:
    """This machine. For the thread that owns torch, since each thread may have another number."""
    import torch

    return Machine(str(torch.__version__), engine.device(), torch.get_num_threads())
