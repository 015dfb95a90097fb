"""The machine a run was made on, which decides its last digits: float sums depend on their order."""

from __future__ import annotations

from dataclasses import dataclass

from trickcore import engine


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run's picture depends on besides its settings."""

    torch: str  # the version
    device: str  # as `engine.device` has it
    threads: int  # that torch computes with

    def __str__(self) -> str:
        return f"torch {self.torch}, {self.device}, {self.threads} thread{'s' * (self.threads != 1)}"


def here() -> Machine:
    """This machine. For the thread that owns torch, since each thread may have another number."""
    import torch

    return Machine(str(torch.__version__), engine.device(), torch.get_num_threads())
