"""A house full of people and orders for pages: three companies, two authorities, the operator, and the demo's orders.

    settled()   organisations with somebody in every role, the demo's orders screened, one object of every kind
    grow()      copies of those orders by SQL until so many are stored, so many of them held and open

Copies are spread evenly over the orders, and over forty customers for each of theirs, itself among them; times over
two years. What is copied keeps its score and decision; only numbers, parties and days differ.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import Engine, text
from sqlmodel import Session

from api.bench import objects, tenants
from api.bench.matrix import Object
from api.bench.online import order_of
from features.intake import OrderIn
from screening import audit, bulk, database, instructions, keeping, referrals, screen
from screening.errors import TamgaError
from screening.instructions import Answer
from screening.orders import Submission
from screening.people import ROLES_OF
from screening.scoring import SERVICE
from screening.tables.people import Organisation, RoleName

DEMO = Path(__file__).parents[1] / "demo" / "orders.jsonl"
PEOPLE_NAMES = ("Aigul Sarsenova", "Daniyar Omarov", "Irina Kim", "Timur Akhmetov", "Saule Bekova", "Marat Zhunusov")
COMPANIES = ("ТОО «Степь Реагенты»", "ТОО «Второй Дом»", "ТОО «Двадцать Дел»")
OTHERS = ("МВД Республики Казахстан", "МВД России", "Оператор Tamga")
EVERYTHING: tuple[tuple[str, Object], ...] = (
    ("company", "permit"), ("company", "endpoint"), ("company", "delivery"), ("company", "key"),
    ("company", "proposal"), ("authority", "incident"), ("authority", "operation"), ("operator", "letter"),
    ("operator", "proposal"), ("operator", "model"), ("operator", "alarm"),
)  # fmt: skip


@dataclass
class Scene:
    """Who is there and what; `emails` by kind of organisation and role, `objects` as paths name them."""

    company: UUID
    small: Organisation
    emails: dict[tuple[str, RoleName], str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)

    def path(self, pattern: str) -> str:
        """A visit's path with its objects named."""
        return pattern.format(**self.objects)


def settled(orders: int = 332) -> Scene:
    """The scene on the migrated database that sessions are bound to, with the first `orders` of the demo."""
    houses = tenants.settle()
    with database.session() as session:
        named = zip((each for each in houses if each.kind == "company"), COMPANIES, strict=True)
        for organisation, name in (*named, *zip(houses[len(COMPANIES) :], OTHERS, strict=True)):
            session.get_one(Organisation, organisation.id).name = name
    companies = [each for each in houses if each.kind == "company"]
    scene = Scene(companies[0].id, companies[2])
    for organisation in (companies[0], houses[3], houses[5]):
        _staff(scene, organisation)
    _screened(companies[0], orders)
    for kind, what in EVERYTHING:
        owner = next(each for each in houses if each.kind == kind)
        scene.objects.setdefault(what, objects.make(owner, companies, what))
    scene.objects["referral"] = _reported(companies[0], houses[3]) or objects.make(houses[3], companies, "referral")
    scene.objects["share"] = objects.make(houses[3], companies, "share")
    scene.objects["file"] = _uploaded(companies[0])
    with database.session() as session:
        scene.objects |= _chosen(session, companies[0].id)
        audit.append(session)
        audit.checkpoint(session)
    scene.objects["serving"] = SERVICE.current.version if SERVICE.current else ""
    return scene


def _staff(scene: Scene, organisation: Organisation) -> None:
    with database.session() as session:
        for role, name in zip(sorted(ROLES_OF[organisation.kind]), PEOPLE_NAMES, strict=False):
            somebody = tenants.person(session, organisation, role)
            somebody.name = name
            scene.emails[organisation.kind, role] = somebody.email


def _screened(company: Organisation, orders: int) -> None:
    """The demo's first orders as this company's own; what is no order, or amends one, is left out."""
    for line in DEMO.read_text("utf-8").splitlines()[:orders]:
        try:
            with database.session() as session:
                screen.submit(session, Submission.of(company.id, OrderIn.model_validate_json(line)))
        except (ValidationError, ValueError, TamgaError):
            continue


