"""The command line, assembled from `api.commands`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import typer
from pydantic import ValidationError

from api.commands.terminal import fail
from screening.embedded import EmbeddedServerFailed

GROUPS = ("service", "demo", "people", "audit", "data", "model", "orders")


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="tamga",
        help="Screens orders of drug precursors before they ship.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for name in GROUPS:
        if find_spec(f"api.commands.{name}"):
            import_module(f"api.commands.{name}").register(app)
    return app


def main() -> None:
    """Entry point: a wrong setting or a server that does not start is one clear line, not a traceback."""
    try:
        build()()
    except ValidationError as fault:
        fail_plainly("; ".join(each["msg"] for each in fault.errors()))
    except (EmbeddedServerFailed, TimeoutError) as fault:
        fail_plainly(str(fault))


def fail_plainly(message: str) -> None:
    try:
        fail(message)
    except typer.Exit as leave:
        raise SystemExit(leave.exit_code) from None


if __name__ == "__main__":
    main()
