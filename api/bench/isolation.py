"""`make bench-isolation`: whose objects anybody can reach, and whether a report shows to those it must not.

The matrix (`api/bench/matrix.py`): three companies, two authorities and the operator, everybody in every role, every
operation of the OpenAPI file on an own, a foreign and an absent object, on the real service under its own role. Then
the twin scan (`api/bench/twins.py`), and six ways around the second pair of eyes (`api/bench/four_eyes.py`).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from api.app import create_app
from api.bench import four_eyes, house, objects, tenants, twins
from api.bench.matrix import MATRIX, Relation, Row
from api.bench.report import Report
from api.bench.tenants import Somebody
from screening.tables.people import Organisation

LAST = "DELETE /v1/session"  # it ends the session that the others need
FILES = {"POST /v1/orders/bulk": b"", "POST /v1/cases/{case_id}/documents": b"a paper"}
TRACE = {"x-request-id": "the-same-request"}


@dataclass
class Found:
    """What the matrix showed; `waits` are seconds of foreign and of absent objects, in pairs."""

    cells: int = 0
    wrong: int = 0
    apart: int = 0
    waits: list[tuple[float, float]] = field(default_factory=list)

    def cell(self, right: bool, what: str) -> None:
        """Count one cell; a wrong one is printed."""
        self.cells += 1
        if not right:
            self.wrong += 1
            print(f"  NOT AS DECLARED: {what}", flush=True)


@dataclass(frozen=True)
class Answer:
    """One answer: what may be compared of it, and how long it took."""

    status: int
    text: str
    headers: dict[str, str]
    seconds: float


class Matrix:
    """Walks the matrix on a service that answers at `port`."""

    def __init__(self, port: int) -> None:
        self.organisations = tenants.settle()
        self.companies = [each for each in self.organisations if each.kind == "company"]
        self.people = tenants.everybody(port, self.organisations)
        self.standing: dict[tuple[str, Any], str] = {}  # objects that their owners leave alone
        self.found = Found()

    def walk(self) -> Found:
        """Every operation, everybody, every relation."""
        for operation in sorted(MATRIX, key=lambda name: (name == LAST, name)):
            for who in self.people:
                self._cells(operation, MATRIX[operation], who)
        return self.found

    def _cells(self, operation: str, row: Row, who: Somebody) -> None:
        compared = {}
        for relation, name in self._names(row, who):
            answer = asked(who, operation, row, name)
            compared[relation] = answer
            right = row.as_declared(who.organisation.kind, who.role, relation, answer.status)
            self.found.cell(right, f"{operation} {relation} by {who.organisation.code} {who.role}: {answer.status}")
        if "foreign" in compared:
            foreign, absent = compared["foreign"], compared["absent"]
            self.found.waits.append((foreign.seconds, absent.seconds))
            if (foreign.status, foreign.text, foreign.headers) != (absent.status, absent.text, absent.headers):
                self.found.apart += 1
                print(f"  FOREIGN IS NOT ABSENT: {operation} {who.role}: {foreign} {absent}", flush=True)

    def _names(self, row: Row, who: Somebody) -> Iterator[tuple[Relation, str]]:
        """What to ask for: an own object where there can be one, another's, and none."""
        if row.of is None:
            yield "own", ""
            return
        if objects.owns(who.organisation, row.of):
            used = row.may(who.organisation.kind, who.role)  # what one may, one may use up: each gets a fresh one
            own = objects.make(who.organisation, self.companies, row.of) if used else self._left(who.organisation, row)
            yield "own", own
        yield "foreign", self._left(self._other(who.organisation, row), row)
        yield "absent", objects.absent(row.of)

    def _other(self, organisation: Organisation, row: Row) -> Organisation:
        """Somebody else who owns such an object: another company, for what authorities own another authority."""
        if row.of in {"referral", *objects.OF_AUTHORITIES} and organisation.kind == "authority":
            return next(o for o in self.organisations if o.kind == "authority" and o is not organisation)
        at = self.companies.index(organisation) if organisation in self.companies else -1
        return self.companies[(at + 1) % len(self.companies)]

    def _left(self, owner: Organisation, row: Row) -> str:
        assert row.of is not None
        key = (row.of, owner.id)
        if key not in self.standing:
            self.standing[key] = objects.make(owner, self.companies, row.of)
        return self.standing[key]


def asked(who: Somebody, operation: str, row: Row, name: str) -> Answer:
    """Ask once. The name that was asked for is masked in what is compared."""
    method, path = objects.addressed(operation, name)
    sent: dict[str, Any] = {}
    if operation in FILES:
        sent["files"] = {"file": ("orders.jsonl", FILES[operation])}
    elif method in ("POST", "PUT"):
        filled = {"reference": name, "into": name, "assignee_id": str(who.user_id)}
        sent["json"] = row.body | {key: value for key, value in filled.items() if key in row.body}
    began = time.perf_counter()
    answer = who.client.request(method, path, headers=TRACE, **sent)
    seconds = time.perf_counter() - began
    headers = {key: value for key, value in answer.headers.items() if key not in ("content-length", "date")}
    told = answer.text
    for each in name.split():
        told = told.replace(each, "NAME")
    return Answer(answer.status_code, told, headers, seconds)


def unlisted() -> int:
    """Operations of the OpenAPI file without a row, and rows without an operation."""
    paths = create_app().openapi()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    return len(operations ^ set(MATRIX))


def main() -> None:
    """Run and report."""
    report = Report("isolation")
    with house.opened() as place, place.serving("api.app:create_app") as port:
        matrix = Matrix(port)
        addressed = next(
            each for each in matrix.people
            if each.organisation.authority_code == tenants.ADDRESSED and each.role == "regulator"
        )  # fmt: skip
        apart = twins.differing(port, addressed)
        found = matrix.walk()
        passed = four_eyes.passed(create_app())
    wrong = found.wrong + unlisted()
    print(f"  {found.cells} cells, {len(MATRIX)} operations, {len(matrix.people)} people", flush=True)
    foreign, absent = (statistics.median(each) * 1000 for each in zip(*found.waits, strict=True))
    noise = statistics.median(abs(a - b) for a, b in found.waits) * 1000
    print(f"  median: foreign {foreign:.2f} ms, absent {absent:.2f} ms; median of single differences {noise:.2f} ms")
    report.bar("matrix_as_declared_percent", 100 * (1 - wrong / found.cells), "equals", 100)
    report.bar("foreign_and_absent_differ", found.apart, "equals", 0)
    report.bar("twin_scan_bytes_differing", apart, "equals", 0)
    report.bar("four_eyes_attempts_that_passed", passed, "equals", 0)
    report.end()


if __name__ == "__main__":
    main()