def _uploaded(company: Organisation) -> str:
    """A checked file that waits to be committed: thirty rows, three of them no orders."""
    rows = [f"FILE-{number},ТОО «Бояу»,acetone,{number - 3},kg" for number in range(1, 31)]
    with tempfile.TemporaryDirectory() as folder, database.session() as session:
        path = Path(folder) / "orders.csv"
        path.write_text(
            "\n".join(["reference,customer.name,lines.0.name,lines.0.quantity,lines.0.unit", *rows]), "utf-8"
        )
        return str(bulk.receive(session, bulk.Upload(company.id, path, "orders.csv", waits=True)).id)


def _reported(company: Organisation, authority: Organisation) -> str | None:
    """The riskiest held order that leaves the authority's country, reported, acknowledged and asked about."""
    query = text(
        "SELECT c.id FROM officer_case c JOIN assessment a ON a.order_version_id = c.order_version_id "
        "JOIN order_version v ON v.id = c.order_version_id WHERE c.organisation_id = :company AND c.state = 'open' "
        "AND v.body::jsonb #>> '{seller,country}' = :country ORDER BY a.probability DESC LIMIT 1"
    )
    with database.session() as session:
        case = session.execute(query, {"company": company.id, "country": authority.country}).scalar()
        if case is None:
            return None
        officer = objects.principal(session, company, "officer")
        report = referrals.refer(session, officer, case, "Количество далеко за пределами заявленной потребности").id
        regulator = objects.principal(session, authority, "regulator")
        referrals.acknowledge(session, regulator, report)
        asked = Answer("ask", "Кто принимает товар на складе и по какому договору?")
        instructions.instruct(session, regulator, report, asked)
    return str(report)


def _chosen(session: Session, company: UUID) -> dict[str, str]:
    """The open order with the longest way and the highest score, the page with the most on it; if there is any, one
    that nobody's own view or second signature is asked of."""
    query = text(
        "SELECT o.id FROM orders o JOIN officer_case c ON c.order_id = o.id AND c.state = 'open' "
        "JOIN assessment a ON a.order_version_id = o.version_id JOIN order_version v ON v.id = o.version_id "
        "WHERE o.organisation_id = :company "
        "ORDER BY EXISTS (SELECT FROM proposal p WHERE p.subject_id = c.id AND p.state = 'proposed'), c.own_view, "
        "coalesce(jsonb_array_length(v.body::jsonb #> '{route,legs}'), 0) DESC, a.probability DESC LIMIT 1"
    )
    return {"order": str(session.execute(query, {"company": company}).scalar_one())}


def held_without_score(scene: Scene, count: int) -> None:
    """So many open cases of the third company, which has no others, and an officer for them."""
    before = SERVICE.current
    SERVICE.serve(None)  # what has no score is held, and one person may release it
    with database.session() as session:
        officer = tenants.person(session, scene.small, "officer")
        scene.emails["small", "officer"] = officer.email
        for number in range(count):
            sent = OrderIn.model_validate_json(orjson.dumps(order_of(0, 0, f"KEYS-{number:02d}")))
            screen.submit(session, Submission.of(scene.small.id, sent))
    SERVICE.serve(before)


