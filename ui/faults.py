"""Faults in what the pages stand on, a line each: no traceback reaches whoever runs the server, unless he asks for it."""

from __future__ import annotations

import logging
import os
from typing import Any, Final

from starlette import websockets

#: Raised when a browser has gone: the first by whoever waits for it, the second by whoever asks it once more,
#: which not every starlette that Streamlit takes knows by a name.
LEFT: Final[tuple[type[Exception], ...]] = tuple(
    getattr(websockets, name) for name in ("WebSocketDisconnect", "WebSocketDisconnected") if hasattr(websockets, name)
)
#: Streamlit's sender of what a page shows says every error, also that nobody is there to take it.
_SENDER: Final = "streamlit.web.server.starlette.starlette_websocket"


def say_in_a_line() -> None:
    """Have every logger of this process say an exception by its name alone; all of it with LINKAGE_DEBUG=1.

    What an exception says may hold a name or a prompt, so it is left out as well.
    """
    made = logging.getLogRecordFactory()

    def record(*args: Any, **named: Any) -> logging.LogRecord:
        new = made(*args, **named)
        if os.environ.get("LINKAGE_DEBUG") != "1":
            _shorten(new)
        return new

    logging.setLogRecordFactory(record)
    logging.getLogger(_SENDER).addFilter(lambda each: getattr(each, "fault", None) not in {kind.__name__ for kind in LEFT})


def _shorten(record: logging.LogRecord) -> None:
    if not isinstance(record.exc_info, tuple) or record.exc_info[0] is None:
        return
    record.fault = record.exc_info[0].__name__
    said = " ".join(record.getMessage().split())
    record.msg = f"linkage ui: internal error: {record.fault}: {said}; set LINKAGE_DEBUG=1 to see where, and report it"
    record.args, record.exc_info, record.exc_text = (), None, None
