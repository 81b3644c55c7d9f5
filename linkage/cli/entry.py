"""Where the command starts and ends: runs it, turns every error into one plain line and an exit status."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import typer

from linkage.cli.app import app
from linkage.errors import LinkageError
from linkage.investigate.printable import printable

_PROGRAM: Final = "linkage"
_INTERRUPTED: Final = 130
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
    try:
        status = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return 0  # the reader has seen enough (`| head`)
    except KeyboardInterrupt:
        return _fail("interrupted", _INTERRUPTED)
    except LinkageError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return _fail(_usage(error, arguments), 2)
    except MemoryError:
        return _fail("out of memory; allow more with --memory, or use a machine that has more", 3)
    except OSError as error:
        _drop_output()
        return _fail(_system(error), 3)
    except Exception as error:
        if os.environ.get("LINKAGE_DEBUG") == "1":
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        return _fail(f"internal error: {what}; set LINKAGE_DEBUG=1 to see where, and report it", 3)
    return status


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
    message = error.format_message().strip().rstrip(".") or "a command is missing"
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
