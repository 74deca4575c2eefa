"""Who takes part in most tests of the service: a company, its officer, its country's regulator, and a held case."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from screening.access import Principal
from screening.tables.cases import Case
from screening.tables.people import Organisation
from tests.builders import held_case, make_organisation, principal_of


@pytest.fixture
def company(session: Session) -> Organisation:
    return make_organisation(session)


@pytest.fixture
def officer(session: Session, company: Organisation) -> Principal:
    return principal_of(session, company, "officer")


@pytest.fixture
def regulator(session: Session) -> Principal:
    return principal_of(session, make_organisation(session, "authority", "KZ", "KZ-MVD"), "regulator")


@pytest.fixture
def case(session: Session, company: Organisation) -> Case:
    return held_case(session, company)
