"""Shared passes: several jobs ask one network at a time, and it is run once for all of them.

Each job is on a thread of its own, but only one of them goes on at a time: until it asks a network, or for
a gradient, or ends. Once nobody can go on, the main thread puts pictures of one shape for one network
together, runs it once, and hands each job its own rows. So nothing is waited for but work, no job can hold
up another that has ended, and the same jobs share the same passes every time.

A gradient is taken once for all, too, by `gradient`, over the graph that they share. It is no
`autograd.Function` that gathers on the way back: on a GPU torch runs all backward passes on one thread, where
the first to wait would wait for ever.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)
_here = threading.local()  # .participant: whose thread this is, where it is one's


@dataclass(eq=False, slots=True)
class Request:
    """What a participant asks for: a network's logits, or without a network a gradient; and the answer."""

    x: Tensor  # pixels (N, C, H, W)
    net: Callable[[Tensor], Tensor] | None = None
    loss: Tensor | None = None  # a scalar, whose gradient in x is asked for
    graph: bool = False  # whether logits are to have a gradient
    answer: Tensor | None = None
    error: Exception | None = None

    @property
    def kind(self) -> tuple[Any, ...]:
        """The same for those who can share a pass. All gradients can."""
        if self.net is None:
            return ()
        x = self.x
        return id(self.net), self.graph, x.requires_grad, x.shape[1:], x.dtype, x.device


class Participant:
    """A job's work on a thread of its own, that goes on only while whoever resumed it waits."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.request: Request | None = None  # what it waits for
        self.ended = False
        self.error: BaseException | None = None
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)

    def resume(self) -> None:
        """Until it asks for something, or ends."""
        self._go.release()
        self._stands.acquire()

    def run(self) -> None:
        """All of it, on its thread."""
        self._go.acquire()
        _here.participant = self
        try:
            self.work()
        except BaseException as error:  # it is raised where all of them were begun
            self.error = error
        finally:
            _here.participant = None
            self.ended = True
            self._stands.release()

    def ask(self, request: Request) -> Tensor:
        """The answer, or the error that is its own; on its thread."""
        self.request = request
        self._stands.release()
        self._go.acquire()
        self.request = None
        if request.error is not None:
            raise request.error
        assert request.answer is not None
        return request.answer


class SharedPasses:
    """Runs several pieces of work side by side, at most so many, that share the passes of networks."""

    def __init__(self, most: int) -> None:
        self.most = most  # it halves where so many pictures are too many for the device's memory
        self._threads = ThreadPoolExecutor(max(most, 1), "participant")  # none before it is used

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """All of them to their ends, on this thread where it is one. Raises the first error, after that."""
        if len(works) == 1:
            works[0]()
            return
        everyone = [Participant(work) for work in works]
        for one in everyone:
            self._threads.submit(one.run)
        going = able = everyone
        while able:
            for one in able:
                one.resume()
            going = [one for one in going if not one.ended]
            able = self._answered(going)
        for one in everyone:
            if one.error is not None:
                raise one.error

    def _answered(self, waiting: Sequence[Participant]) -> list[Participant]:
        """Answers whoever asks a network; if nobody does, all who wait for a gradient. So those who came at
        different times come to take their steps together."""
        asking = [(one, one.request) for one in waiting if one.request is not None]
        passes = [pair for pair in asking if pair[1].net is not None] or asking
        kinds: dict[tuple[Any, ...], list[Request]] = {}
        for _, request in passes:
            kinds.setdefault(request.kind, []).append(request)
        for alike in kinds.values():
            self._answer(alike)
        return [one for one, _ in passes]

    def _answer(self, requests: list[Request]) -> None:
        made = _forward if requests[0].net is not None else _gradients
        try:
            _give(requests, made(requests))
            return
        except Exception as error:  # one of them is ill, or together they are too large
            if len(requests) == 1:
                requests[0].error = error
                return
            why = repr(error)  # the error itself would keep the graph, and its memory
        for request in requests:
            self._answer([request])
        if all(request.error is None for request in requests):
            self.most = max(1, len(requests) // 2)
            log.warning("%d runs were too many for one pass, at most %d from now: %s",
                        len(requests), self.most, why)  # fmt: skip


def forward(net: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The logits (N, K) of pixels x (N, C, H, W); in a pass with those of others, where there are any."""
    import torch

    participant = _participant()
    if participant is None:
        return net(x)
    return participant.ask(Request(x, net, graph=torch.is_grad_enabled()))


def gradient(loss: Tensor, x: Tensor) -> Tensor:
    """The gradient of a scalar loss in x, of x's shape. Whoever asks a network that may be shared takes
    it here: torch's own would free the graph that others still need."""
    import torch

    participant = _participant()
    if participant is None:
        (grad,) = torch.autograd.grad(loss, x)
        return grad
    return participant.ask(Request(x, loss=loss))


def _participant() -> Participant | None:
    return getattr(_here, "participant", None)


def _give(requests: Iterable[Request], answers: Iterable[Tensor]) -> None:
    for request, answer in zip(requests, answers, strict=True):
        request.answer = answer


def _forward(requests: Sequence[Request]) -> list[Tensor]:
    """One pass of the network that all of them ask; each one's rows."""
    import torch

    net = requests[0].net
    assert net is not None
    with torch.set_grad_enabled(requests[0].graph):
        if len(requests) == 1:
            return [net(requests[0].x)]
        logits = net(torch.cat([request.x for request in requests]))
        ends = torch.tensor([len(request.x) for request in requests]).cumsum(0).tolist()
        return [logits[end - len(one.x) : end] for one, end in zip(requests, ends, strict=True)]


def _gradients(requests: Sequence[Request]) -> Sequence[Tensor]:
    """One backward pass. The graph stays until nobody holds it, for those who take their gradient later."""
    import torch

    losses = [request.loss for request in requests if request.loss is not None]
    return torch.autograd.grad(losses, [request.x for request in requests], retain_graph=True)
