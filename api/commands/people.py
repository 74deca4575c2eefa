"""`tamga people`: organisations, first accounts and keys, before there is an administrator who could add them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, cast

import typer
from sqlmodel import Session

from api.cli import fail_plainly as fail
from api.running import own_database
from screening import database, people
from screening.errors import TamgaError
from screening.people import NewOrganisation, NewUser
from screening.tables.people import KINDS, ROLES, RoleName

ACTOR = "command line"


def register(app: typer.Typer) -> None:
    """Add the commands about people."""
    group = typer.Typer(help="Organisations, people and keys.", no_args_is_help=True)
    group.command("add-organisation")(add_organisation)
    group.command("add-user")(add_user)
    group.command("add-key")(add_key)
    app.add_typer(group, name="people")


def add_organisation(
    code: Annotated[str, typer.Argument(help="Short code, unique.")],
    kind: Annotated[str, typer.Option("--kind", help=", ".join(KINDS))],
    name: Annotated[str, typer.Option("--name", help="Full name.")],
    country: Annotated[str, typer.Option("--country", help="Two letters, such as KZ.")],
    authority_code: Annotated[
        str | None, typer.Option("--authority-code", help="For an authority, such as KZ-MVD.")
    ] = None,
) -> None:
    """Add an organisation."""
    if kind not in KINDS:
        fail(f"--kind is one of {', '.join(KINDS)}")
    if (kind == "authority") != (authority_code is not None):
        fail("--authority-code belongs to --kind authority, and only there")
    with _session() as session:
        new = NewOrganisation(code, kind, name, country.upper(), authority_code)
        made = people.add_organisation(session, new, ACTOR)
    typer.echo(f"{made.code} {made.id}")


def add_user(
    organisation: Annotated[str, typer.Argument(help="Code of the organisation.")],
    email: Annotated[str, typer.Argument(help="Sign-in name.")],
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    role: Annotated[list[str], typer.Option("--role", help=", ".join(ROLES))],
    language: Annotated[str, typer.Option("--language", help="en or ru.")] = "en",
) -> None:
    """Add a person; prints the password, once."""
    new = NewUser(email, name, _roles(role), "ru" if language == "ru" else "en")
    with _session() as session:
        _, password = people.add_user(session, people.find_organisation(session, organisation), new, ACTOR)
    typer.echo(password)


def add_key(
    organisation: Annotated[str, typer.Argument(help="Code of the organisation.")],
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[list[str], typer.Option("--role", help=", ".join(ROLES))],
) -> None:
    """Add an API key; prints it, once."""
    roles = _roles(role)
    with _session() as session:
        owner = people.find_organisation(session, organisation)
        _, shown = people.add_key(session, owner, name, roles, ACTOR)
    typer.echo(shown)


def _roles(given: list[str]) -> frozenset[RoleName]:
    unknown = [role for role in given if role not in ROLES]
    if unknown:
        fail(f"--role is one of {', '.join(ROLES)}")
    return frozenset(cast(list[RoleName], given))


@contextmanager
def _session() -> Iterator[Session]:
    """A unit of work on a migrated database; what a user can get wrong ends in one line."""
    try:
        with own_database():
            database.migrate()
            with database.session() as session:
                yield session
    except TamgaError as error:
        details = "; ".join(f"{fault.field} {fault.reason.en}: {fault.remedy.en}" for fault in error.faults)
        fail(details or error.detail.within("en", error.values))
