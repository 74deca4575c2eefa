"""Whose turn it is: terms of service, each with a serial that only rises, the newest in force.

    given       the model of this machine's folder, where the database knows of no later one
    promotion   two people signed it in (`screening.four_eyes`)
    roll_back   two people signed an earlier one back in; the term before is condemned
    guard       the service went back by itself to the last good model; the term before is condemned
    rollout     two people let a challenger decide for a share of customers; the term beside goes on for the others

Every term carries the service's signature over manifest and serial, under what the two people signed; a process
verifies it, and the trainer's, before it loads. The highest serial stands in the database, where rows of terms only
grow, so no earlier one returns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.promotion import Promoted, signed_statement
from screening import audit
from screening.audit import AuditEntry
from screening.errors import Conflict, FieldFault, Invalid, NotFound, Text
from screening.ids import utc_now
from screening.policy_check import MOST_ROLLOUT
from screening.signing import service_key
from screening.tables.four_eyes import Proposal
from screening.tables.modelling import ModelTerm, ModelVersion
from screening.tenancy import as_service

LAST_ORDER = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM order_arrival")
ALLOWED = text(
    "SELECT rules #>> '{rollout,most}' FROM policy WHERE valid_from <= (clock_timestamp() AT TIME ZONE 'UTC')::date "
    "AND (valid_to IS NULL OR valid_to >= (clock_timestamp() AT TIME ZONE 'UTC')::date) ORDER BY version DESC LIMIT 1"
)
ROLLOUT = "rollout"
FIGURES = ("knows_labels_until", "synthetic", "calibration")


class NothingToReturnTo(Conflict):
    code = "nothing_to_return_to"
    detail = Text("No earlier good model has served.", "Раньше не служила ни одна годная модель.")
    remedy = Text("Promote another model.", "Введите в действие другую модель.")


class InServiceAlready(Conflict):
    code = "in_service_already"
    detail = Text("This model is in service.", "Эта модель уже действует.")


class RolloutNotAllowed(Conflict):
    code = "rollout_not_allowed"
    detail = Text(
        "Policy lets a challenger decide for {allowed} of customers, not for {share}.",
        "Политика позволяет претенденту решать по доле клиентов {allowed}, не {share}.",
    )
    remedy = Text(
        "Choose a smaller share, or propose a policy with rules.rollout.most.",
        "Выберите меньшую долю или предложите политику с rules.rollout.most.",
    )


def current(session: Session) -> ModelTerm | None:
    """The term in force."""
    return session.exec(select(ModelTerm).order_by(col(ModelTerm.serial).desc()).limit(1)).first()


def deciding(session: Session) -> ModelTerm | None:
    """The term whose model decides wherever no challenger of a rollout does."""
    now = current(session)
    return now if now is None or now.beside is None else session.get_one(ModelTerm, now.beside)


def top(session: Session) -> int:
    """The highest serial; 0 before the first term."""
    return int(session.execute(select(func.coalesce(func.max(ModelTerm.serial), 0))).scalar_one())


def history(session: Session, limit: int = 50) -> list[tuple[ModelTerm, ModelVersion]]:
    """Terms with their models, the newest first."""
    query = select(ModelTerm, ModelVersion).join(ModelVersion, col(ModelVersion.id) == col(ModelTerm.model_id))
    return [(term, model) for term, model in session.exec(query.order_by(col(ModelTerm.serial).desc()).limit(limit))]


def condemned(session: Session) -> set[int]:
    """Serials whose scores are not to be trusted."""
    found = session.exec(select(ModelTerm.condemns).where(col(ModelTerm.condemns).is_not(None)))
    return {serial for serial in found if serial is not None}


def last_good(session: Session) -> ModelTerm | None:
    """The latest earlier term of another model that decided for all and was not condemned."""
    now = current(session)
    if now is None:
        return None
    bad = condemned(session)
    query = select(ModelTerm).where(col(ModelTerm.serial) < now.serial, col(ModelTerm.model_id) != now.model_id)
    found = session.exec(query.where(ModelTerm.kind != ROLLOUT).order_by(col(ModelTerm.serial).desc()))
    return next((term for term in found if term.serial not in bad), None)


def resumed(session: Session, term: ModelTerm) -> bool:
    """Whether a term goes on with the model that decided before it: a rollout beside it came to its end."""
    query = select(ModelTerm.model_id).where(col(ModelTerm.serial) < term.serial, ModelTerm.kind != ROLLOUT)
    return session.exec(query.order_by(col(ModelTerm.serial).desc()).limit(1)).first() == term.model_id


def chosen(session: Session, version: str | None, action: str) -> ModelVersion:
    """The model that is to serve: the one named, else for a roll back the last good one.

    In a rollout either of the two may be let to decide for all. Raises NotFound, InServiceAlready, NothingToReturnTo.
    """
    if action == "roll_back" and version is None:
        good = last_good(session)
        if good is None:
            raise NothingToReturnTo
        return session.get_one(ModelVersion, good.model_id)
    model = session.exec(select(ModelVersion).where(ModelVersion.version == version)).first()
    if model is None:
        raise NotFound
    now, decides = current(session), deciding(session)
    alone = now is decides or action == ROLLOUT
    if alone and decides is not None and decides.model_id == model.id:
        raise InServiceAlready
    if action == "roll_back" and not _served_well(session, model):
        raise NothingToReturnTo
    return model


def _served_well(session: Session, model: ModelVersion) -> bool:
    bad = condemned(session)
    served = session.exec(select(ModelTerm.serial).where(ModelTerm.model_id == model.id, ModelTerm.kind != ROLLOUT))
    return any(serial not in bad for serial in served)


def give(session: Session, model: ModelVersion, promoted: Promoted, signed: tuple[bytes, bytes]) -> ModelTerm:
    """Write down that the model of this machine's folder serves; `signed` are its promotion's files, if it has any."""
    term = ModelTerm(
        serial=promoted.serial or top(session) + 1, model_id=model.id, kind="given",
        reason="found in the model folder", statement=signed[0], signature=signed[1],
        from_sequence=last_order(session),
    )  # fmt: skip
    return _begun(session, term, model, "service")


def shown(session: Session, model: ModelVersion, said: Mapping[str, Any]) -> dict[str, Any]:
    """Exactly what two people sign: the model, what it is known for, what it replaces, its serial, and the words.

    `said` is what was asked for: action, reason and, of a rollout, its share. Raises Invalid, RolloutNotAllowed.
    """
    now, action, share = current(session), said["action"], said.get("share")
    if (action == ROLLOUT) != (share is not None and 0 < share <= MOST_ROLLOUT):
        reason = Text("is no share of a rollout", "не доля для ввода по частям")
        remedy = Text("Give 0.01 to 0.5, with a rollout alone.", "Укажите от 0,01 до 0,5, только при вводе по частям.")
        raise Invalid(faults=(FieldFault("share", "share", reason, remedy),))
    rollout = {} if share is None else _rollout(session, share)
    return {
        "action": action,
        "model": model.version,
        "sha256": model.sha256,
        "as_of": model.as_of,
        "card": {name: model.card[name] for name in FIGURES if name in model.card},
        "gates": {name: model.gates[name] for name in ("passed", "failed") if name in model.gates},
        "replaces": now.serial if now else None,
        "condemns": now.serial if now and action == "roll_back" else None,
        "serial": top(session) + 1,
        "reason": said["reason"],
        **rollout,
    }


def _rollout(session: Session, share: float) -> dict[str, Any]:
    """For how many customers, and which model goes on for the others."""
    most, beside = allowed(session), deciding(session)
    if share > most:
        raise RolloutNotAllowed(allowed=f"{most:g}", share=f"{share:g}")
    if beside is None:
        raise NothingToReturnTo
    champion = session.get_one(ModelVersion, beside.model_id)
    return {
        "share": share, "beside": beside.serial, "champion": champion.version, "champion_sha256": champion.sha256,
    }  # fmt: skip


def allowed(session: Session) -> float:
    """The share of customers of whom the policy of today lets a challenger decide."""
    return float(session.execute(ALLOWED).scalar() or 0.0)


def again(session: Session, said: Mapping[str, Any]) -> dict[str, Any]:
    """What would be signed now of a text that was signed before."""
    model = session.exec(select(ModelVersion).where(ModelVersion.version == said["model"])).one()
    return shown(session, model, said)


def for_a_share(proposal: Proposal) -> bool:
    """Whether a proposal lets a model decide for a share of customers only."""
    return proposal.kind == "model" and json.loads(proposal.body)["action"] == ROLLOUT


def maker(session: Session, proposal: Proposal) -> UUID | None:
    """Who brought the model of a proposal; they cannot be its second person. None for other proposals."""
    if proposal.kind != "model":
        return None
    with as_service(session):
        return session.get_one(ModelVersion, proposal.subject_id).registered_by


def enact(session: Session, proposal: Proposal, said: Mapping[str, Any]) -> ModelTerm:
    """Begin the term that two people signed. The caller is in the service's scope."""
    model = session.get_one(ModelVersion, proposal.subject_id)
    about: dict[str, Any] = {"proposal": str(proposal.id), "by": [str(proposal.proposed_by), str(proposal.approved_by)]}
    term = ModelTerm(
        serial=said["serial"], model_id=model.id, kind=said["action"], condemns=said["condemns"], reason=said["reason"],
        proposal_id=proposal.id, share=said.get("share"), beside=said.get("beside"),
    )  # fmt: skip
    about |= {name: said[name] for name in ("share", "beside", "champion_sha256") if name in said}
    return _signed_in(session, term, model, about)


