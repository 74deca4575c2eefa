"""Who may propose, approve and read each kind of proposal; the database keeps the same table in `tamga_may_sign`.

A kind belongs to one or two kinds of organisation. Whatever is approved takes another person than who proposed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from screening.access import Principal
from screening.errors import Forbidden
from screening.tables.people import RoleName

Roles = tuple[RoleName, ...]


@dataclass(frozen=True, slots=True)
class Signatories:
    """The roles of one kind of organisation for one kind of proposal. Whoever signs may read."""

    propose: Roles
    approve: Roles
    readers: Roles = ()

    @property
    def read(self) -> Roles:
        return (*self.propose, *self.approve, *self.readers)


OPERATORS = Signatories(("data_scientist", "administrator"), ("administrator",), ("auditor",))
SIGNATORIES: dict[str, dict[str, Signatories]] = {
    "release": {"company": Signatories(("officer", "supervisor"), ("supervisor",), ("auditor",))},
    "policy": {"operator": OPERATORS},
    "model": {"operator": OPERATORS},
    "list": {
        "company": Signatories(("supervisor",), ("supervisor",)),
        "authority": Signatories(("regulator", "chief"), ("regulator", "chief")),
    },
    "closing": {"authority": Signatories(("regulator", "chief"), ("regulator", "chief"))},
}


def may_propose(principal: Principal, kind: str) -> None:
    """Raises Forbidden for who may not propose this kind, or is no person."""
    _refuse(principal, kind, "propose")


def may_approve(principal: Principal, kind: str) -> None:
    """Raises Forbidden for who may not sign this kind second, or is no person."""
    _refuse(principal, kind, "approve")


def readable(principal: Principal) -> tuple[str, ...]:
    """Kinds of proposals that the caller may read. Raises Forbidden where there is none."""
    kinds = tuple(kind for kind, signatories in _of(principal) if principal.has(*signatories.read))
    if not kinds:
        raise Forbidden
    return kinds


def _refuse(principal: Principal, kind: str, part: str) -> None:
    held = SIGNATORIES[kind].get(principal.organisation_kind)
    if held is None or principal.user_id is None or not principal.has(*getattr(held, part)):
        raise Forbidden


def _of(principal: Principal) -> Iterator[tuple[str, Signatories]]:
    for kind, houses in SIGNATORIES.items():
        if principal.organisation_kind in houses:
            yield kind, houses[principal.organisation_kind]
