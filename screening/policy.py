"""Policy: which legal stops and risk bands lead to what. A dated, versioned table; rules of law apart from risk.

    what is found                                              disposition   asked of the customer
    ---------------------------------------------------------  ------------  ---------------------
    no score (scorer missing or late)                          hold          -
    pre-export notification objected to                        refuse        -
    licence stated but ended or for other goods                hold          licence
    Table I / EU category 1 goods without any licence          hold          licence
    Table I / EU category 1 or 2 goods without declaration     hold          declaration
    declaration ended                                          hold          declaration
    Table I goods across a border without authorisation        hold          authorisation
    authorisation ended, or drawn beyond its quantity          hold          authorisation
    notification missing or not answered without objection     hold          - (authority, or silence: never consent)
    goods that nothing identifies                              hold          goods
    band high or elevated                                      hold          -
    a buyer that another company refused                       hold          -
    a party on a list of the house's own                       hold          -
    a buyer whom an authority watches                          hold          -
    otherwise                                                  release       -

No indicator of risk refuses an order by itself: a person decides. What is asked of the customer is asked by law and
is the same whatever the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from features.carried.documents import covers
from features.reference.substances import Substance
from features.subject import Subject

Disposition = Literal["release", "hold", "refuse"]
RANK: dict[str, int] = {"release": 0, "hold": 1, "refuse": 2}


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule of law that is not met. `needs` names the paper the customer is asked for, if one mends it."""

    code: str
    en: str
    ru: str
    source: str
    needs: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {"code": self.code, "en": self.en, "ru": self.ru, "source": self.source, "needs": self.needs}


STOPS: dict[str, Stop] = {
    stop.code: stop
    for stop in (
        Stop(
            "notification_objected",
            "The importing State objected to the pre-export notification.",
            "Государство-импортёр возразило против предварительного уведомления.",
            "1988 Convention Art 12(10)(a)",
        ),
        Stop(
            "licence_invalid",
            "No stated licence is valid on this day for these goods.",
            "Ни одна из указанных лицензий не действует на этот день для этого товара.",
            "EU 273/2004 Art 3; Kazakhstan Law 279-I",
            "licence",
        ),
        Stop(
            "licence_missing",
            "These goods need a licence and the order states none.",
            "Для этого товара нужна лицензия, в заказе она не указана.",
            "EU 273/2004 Art 3; Kazakhstan Law 279-I",
            "licence",
        ),
        Stop(
            "declaration_missing",
            "These goods need the customer's declaration of use and the order carries none.",
            "Для этого товара нужна декларация клиента о применении, в заказе её нет.",
            "EU 273/2004 Art 4(1)",
            "declaration",
        ),
        Stop(
            "declaration_ended",
            "The customer's declaration of use has ended.",
            "Срок декларации клиента о применении истёк.",
            "EU 273/2004 Art 4(2)",
            "declaration",
        ),
        Stop(
            "authorisation_missing",
            "These goods cross a border and the order states no import or export authorisation.",
            "Товар пересекает границу, а разрешение на ввоз или вывоз не указано.",
            "EU 111/2005 Art 12(1); EAEU Board Decision 30 of 2015, 2.12",
            "authorisation",
        ),
        Stop(
            "authorisation_ended",
            "The authorisation has ended.",
            "Срок разрешения истёк.",
            "EU 111/2005 Art 13",
            "authorisation",
        ),
        Stop(
            "authorisation_overdrawn",
            "With this order more is drawn than the authorisation allows.",
            "С этим заказом израсходовано больше, чем позволяет разрешение.",
            "EU 111/2005 Art 13",
            "authorisation",
        ),
        Stop(
            "notification_missing",
            "These goods need a pre-export notification and the order states none.",
            "Для этого товара нужно предварительное уведомление об экспорте, оно не указано.",
            "1988 Convention Art 12(10)(a)",
        ),
        Stop(
            "notification_unsettled",
            "The pre-export notification has no answer without objection; silence is not consent.",
            "На предварительное уведомление нет ответа без возражений; молчание не означает согласия.",
            "1988 Convention Art 12(10)(a); EU 111/2005 Art 11",
        ),
        Stop(
            "goods_unidentified",
            "Nothing in the order identifies the goods.",
            "В заказе нет ничего, что определяет товар.",
            "1988 Convention Art 12(9)(d)",
            "goods",
        ),
    )
}

