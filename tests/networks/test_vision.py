"""timm and torchvision are there without torch's compiler, and with it for who wants it."""

from __future__ import annotations

import subprocess
import sys

LEAN = """
import sys
from trickcore.jobs.networks import classifier_of, named
from trickcore.sweep.batches import seconds
seconds(classifier_of(named("efficientnet-lite0")), 1, "cpu", tries=0)
print(sorted({name.partition(".")[2] for name in sys.modules if name.startswith(("torch._dynamo", "sympy"))}))
import torch
from torchvision.ops import roi_align
boxes = torch.tensor([[0.0, 0.0, 0.0, 4.0, 4.0]])
print(roi_align(torch.ones(1, 1, 8, 8), boxes, 2).flatten().tolist(), "torch._dynamo" in sys.modules)
from timm.models import naflexvit
print(len(list(naflexvit.NaFlexRopeIterator.__mro__)) > 1, torch.compiler.disable.__module__)
print(torch._dynamo.utils.is_compile_supported("cpu"), torch.compile(lambda x: x + 1, backend="eager")(1))
"""


def printed(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_network_is_loaded_and_asked_without_torchs_compiler_which_is_there_for_who_calls_it():
    loaded, pooled, timms, compiled = printed(LEAN)
    assert loaded == "[]"
    assert pooled == "[1.0, 1.0, 1.0, 1.0] False"
    assert timms == "True torch.compiler"
    assert compiled.endswith("2")


def test_where_the_compiler_is_there_already_nothing_stands_in_for_it():
    lines = printed(
        "import torch._dynamo.utils as utils, sys\n"
        "from trickcore.networks.sources import vision\n"
        "print(sys.modules['torch._dynamo.utils'] is utils, hasattr(vision.timm, 'create_model'))"
    )
    assert lines == ["True True"]
