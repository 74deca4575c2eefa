"""The command line, assembled from `api.commands`."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from typer.exceptions import TyperException

from screening.embedded import EmbeddedServerFailed

# Commands that run without the libraries of the models, and the module of each: those take seconds to import.
LIGHT = {
    **dict.fromkeys(("serve", "api", "worker", "beat", "witness", "migrate"), "service"),
    "people": "people",
    "audit": "audit",
    "letters": "letters",
}
GROUPS = (
    "service",
    "demo",
    "people",
    "audit",
    "letters",
    "data",
    "dataset",
    "model",
    "models",
    "gates",
    "backtest",
    "orders",
    "labels",
)


def build(wanted: str | None = None) -> typer.Typer:
    """The command line: the whole of it, or for a light command only its own part."""
    app = typer.Typer(
        name="tamga",
        help="Screens orders of drug precursors before they ship.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for name in [LIGHT[wanted]] if wanted in LIGHT else GROUPS:
        if find_spec(f"api.commands.{name}"):
            import_module(f"api.commands.{name}").register(app)
    return app


def main() -> None:
    """Entry point: a wrong option or setting, or a server that does not start, is one clear line, not a traceback."""
    try:
        status = build(sys.argv[1] if len(sys.argv) > 1 else None)(standalone_mode=False)
    except typer.Abort:
        raise SystemExit(130) from None
    except TyperException as fault:
        if fault.format_message():  # without arguments the help has been printed
            typer.echo("tamga: " + " ".join(fault.format_message().split()), err=True)
        raise SystemExit(fault.exit_code) from None
    except ValidationError as fault:
        fail_plainly("; ".join(each["msg"] for each in fault.errors()))
    except OperationalError as fault:
        fail_plainly(f"the database does not answer: {fault.orig}")
    except (EmbeddedServerFailed, OSError) as fault:
        fail_plainly(str(fault))
    raise SystemExit(status if isinstance(status, int) else 0)


def fail_plainly(message: str) -> NoReturn:
    raise SystemExit("tamga: " + " ".join(message.split()))


if __name__ == "__main__":
    main()
