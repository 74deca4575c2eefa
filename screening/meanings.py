"""What a signature says in words: for every kind of proposal, by who proposes and by who approves."""

from __future__ import annotations

from screening.errors import Text

MEANINGS: dict[tuple[str, str], Text] = {
    ("release", "propose"): Text(
        "I propose to release this order although its score is high: {reason}",
        "Предлагаю отпустить этот заказ, хотя его оценка высокая: {reason}",
    ),
    ("release", "approve"): Text(
        "I release this order although its score is high. I have read what was signed: {reason}",
        "Отпускаю этот заказ, хотя его оценка высокая. Подписанное мной прочитано: {reason}",
    ),
    ("model", "propose"): Text(
        "I propose that this model serves: {reason}", "Предлагаю ввести эту модель в действие: {reason}"
    ),
    ("model", "approve"): Text(
        "I let this model serve. I have read what was signed: {reason}",
        "Ввожу эту модель в действие. Подписанное мной прочитано: {reason}",
    ),
    ("rollout", "propose"): Text(
        "I propose that this model decides for a share of customers: {reason}",
        "Предлагаю, чтобы эта модель решала по части клиентов: {reason}",
    ),
    ("rollout", "approve"): Text(
        "I let this model decide for a share of customers. I have read what was signed: {reason}",
        "Разрешаю этой модели решать по части клиентов. Подписанное мной прочитано: {reason}",
    ),
    ("policy", "propose"): Text(
        "I propose this policy for all orders from its first day: {reason}",
        "Предлагаю эту политику для всех заказов с её первого дня: {reason}",
    ),
    ("policy", "approve"): Text(
        "I put this policy into force from its first day. I have read what was signed: {reason}",
        "Ввожу эту политику с её первого дня. Подписанное мной прочитано: {reason}",
    ),
    ("list", "propose"): Text(
        "I propose this change of a confidential list, as it was shown to me.",
        "Предлагаю это изменение закрытого списка в том виде, в каком оно мне показано.",
    ),
    ("list", "approve"): Text(
        "I make this change of a confidential list. I have read what was signed.",
        "Вношу это изменение в закрытый список. Подписанное мной прочитано.",
    ),
    ("closing", "propose"): Text(
        "I propose to close this report: {reason}", "Предлагаю закрыть это сообщение: {reason}"
    ),
    ("closing", "approve"): Text(
        "I close this report. I have read what was signed: {reason}",
        "Закрываю это сообщение. Подписанное мной прочитано: {reason}",
    ),
}