COPIES = """
    CREATE TEMPORARY TABLE copied AS WITH base AS (
      SELECT o.id, o.version_id, row_number() OVER (ORDER BY o.reference) - 1 AS place, count(*) OVER () AS size
      FROM orders o WHERE o.organisation_id = :company AND o.version = 1 AND (o.disposition = 'release') <> :open
        AND (NOT :open OR EXISTS (SELECT FROM officer_case c WHERE c.order_id = o.id AND c.state = 'open')))
    SELECT base.id AS old_order, base.version_id AS old_version, gen_random_uuid() AS order_id,
      gen_random_uuid() AS version_id, gen_random_uuid() AS case_id, g.n / base.size AS n,
      coalesce('/' || nullif(g.n / base.size % 40, 0), '') AS other,
      interval '1 minute' * (CASE WHEN :open THEN random() * 5000 ELSE random() * 1000000 END) AS back
    FROM generate_series(0, CAST(:count AS int) - 1) AS g(n)
    JOIN base ON base.place = g.n % (SELECT count(*) FROM base)
"""
CHANGED: dict[str, dict[str, str]] = {
    "orders": {
        "id": "k.order_id", "created_at": "t.created_at - k.back", "reference": "t.reference || '/' || k.n",
        "version_id": "k.version_id",
    },
    "order_version": {
        "id": "k.version_id", "order_id": "k.order_id", "created_at": "t.created_at - k.back",
        "received_at": "t.received_at - k.back", "sequence": "nextval('order_arrival')",
        "customer_name": "left(t.customer_name, 180) || k.other", "twin_of": "NULL",
    },
    "assessment": {"order_version_id": "k.version_id"},
    "decision": {
        "id": "gen_random_uuid()", "order_version_id": "k.version_id", "created_at": "t.created_at - k.back",
    },
}  # fmt: skip
TIED = {"orders": "t.id = k.old_order", "order_version": "t.id = k.old_version"}
COLUMNS = {
    "orders": keeping.ORDER, "order_version": keeping.VERSION, "assessment": keeping.ASSESSMENT,
    "decision": keeping.DECISION,
}  # fmt: skip
LINES = """
    INSERT INTO supply_line (order_id, position, organisation_id, substance_id, counted_at, dimension, kilograms_micro,
      litres_micro, concentration_pct, form, salt, exporter, importer, site, party, ties)
    SELECT k.order_id, t.position, t.organisation_id, t.substance_id, t.counted_at - k.back, t.dimension,
      t.kilograms_micro, t.litres_micro, t.concentration_pct, t.form, t.salt, t.exporter, t.importer, t.site,
      t.party || k.other, ARRAY[t.party || k.other]
    FROM supply_line t JOIN copied k ON t.order_id = k.old_order
"""
CASES = """
    INSERT INTO officer_case (id, created_at, organisation_id, order_id, order_version_id, state, reasons, due_at,
      version, kind, own_view, probability, band, kilograms)
    SELECT k.case_id, t.created_at - k.back, t.organisation_id, k.order_id, k.version_id, 'open', t.reasons,
      now() + interval '1 minute' * (random() * 5000 - 500), 1, 'held', false, t.probability, t.band, t.kilograms
    FROM officer_case t JOIN copied k ON t.order_id = k.old_order
"""
EVENTS = """
    INSERT INTO case_event (id, created_at, case_id, kind, state_after)
    SELECT gen_random_uuid(), now() - k.back, k.case_id, 'opened', 'open' FROM copied k
"""


def grow(superuser: Engine, company: UUID, orders: int, open_cases: int) -> None:
    """Store that many more orders of the company, so many of them held with an open case. Triggers rest meanwhile."""
    for count, opened in ((orders - open_cases, False), (open_cases, True)):
        with superuser.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.execute(text(COPIES), {"company": company, "open": opened, "count": count})
            for table in COLUMNS:
                connection.exec_driver_sql(_copying(table))
            for statement in (LINES, *((CASES, EVENTS) if opened else ())):
                connection.exec_driver_sql(statement.replace("%", "%%"))
            connection.exec_driver_sql("DROP TABLE copied")
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _copying(table: str) -> str:
    columns, changed = COLUMNS[table], CHANGED[table]
    chosen = ", ".join(changed.get(name, f"t.{name}") for name in columns).replace("%", "%%")
    tied = TIED.get(table, "t.order_version_id = k.old_version")
    listed = ", ".join(columns)
    return f"INSERT INTO {table} ({listed}) SELECT {chosen} FROM {table} t JOIN copied k ON {tied}"  # noqa: S608
