"""The model card: for whom the model is, what it learnt from, how good it was on later orders, and its limits."""

from __future__ import annotations

from typing import Any

from features.reference.typologies import typologies
from models.train import Trained

PURPOSE = (
    "Ranks orders of drug precursors by the risk that they are diverted, for compliance officers and competent "
    "authorities who review the highest. It advises; a person decides. Legal stops are rules and are not its work.",
    "Упорядочивает заказы прекурсоров по риску утечки для сотрудников комплаенса и компетентных органов, которые "
    "проверяют верхнюю часть списка. Модель советует, решает человек. Законные запреты — правила, а не её дело.",
)
LIMITS = (
    (
        "The probability is that of being confirmed as diverted, given how cases came to light in the training data; "
        "schemes that were never discovered teach the model nothing.",
        "Вероятность означает подтверждение утечки при том, как случаи выявлялись в обучающих данных; "
        "нераскрытые схемы ничему модель не учат.",
    ),
    (
        "Figures of this card were measured on later orders of customers that the judging boosters had not learnt "
        "from, with the label delay between; the curve was fitted on the same orders. Its level is that of their "
        "time: where the share of confirmed cases changes, so must the curve.",
        "Показатели измерены на более поздних заказах клиентов, на которых проверяющие модели не обучались, с учётом "
        "задержки меток; кривая калибровки построена на тех же заказах. Её уровень относится к их времени: если доля "
        "подтверждённых случаев меняется, кривую нужно строить заново.",
    ),
    (
        "An order whose customer, goods or route the training data never saw is scored by its other features only.",
        "Заказ с незнакомым клиентом, товаром или маршрутом оценивается только по остальным признакам.",
    ),
    (
        "No single reason makes an order suspicious; reasons explain the score, they prove nothing.",
        "Ни одна причина сама по себе не делает заказ подозрительным; причины объясняют оценку и ничего не доказывают.",
    ),
)
FOR = (
    "Compliance officers of companies and competent national authorities.",
    "Сотрудники комплаенса компаний и компетентные национальные органы.",
)
NOT_FOR = (
    "Deciding without a person; judging persons; pricing or credit.",
    "Решения без участия человека; оценка физических лиц; цены или кредит.",
)
SYNTHETIC = (
    "Trained on a simulated stream of invented companies. Its figures say nothing about real trade.",
    "Обучена на смоделированном потоке вымышленных компаний. Показатели ничего не говорят о реальной торговле.",
)


def card(trained: Trained, as_of: str, *, synthetic: bool) -> dict[str, Any]:
    """The card as plain JSON values; texts carry `en` and `ru`."""
    limits = [*LIMITS, SYNTHETIC] if synthetic else list(LIMITS)
    return {
        "purpose": _both(PURPOSE),
        "for": _both(FOR),
        "not_for": _both(NOT_FOR),
        "limits": [_both(limit) for limit in limits],
        "knows_labels_until": as_of,
        "synthetic": synthetic,
        "typologies_unseen": [
            {"id": name, "en": typologies()[name].name("en"), "ru": typologies()[name].name("ru")}
            for name in trained.report["typologies_unseen"]
        ],
        "training": trained.report,
        "calibration": {
            "method": trained.calibrator.method,
            "orders": trained.calibrator.orders,
            "cases": trained.calibrator.cases,
        },
    }


def _both(text: tuple[str, str]) -> dict[str, str]:
    return {"en": text[0], "ru": text[1]}
