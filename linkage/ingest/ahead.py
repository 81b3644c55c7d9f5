"""Makes the next item while the last one is used: unpacking and parsing beside the engine's work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

Item = TypeVar("Item")


class _End:
    """What the worker puts last: the error that ended it, if one did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[Item]) -> Generator[Item]:
    """The same items in the same order, made in a thread at most one item ahead; an error arrives in its place.

    When the consumer leaves early, the worker stops behind the item it is at.
    """
    ready: queue.Queue[Item | _End] = queue.Queue(maxsize=1)
    left = threading.Event()

    def put(item: Item | _End) -> bool:
        while not left.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:  # it is raised again where the item was awaited
            put(_End(error))
        else:
            put(_End(None))

    worker = threading.Thread(target=work, name="ingest-ahead", daemon=True)
    worker.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        left.set()
        worker.join()
