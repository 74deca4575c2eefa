"""A person's desk: the case they have open, seen by colleagues, and views of the queue that they named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from screening.access import Principal
from screening.errors import FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.tables.cases import Case
from screening.tables.desk import Presence, SavedView
from screening.tables.people import User

FRESH = timedelta(minutes=15)  # a page that was opened longer ago counts as left
MOST_VIEWS = 20
LONGEST_NAME, LONGEST_QUERY = 60, 500


def open_at(session: Session, principal: Principal, case: Case) -> None:
    """Note that the caller has this case open; a person has one open at a time."""
    if principal.user_id is None or not principal.has("officer", "supervisor"):
        return
    values = {
        "person_id": principal.user_id, "organisation_id": principal.organisation_id, "case_id": case.id,
        "seen_at": utc_now(),
    }  # fmt: skip
    statement = insert(Presence).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))


def others_at(session: Session, principal: Principal, cases: Collection[UUID]) -> Mapping[UUID, str]:
    """Names of colleagues who have these cases open now, by case."""
    query = (
        select(Presence.case_id, User.name)
        .join(User, col(User.id) == col(Presence.person_id))
        .where(
            col(Presence.case_id).in_(cases), col(Presence.seen_at) > utc_now() - FRESH,
            col(Presence.person_id) != principal.user_id,
        )
        .order_by(col(Presence.seen_at).desc())
    )  # fmt: skip
    found: dict[UUID, str] = {}
    for case_id, name in session.exec(query):
        found[case_id] = f"{found[case_id]}, {name}" if case_id in found else name
    return found


def views(session: Session, principal: Principal) -> list[SavedView]:
    """The caller's own views, by name."""
    query = select(SavedView).where(SavedView.person_id == principal.user_id).order_by(col(SavedView.name))
    return list(session.exec(query))


def save_view(session: Session, principal: Principal, name: str, query: str) -> None:
    """Keep a view under a name; the same name is replaced. Raises Invalid."""
    said = name.strip()
    if principal.user_id is None:
        raise NotFound
    if not said or len(said) > LONGEST_NAME or len(query) > LONGEST_QUERY or "\x00" in said + query:
        wrong = Text("is missing or too long", "отсутствует или слишком длинное")
        remedy = Text("Give it a name of at most 60 characters.", "Дайте имя не длиннее 60 знаков.")
        raise Invalid(faults=(FieldFault("name", "length", wrong, remedy),))
    mine = views(session, principal)
    known = next((each for each in mine if each.name == said), None)
    if known is not None:
        known.query = query
    elif len(mine) < MOST_VIEWS:
        session.add(SavedView(
            organisation_id=principal.organisation_id, person_id=principal.user_id, name=said, query=query,
        ))  # fmt: skip
    else:
        wrong, remedy = Text("is one too many", "лишнее"), Text("Remove another first.", "Сначала удалите другое.")
        raise Invalid(faults=(FieldFault("name", "too_many", wrong, remedy),))


def drop_view(session: Session, principal: Principal, view_id: UUID) -> None:
    """Remove one of the caller's own views; another's stays, as if it were not there."""
    session.exec(delete(SavedView).where(col(SavedView.id) == view_id, col(SavedView.person_id) == principal.user_id))
