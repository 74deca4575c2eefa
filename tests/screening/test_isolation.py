"""Row-level security: no table without a policy, and the traps in which it is said to be there and is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

import api
from screening import database, roles, tenancy
from screening.settings import UnsafeSettings
from screening.tenancy import NOBODY, SERVICE, Scope
from tests.builders import held_case, make_key, make_organisation
from tests.conftest import of_role

EXEMPT = {"alembic_version": "the revision of the schema; the application may only read it"}
OF_EVERYBODY = {
    "life_move": "the steps of orders and cases, the same for all",
    "policy": "the rules of the service, the same for all",
    "audit_checkpoint": "public: a signature over the main tree",
    "audit_cosignature": "public: a witness's signature",
    "audit_key": "public keys",
    "audit_chain_checkpoint": "public: a signature over the early chain",
}
COUNTED = ("orders", "order_version", "assessment", "decision", "officer_case", "case_event", "person", "party_state",
           "outbox", "audit_staging", "organisation", "api_key")  # fmt: skip


@pytest.fixture
def two(committed: Engine) -> tuple[UUID, UUID]:
    """Two companies with an order, a case and a key each."""
    made = []
    for _ in range(2):
        with database.session() as work:
            company = make_organisation(work)
            held_case(work, company, reference="SAME")
            make_key(work, company, "integration")
            made.append(company.id)
    return made[0], made[1]


def seen(work: Session) -> dict[str, int]:
    return {name: work.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in COUNTED}


def test_every_table_has_its_policy_forced_or_a_reason(engine: Engine) -> None:
    query = """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
            SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    """
    with engine.connect() as connection:
        found = {row[0]: row[1] for row in connection.execute(text(query))}
    assert found.keys() >= SQLModel.metadata.tables.keys()
    assert {name for name, bound in found.items() if not bound} == EXEMPT.keys()


def test_what_everybody_may_read_is_declared(engine: Engine) -> None:
    query = "SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND qual = 'true'"
    with engine.connect() as connection:
        assert set(connection.execute(text(query)).scalars()) == OF_EVERYBODY.keys()


def test_views_ask_as_who_reads_and_functions_have_a_path_of_their_own(engine: Engine) -> None:
    views = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
        AND NOT coalesce(reloptions @> '{security_invoker=true}', false)
    """
    definers = """
        SELECT proname, coalesce(array_to_string(proconfig, ','), '') LIKE '%search_path%',
            has_function_privilege('public', oid, 'EXECUTE')
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname
    """
    with engine.connect() as connection:
        assert connection.execute(text(views)).scalars().all() == []
        found = [tuple(row) for row in connection.execute(text(definers))]
    definers = ("tamga_erase_events", "tamga_find_key", "tamga_refused_elsewhere")
    assert found == [(name, True, False) for name in definers]


def test_nobody_sees_nothing_a_tenant_its_own_the_service_all(two: tuple[UUID, UUID]) -> None:
    with database.session(NOBODY) as work:
        assert set(seen(work).values()) == {0}
    with database.session(Scope(two[0])) as work:
        own = seen(work)
    with database.session(SERVICE) as work:
        everything = seen(work)
    assert min(own[name] for name in COUNTED if name not in ("person", "outbox")) > 0
    assert all(everything[name] >= 2 * own[name] for name in ("orders", "decision", "case_event", "api_key"))


def test_the_owner_is_under_the_policies_too(two: tuple[UUID, UUID], committed: Engine) -> None:
    owner = database.connect(of_role(committed.url, roles.OWNER))
    with Session(owner) as work:
        assert set(seen(work).values()) == {0}
    owner.dispose()


def test_a_connection_carries_nothing_over(two: tuple[UUID, UUID], committed: Engine) -> None:
    one = database.connect(of_role(committed.url, roles.APPLICATION))
    with Session(one) as work:
        tenancy.begin_in(work, Scope(two[0]))
        assert seen(work)["orders"] == 1
        process = work.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with Session(one) as work:
        assert work.execute(text("SELECT pg_backend_pid()")).scalar_one() == process
        assert work.execute(text("SELECT current_setting('tamga.tenant', true)")).scalar_one() == ""  # not NULL
        assert set(seen(work).values()) == {0}
    one.dispose()


def test_a_failed_block_leaves_no_service_scope(two: tuple[UUID, UUID]) -> None:
    with database.session(Scope(two[0])) as work:
        with pytest.raises(ZeroDivisionError), tenancy.as_service(work):  # noqa: PT012 - the block is what fails
            assert seen(work)["orders"] == 2
            raise ZeroDivisionError
        assert seen(work)["orders"] == 1


def test_nobody_writes_for_another(two: tuple[UUID, UUID]) -> None:
    insert = text("INSERT INTO day_book (organisation_id, day) VALUES (:o, 1)")
    with pytest.raises(DBAPIError, match="row-level security"), database.session(Scope(two[0])) as work:
        work.execute(insert, {"o": two[1]})
    with database.session(Scope(two[0])) as work:
        moved = work.execute(text("UPDATE orders SET reference = 'X' WHERE organisation_id = :o"), {"o": two[1]})
        assert moved.rowcount == 0  # type: ignore[attr-defined]


def test_no_unique_key_tells_of_another_company(engine: Engine) -> None:
    """Of the keys that hold what people choose, none is shared by companies; sign-in names are (DECISIONS 27)."""
    chosen = {"reference", "key", "number_key", "name", "code", "email", "filename", "url"}
    shared = set()
    for table in SQLModel.metadata.tables.values():
        rules = [*table.constraints, *(index for index in table.indexes if index.unique)]
        for rule in rules:
            columns = {column.name for column in getattr(rule, "columns", ())}
            unique = type(rule).__name__ in ("UniqueConstraint", "PrimaryKeyConstraint", "Index")
            if unique and columns & chosen and "organisation_id" not in columns:
                shared.add((table.name, *sorted(columns)))
    assert shared == {("organisation", "code"), ("person", "email")}


def test_the_application_may_neither_cut_the_log_nor_change_the_schema(two: tuple[UUID, UUID]) -> None:
    for statement in (
        "DELETE FROM audit_leaf", "UPDATE audit_event SET body = ''", "TRUNCATE orders", "DROP POLICY tenant ON orders",
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY", "CREATE TABLE mine (a int)",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), database.session() as work:
            work.execute(text(statement))


@pytest.mark.parametrize(("role", "why"), [("postgres", "superuser"), (roles.OWNER, "owns tables")])
def test_a_role_above_its_policies_is_refused(role: str, why: str, engine: Engine) -> None:
    strong = database.connect(of_role(engine.url, role))
    with strong.connect() as connection, pytest.raises(UnsafeSettings, match=why):
        roles.refuse_strength(connection)
    strong.dispose()
    weak = database.connect(of_role(engine.url, roles.APPLICATION))
    with weak.connect() as connection:
        roles.refuse_strength(connection)
    weak.dispose()


def _calls(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            bare = isinstance(node, ast.Call) and not node.args and not node.keywords
            if bare and ast.unparse(node.func) == "database.session":  # type: ignore[attr-defined]
                yield path.name, node.lineno


def test_requests_say_whose_rows_they_may_see() -> None:
    root = Path(api.__file__).parent
    assert [*_calls(root / "routes"), *_calls(root / "workbench")] == []
    assert "database.session()" not in (root / "dependencies.py").read_text("utf-8")
