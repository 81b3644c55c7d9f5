"""Where the command starts and ends: runs it, turns every error into one plain line and an exit status."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from linkage.cli.app import app
from linkage.errors import LinkageError
from linkage.investigate.printable import printable

_PROGRAM = "linkage"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 the answer is no, 2 wrong usage or input, 3 cannot be done now."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A value in a script that the terminal's encoding lacks is shown escaped, it does not stop the command.
            stream.reconfigure(errors="backslashreplace")
    try:
        status = run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python flushes stdout once more at exit: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    raise SystemExit(status)


def run(arguments: list[str]) -> int:
    """Run one command; its exit status. Every error has become one line on stderr."""
    try:
        return _invoke(arguments)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except LinkageError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return _fail(_usage(error, arguments), 2)
    except MemoryError:
        return _fail("out of memory; give the command less with --memory, or more to the machine", 3)
    except OSError as error:
        return _fail(_system(error), 3)
    except Exception as error:
        if os.environ.get("LINKAGE_DEBUG") == "1":
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        return _fail(f"internal error: {what}; set LINKAGE_DEBUG=1 to see where, and report it", 3)


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
    path = context.command_path if context is not None else _PROGRAM
    message = error.format_message().strip().rstrip(".")
    if not arguments or not message or type(error).__name__ == "NoArgsIsHelpError":
        message = "a command is missing"
    return f"{path}: {message[:1].lower()}{message[1:]}; '{path} --help' lists what it takes"


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    what = error.strerror or str(error) or type(error).__name__
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}{what}; free some space and run the command again"
    return f"{where}{what}; mend that and run the command again"


def _fail(message: str, status: int) -> int:
    line = printable(" ".join(message.split()))
    try:
        sys.stderr.write(f"linkage: {line}\n" if not line.startswith(_PROGRAM) else f"{line}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody is left to read it; the status still says so
    return status
