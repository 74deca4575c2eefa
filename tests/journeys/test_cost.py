"""What a released order asks of the database: the work on cases must not make it dearer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from models.scorer import Scorer
from screening.wire import Statement, Wire
from tests.api.sign_in import machine
from tests.builders import make_organisation

# From the key to the last row: one each for the key, turn, moment, states, order, and findings with its lines. What its
# hubs and ties were at the end of the day before, the first order of the day has asked.
STATEMENTS = 6
OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "SET LOCAL")
OF_CASES = ("officer_case", "case_event", "proposal", "life_move", "own_view", "cleared_pattern")


def test_a_released_order_costs_no_statement_of_case_work(
    client: TestClient, session: Session, in_service: Callable[[float], Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_service(1e9)
    company = make_organisation(session)
    headers = machine(session, company)
    asked: list[str] = []
    execute, run = psycopg.Cursor.execute, Wire.run

    def together(wire: Wire, statements: Sequence[Statement]) -> list[list[dict[str, Any]]]:
        asked.extend(text for text, _ in statements)
        return run(wire, statements)

    def counted(cursor: Any, query: Any, *given: Any, **named: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *given, **named)

    line = {"name": "acetone", "cas": "67-64-1", "quantity": "1", "unit": "kg"}
    for number in range(2):  # the first order of a company also opens its books
        monkeypatch.setattr(psycopg.Cursor, "execute", counted)
        monkeypatch.setattr(Wire, "run", together)
        asked.clear()
        body = {"reference": f"COST-{number}", "customer": {"name": "Ala-Too", "country": "KG"}, "lines": [line]}
        answer = client.post("/v1/orders", json=body, headers=headers)
        monkeypatch.setattr(psycopg.Cursor, "execute", execute)
        monkeypatch.setattr(Wire, "run", run)
        assert answer.json()["status"] == "confirmed", answer.text
    asked = [each for each in asked if not each.startswith(OF_TRANSACTIONS)]
    assert not [each for each in asked if any(name in each for name in OF_CASES)]
    assert len(asked) == STATEMENTS