def fall_back(session: Session, reason: str) -> ModelTerm | None:
    """Go back to the last good model, without waiting for people; None where there is none. A person reviews it."""
    now, good = current(session), last_good(session)
    if now is None or good is None:
        return None
    model = session.get_one(ModelVersion, good.model_id)
    term = ModelTerm(
        serial=now.serial + 1, model_id=model.id, kind="guard", condemns=now.serial, reason=reason[:2000]
    )  # fmt: skip
    return _signed_in(session, term, model, {"by": ["guard"]})


def _signed_in(session: Session, term: ModelTerm, model: ModelVersion, about: dict[str, Any]) -> ModelTerm:
    about |= {"at": utc_now().isoformat(), "reason": term.reason}
    term.statement, term.signature = signed_statement(model.sha256, about, term.serial, service_key())
    term.from_sequence = last_order(session)
    return _begun(session, term, model, "people" if term.proposal_id else "guard")


def _begun(session: Session, term: ModelTerm, model: ModelVersion, actor: str) -> ModelTerm:
    session.add(term)
    session.flush()
    told = {"serial": term.serial, "model": model.version, "condemns": term.condemns, "reason": term.reason}
    audit.record(session, AuditEntry(f"model.{term.kind}", actor, subject_id=model.id, details=told))
    return term


def last_order(session: Session) -> int:
    """The number of the latest order that has arrived."""
    return int(session.execute(LAST_ORDER).scalar_one())
