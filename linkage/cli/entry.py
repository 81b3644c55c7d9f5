"""Where the command starts and ends: runs it, turns every error into one plain line and an exit status."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import typer

from linkage.cli.app import app
from linkage.errors import LinkageError
from linkage.investigate.printable import printable

_PROGRAM: Final = "linkage"
_INTERRUPTED: Final = 130
#: seconds that an interrupted command has to put things in order
_PATIENCE: Final = 10.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 the answer is no, 2 wrong usage or input, 3 cannot be done now."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A value in a script that the terminal's encoding lacks is shown escaped, it does not stop the command.
            stream.reconfigure(errors="backslashreplace")
    raise SystemExit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command; its exit status. Every error has become one line on stderr."""
    with _signals() as stopped:
        try:
            status = _invoke(arguments)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            return 0  # the reader has seen enough (`| head`)
        except (Exception, KeyboardInterrupt) as error:
            # what is interrupted says so in words of its own: the engine raises RuntimeError('Query interrupted')
            if stopped or isinstance(error, KeyboardInterrupt):
                return _fail("interrupted", _INTERRUPTED)
            return _failed(error, arguments)
        return status


def _failed(error: Exception, arguments: list[str]) -> int:
    """The line and the status of what ended a command."""
    if isinstance(error, LinkageError):
        return _fail(str(error), error.exit_code)
    if isinstance(error, typer.TyperException):
        return _fail(_usage(error, arguments), 2)
    if isinstance(error, MemoryError):
        return _fail("out of memory; allow more with --memory, or use a machine that has more", 3)
    if isinstance(error, OSError):
        _drop_output()
        return _fail(_system(error), 3)
    if os.environ.get("LINKAGE_DEBUG") == "1":
        traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}".removesuffix(": ")
    return _fail(f"internal error: {what}; set LINKAGE_DEBUG=1 to see where, and report it", 3)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM interrupt the block, so that it puts things in order; the list says whether one of them came."""
    stopped: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopped:  # a second one would break off what the first one has us put in order
            stopped.append(number)
            late.start()
            raise KeyboardInterrupt

    late = threading.Timer(_PATIENCE, _give_up)
    late.daemon = True

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        late.cancel()
        for number in taken:
            signal.signal(number, before[number])


def _give_up() -> None:
    """A query of the engine may miss the interrupt; what is left behind is swept by the next command that writes."""
    _fail("interrupted", _INTERRUPTED)
    os._exit(_INTERRUPTED)


def _invoke(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context(_PROGRAM, arguments) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    return 0


def _usage(error: typer.TyperException, arguments: list[str]) -> str:
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else _PROGRAM
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    if where == _PROGRAM and arguments and arguments[0] in names:
        where = f"{_PROGRAM} {arguments[0]}"  # the option parser does not say whose option it was
    # typer has values checked by pydantic, which puts its own kind of error before them
    message = error.format_message().strip().rstrip(".").replace(": Value error, ", ": ") or "a command is missing"
    return f"{where}: {message[:1].lower()}{message[1:]}; '{where} --help' lists what it takes"


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else "while writing: " if error.errno in _FULL else ""
    what = error.strerror or str(error) or type(error).__name__
    if error.errno in _FULL:
        return f"{where}{what}; free some space and run the command again"
    return f"{where}{what}; mend that and run the command again"


def _drop_output() -> None:
    """Python flushes stdout once more at exit: what is left in it, and cannot be written, goes nowhere."""
    with suppress(OSError, ValueError):  # not a real file: then nothing is flushed to one either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int) -> int:
    line = printable(" ".join(message.split()))
    named = line.startswith((f"{_PROGRAM} ", f"{_PROGRAM}: "))
    with suppress(OSError):  # nobody is left to read it; the status still says so
        sys.stderr.write(f"{line}\n" if named else f"{_PROGRAM}: {line}\n")
        sys.stderr.flush()
    return status
