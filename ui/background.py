"""Long work of a page: what it has given so far is kept in the visit, and it goes on where it was left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, ParamSpec, TypeVar

from streamlit.delta_generator import DeltaGenerator

from trickcore import engine
from trickcore.language import _

P = ParamSpec("P")
T = TypeVar("T")


def close(source: Iterator[Any] | None) -> None:
    """End a stream that is not read to its end; the work for it ends too."""
    if (end := getattr(source, "close", None)) is not None:
        end()


class BackgroundJob(Generic[T]):
    """Items as they come, of a job that is done where torch is."""

    def __init__(self, job: Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> None:
        self.items: list[T] = []
        # Called with the items after each new one, to let go what nobody will look at.
        self.forget: Callable[[list[T]], None] | None = None
        self.stopped = self.done = False
        self._source = engine.stream(job, *args, **kwargs)
        # Streamlit starts the next script before the last has noticed that it is over.
        self._lock = threading.RLock()

    def more(self) -> bool:
        """Take the next item; False when there is none, or none is wanted."""
        with self._lock:
            if self.stopped or self.done:
                return False
            for item in self._source:
                self.items.append(item)
                if self.forget is not None:
                    self.forget(self.items)
                return True
            self.done = True
            return False

    def grow(self, place: DeltaGenerator, key: str) -> Iterator[T]:
        """Each item as it comes, with `button` beside them; none of a job that was stopped or is done."""
        self.button(place, key)
        while self.more():
            yield self.items[-1]
        if self.done:
            place.empty()

    def stop(self, stopped: bool) -> None:
        self.stopped = stopped
        if isinstance(self._source, engine.Stream):
            self._source.pause(stopped)

    def button(self, place: DeltaGenerator, key: str) -> None:
        """ "Stop" while it grows, "Go on" where it was stopped, nothing once it is done."""
        if self.done:
            place.empty()
        elif self.stopped:
            place.button(
                _("Go on"),
                icon=":material/play_arrow:",
                key=f"go-on-{key}",
                help=_("Goes on where it was stopped."),
                on_click=self.stop,
                args=(False,),
            )
        else:
            place.button(
                _("Stop"),
                icon=":material/stop_circle:",
                key=f"stop-{key}",
                help=_("Stops here; what was reached stays."),
                on_click=self.stop,
                args=(True,),
            )