DEFAULT_RULES: dict[str, Any] = {
    "bands": {"low": "release", "elevated": "hold", "high": "hold", "unscored": "hold"},
    "stops": {code: "refuse" if code == "notification_objected" else "hold" for code in STOPS},
    "watched": {"refused_elsewhere": "hold", "house_check": "hold", "monitored": "hold"},
    "refer_bands": ["high"],
    "refer_stops": ["notification_objected", "authorisation_overdrawn"],
}
REVIEW = {"low_risk": 0.01, "own_view": 0.10}  # shares of released low-risk orders and of cases, where rules say none
# Repeat hits of a cleared pattern pass so many days, up to so many times its weight, where rules say nothing.
REPEATS = {"days": 180, "factor": 1.25}
# Of at most so many customers a challenger may decide, where rules say nothing: of none.
ROLLOUT = {"most": 0.0}
DEFAULT_SOURCE = "Shipped default; dispositions are the tenant's to set, legal stops are not"


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """One version of the policy in force. `rules` has the keys of `DEFAULT_RULES`."""

    version: int
    rules: Mapping[str, Any]

    @property
    def rollout(self) -> float:
        """The share of customers of whom a challenger may decide."""
        return float(self.rules.get("rollout", ROLLOUT).get("most", 0.0))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What policy makes of an order; `reasons` are codes, `refer` says that an authority has to see it."""

    disposition: Disposition
    stops: tuple[Stop, ...]
    reasons: tuple[str, ...]
    needs: tuple[str, ...]
    refer: bool


def legal_stops(subject: Subject, facts: Mapping[str, float]) -> tuple[Stop, ...]:
    """The rules of law that the order does not meet on its own day, in the order of the table above."""
    found = (*_notification(subject), *_licence(subject), *_declaration(subject), *_authorisation(subject, facts))
    if not any(line.name or line.trade_name or line.cas or line.hs for line in subject.body.lines):
        found = (*found, "goods_unidentified")
    return tuple(STOPS[code] for code in dict.fromkeys(found))


def rule(policy: PolicyTable, band: str, stops: tuple[Stop, ...], watched: tuple[str, ...] = ()) -> Ruling:
    """Apply one policy: the strictest of what band, stops and watches lead to. What is unknown holds."""
    by_band = policy.rules["bands"].get(band, "hold")
    outcomes = [by_band, *(policy.rules["stops"].get(stop.code, "hold") for stop in stops)]
    outcomes += [policy.rules.get("watched", {}).get(code, "hold") for code in watched]
    strictest = max(outcomes, key=lambda outcome: RANK.get(outcome, 1))
    reasons = [stop.code for stop in stops]
    if by_band != "release":
        reasons.append("scorer_unavailable" if band == "unscored" else f"risk_{band}")
    reasons += watched
    refer = band in policy.rules["refer_bands"] or any(stop.code in policy.rules["refer_stops"] for stop in stops)
    return Ruling(
        disposition=strictest,
        stops=stops,
        reasons=tuple(reasons),
        needs=tuple(dict.fromkeys(stop.needs for stop in stops if stop.needs)),
        refer=refer and strictest != "release",
    )


def _strict(subject: Subject) -> bool:
    """Goods of INCB Table I or, once the act is in force, EU category 1."""
    return any(
        goods.substance is not None and (goods.substance.incb_table == "I" or _european(goods.substance, "1"))
        for goods in subject.goods
    )


def _declared(subject: Subject) -> bool:
    """Goods of INCB Table I or EU categories 1 and 2."""
    return _strict(subject) or any(
        goods.substance is not None and _european(goods.substance, "2") for goods in subject.goods
    )


def _european(substance: Substance, category: str) -> bool:
    return (substance.eu_category or "").startswith(category) and substance.eu_status == "in_force"


def _crosses(subject: Subject) -> bool:
    return len(subject.countries) > 1


def _ended(until: date | None, day: date) -> bool:
    return until is not None and until < day


def _licence(subject: Subject) -> tuple[str, ...]:
    licences = subject.body.customer.licences
    controlled = [goods.substance for goods in subject.goods if goods.substance and goods.substance.scheduled]
    if not licences:
        return ("licence_missing",) if _strict(subject) else ()
    for substance in controlled:
        valid = [each for each in licences if not _ended(each.valid_to, subject.day)]
        if not any(covers(each, substance.id) for each in valid):
            return ("licence_invalid",)
    return ()


def _declaration(subject: Subject) -> tuple[str, ...]:
    if not _declared(subject):
        return ()
    declaration = subject.body.declaration
    if declaration is None:
        return ("declaration_missing",)
    return ("declaration_ended",) if _ended(declaration.period_to, subject.day) else ()


def _authorisation(subject: Subject, facts: Mapping[str, float]) -> tuple[str, ...]:
    permit = subject.body.authorisation
    if permit is None:
        return ("authorisation_missing",) if _strict(subject) and _crosses(subject) else ()
    if _ended(permit.valid_to, subject.day):
        return ("authorisation_ended",)
    # Stated facts carry 24 bits: a permit that is drawn to its last gram is not overdrawn.
    overdrawn = facts.get("drawn_with_order", 0.0) > facts.get("authorised_kilograms", float("inf")) * (1 + 1e-6)
    return ("authorisation_overdrawn",) if overdrawn else ()


def _notification(subject: Subject) -> tuple[str, ...]:
    notification = subject.body.notification
    status = notification.status if notification else None
    if status == "objection":
        return ("notification_objected",)
    if not (_strict(subject) and _crosses(subject)) or status == "no_objection":
        return ()
    return ("notification_missing",) if notification is None else ("notification_unsettled",)
