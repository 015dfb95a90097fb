"""Ray as a sweep's engine: the same chunks as tasks on a cluster, where one machine is too small."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator, Sequence
from typing import Any

from trickcore.jobs.networks import Network, named
from trickcore.measure.robustness import Row
from trickcore.networks.catalogue import WeightsError
from trickcore.sweep.plan import PlanError
from trickcore.sweep.trials import Chunk, Refused, outcomes

AHEAD = 1  # chunks for each core besides the one it works on, so that none waits for the pictures
RETRIES = -1  # as often as a worker or a node is lost


class OnRay:
    """A cluster by its address; "auto" finds the one this machine is part of, "local" starts one here.

    Each task has a core and one torch thread. The pictures travel with it, so that no node needs the folder;
    what is installed has to be the same everywhere. Raises PlanError where Ray or the cluster is not there.
    """

    def __init__(self, address: str = "auto") -> None:
        if importlib.util.find_spec("ray") is None:
            raise PlanError(
                'Ray is not installed. Install it with: pip install "trick-a-neural-network[ray]"'
            )
        import ray

        self._ray, self._own = ray, not ray.is_initialized()
        if self._own:
            try:
                _reach(address)
                ray.init(
                    None if address == "local" else address,
                    logging_level="ERROR",
                    log_to_driver=False,
                    include_dashboard=False if address == "local" else None,
                    runtime_env={"env_vars": {"OMP_NUM_THREADS": "1"}},
                )
            except (OSError, ValueError, RuntimeError) as error:
                raise PlanError(
                    f"There is no Ray cluster at {address!r}: {_line(error)} Start one with: ray start --head"
                ) from None
        self._rows = ray.remote(num_cpus=1, max_retries=RETRIES)(_rows)
        self._named = ray.remote(num_cpus=1, max_retries=RETRIES)(_named)

    @property
    def workers(self) -> int:
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    @property
    def gpu(self) -> bool:
        return False

    def networks(self, names: Sequence[str]) -> list[Network]:
        from ray.exceptions import RayTaskError

        try:
            return list(self._ray.get([self._named.remote(name) for name in names]))
        except RayTaskError as error:
            raise _cause(error) from None

    def computed(self, chunks: Iterator[Chunk]) -> Iterator[tuple[int, Row | Refused | None]]:
        """So many chunks on their way as there are cores, and one more for each."""
        from ray.exceptions import RayError

        waiting: dict[Any, int] = {}
        try:
            while True:
                while len(waiting) < (1 + AHEAD) * self.workers and (chunk := next(chunks, None)) is not None:
                    waiting[self._rows.remote(chunk)] = chunk.number
                if not waiting:
                    return
                ready, _ = self._ray.wait(list(waiting), num_returns=1)
                for done in ready:
                    number = waiting.pop(done)
                    for item in self._ray.get(done):
                        yield number, item
                    yield number, None
        except RayError as error:
            raise _cause(error) from None
        finally:
            for one in waiting:
                self._ray.cancel(one, force=True)

    def close(self) -> None:
        if self._own:
            self._ray.shutdown()


def _reach(address: str) -> None:
    """Raises OSError where nobody listens at host:port, which Ray itself waits for, for minutes."""
    host, _, port = address.rpartition(":")
    if host and "/" not in host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=5).close()


def _rows(chunk: Chunk) -> list[Row | Refused]:
    from trickcore.engine.devices import settle_threads

    settle_threads()
    return list(outcomes(chunk))


def _named(name: str) -> Network:
    return named(name)


def _cause(error: Exception) -> Exception:
    """What went wrong in a task, as it would here."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, WeightsError | PlanError):
        return cause
    return PlanError(f"Ray could not do it: {_line(cause or error)} What was finished is kept.")


def _line(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return (words[:300].rstrip(".") or type(error).__name__) + "."
