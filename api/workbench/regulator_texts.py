"""Texts of the regulator's side beside the packet: questions, watches, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
REGULATOR_TEXTS: dict[str, tuple[str, str]] = {
    "instruction.monitor": ("Watch the customer", "Наблюдать за клиентом"),
    "instruct.until": (
        "Until (only for a question or a watch; may stay empty)",
        "До какого дня (только для запроса или наблюдения; можно не указывать)",
    ),
    "instruct.until_day": ("until {day}", "до {day}"),
    "instruct.what": (
        "Refusing takes effect at once. What you release, the company's officer confirms. A question makes the case "
        "wait. A watched customer's later orders are held for a look.",
        "Отказ действует сразу. Разрешённое к отпуску подтверждает специалист компании. Запрос приостанавливает дело. "
        "Следующие заказы наблюдаемого клиента задерживаются для проверки.",
    ),
    "report.number": ("Report {number}, version {version}", "Сообщение {number}, версия {version}"),
    "report.whole": (
        "Reports of {year}: numbers 1 to {last}, no gap.",
        "Сообщения {year} года: номера с 1 по {last}, без пропусков.",
    ),
    "report.missing": (
        "Reports of {year}: numbers missing: {missing}.",
        "Сообщения {year} года: нет номеров {missing}.",
    ),
    "report.none": ("No reports in {year} yet.", "В {year} году сообщений пока нет."),
    "report.later": ("A later version of this report exists.", "Есть более поздняя версия этого сообщения."),
    "report.open_later": ("Open it", "Открыть её"),
    "report.correct": ("Send a corrected report", "Отправить исправленное сообщение"),
    "report.why": ("What is corrected", "Что исправлено"),
    "report.stays": (
        "It gets the same number and the next version. The earlier one stays with the authority.",
        "Номер тот же, версия следующая. Прежняя остаётся у органа.",
    ),
    "done.correct": ("corrected report sent", "исправленное сообщение отправлено"),
    "desk.title": ("Work on the report", "Работа с сообщением"),
    "desk.due": ("Answer due {day}", "Ответить до {day}"),
    "desk.over": ("Ran over its term on {day}", "Срок истёк {day}"),
    "desk.stopped": ("Answered", "Ответ дан"),
    "desk.nobody": ("nobody yet", "пока никто"),
    "desk.assignee": ("Who has it", "У кого"),
    "desk.note": ("What is done about it", "Что предпринято"),
    "desk.take_note": ("Put on record", "Записать"),
    "desk.seen": ("A chief has seen it.", "Начальник об этом знает."),
    "desk.late": ("Reports that ran over their term", "Сообщения с истёкшим сроком"),
    "done.assigned": ("assigned", "назначено"),
    "done.noted": ("put on record", "записано"),
    "done.closing_propose": (
        "closing proposed; a colleague signs second",
        "закрытие предложено; вторую подпись ставит коллега",
    ),
    "done.closing_approve": ("report closed", "сообщение закрыто"),
    "done.closing_reject": ("the proposal is taken back", "предложение снято"),
    "referral.closed": ("Closed", "Закрыто"),
    "closing.title": ("Last word on the report", "Последнее слово по сообщению"),
    "closing.about": (
        "A report is closed once its order has your instruction and no question is open. Two people sign; the company "
        "is told nothing.",
        "Сообщение закрывают, когда по заказу дано указание и нет открытых запросов. Подписывают двое; компании об "
        "этом не сообщается.",
    ),
    "closing.propose": ("Propose to close the report", "Предложить закрыть сообщение"),
    "closing.approve": ("Sign second and close the report", "Поставить вторую подпись и закрыть"),
    "closing.reject": ("Say no", "Отклонить"),
    "closing.withdraw": ("Take it back", "Отозвать"),
    "closing.another": ("A colleague signs second.", "Вторую подпись ставит коллега."),
    "closing.conclusion": ("What was found", "Что установлено"),
    "closing.founded": ("The suspicion was founded", "Подозрение подтвердилось"),
    "closing.unfounded": ("The suspicion was not founded", "Подозрение не подтвердилось"),
    "closing.undetermined": ("It could not be determined", "Установить не удалось"),
    "closing.why": ("Why", "Почему"),
    "closing.password": ("Your password, as your signature", "Ваш пароль — это ваша подпись"),
    "closing.what": ("Exactly what is signed", "Что именно подписывается"),
    "closing.waits": ("Proposed by {who}, {time}", "Предлагает: {who}, {time}"),
    "closing.closed": (
        "Closed by two signatures, the second of {who}, {time}",
        "Закрыто двумя подписями, вторая: {who}, {time}",
    ),
    "closing.no_more": (
        "The report is closed and takes no more instructions.",
        "Сообщение закрыто, указания больше не принимаются.",
    ),
    "check.button": ("Verify packet and receipt", "Проверить пакет и подтверждение"),
    "check.whole": (
        "Whole: the packet has its SHA-256, and a receipt, if there is one, is signed for it.",
        "Всё цело: SHA-256 пакета верен; подтверждение, если оно есть, подписано именно для него.",
    ),
    "check.packet_changed": (
        "The packet is not the one that was sent: its SHA-256 differs.",
        "Пакет не тот, что был отправлен: его SHA-256 не совпадает.",
    ),
    "check.receipt_of_another": ("The receipt names another packet.", "Подтверждение относится к другому пакету."),
    "check.receipt_unsigned": ("The receipt's signature does not hold.", "Подпись подтверждения неверна."),
    "clear.title": ("Repeat hits", "Повторные срабатывания"),
    "clear.passed": (
        "Its score is elevated; it passed because an officer cleared customer, consignee and goods on {day}: {reason}",
        "Оценка повышенная; заказ пропущен: {day} специалист снял с проверки клиента, получателя и товар: {reason}",
    ),
    "clear.open": ("Open that order", "Открыть тот заказ"),
    "clear.why": (
        "Orders of the same customer, consignee and goods, for the same reasons and hardly larger, can pass an "
        "elevated score for a time. Legal stops, high scores and a new policy hold them as ever.",
        "Заказы того же клиента, получателя и товара, по тем же причинам и ненамного больше, могут на время проходить "
        "при повышенной оценке. Требования закона, высокая оценка и новая политика задерживают их как всегда.",
    ),
    "clear.reason": ("Why they may pass", "Почему их можно пропускать"),
    "clear.days": ("Days (empty: as long as policy lets)", "Дней (пусто — сколько позволяет политика)"),
    "clear.give": ("Let repeat hits pass", "Пропускать повторные"),
    "clear.stands": ("They pass until {day}: {reason}", "Проходят до {day}: {reason}"),
    "clear.end_reason": ("Why it ends", "Почему отменяется"),
    "clear.end": ("End it", "Отменить"),
    "done.clear": ("repeat hits pass from now on", "повторные срабатывания теперь проходят"),
    "done.end_clearance": ("ended", "отменено"),
    "question.title": ("The authority asks", "Запрос компетентного органа"),
    "question.answer": ("Answer", "Ответ"),
    "question.send": ("Send the answer", "Отправить ответ"),
    "question.once": (
        "The authority reads it; it cannot be changed afterwards.",
        "Его прочтёт компетентный орган; изменить его потом нельзя.",
    ),
    "question.waits": ("Not answered yet.", "Ответа пока нет."),
    "question.by": ("Answer by {day}.", "Ответить до {day}."),
    "done.answer": ("answer sent", "ответ отправлен"),
    "state.questioned": ("The authority asks", "Запрос органа"),
    "event.answered": ("Answer to the authority", "Ответ компетентному органу"),
    "field.name.until": ("Until", "До"),
    "watch.title": ("Later orders of the watched customer", "Следующие заказы наблюдаемого клиента"),
    "watched.monitored": (
        "A competent authority watches this customer's orders.",
        "Компетентный орган наблюдает за заказами этого клиента.",
    ),
}
