"""Texts of the documents of an order and of a page that is not the latest, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
PAPERS_TEXTS: dict[str, tuple[str, str]] = {
    "papers.title": ("Documents on file", "Документы в деле"),
    "papers.how": (
        "Each with the SHA-256 of its bytes: whoever holds the file can compare.",
        "Каждый с SHA-256 его байтов: у кого есть файл, тот может сравнить.",
    ),
    "papers.order": ("The order as received, version {number}", "Заказ, как он пришёл, версия {number}"),
    "papers.none": ("No document has been added.", "Документы не добавлены."),
    "papers.size": ("{size} KB", "{size} КБ"),
    "papers.stated": (
        "The order states this hash for the declaration of use.",
        "Заказ называет этот хеш для декларации о применении.",
    ),
    "papers.match": ("It is that of {name}.", "Это хеш файла {name}."),
    "papers.no_match": ("No document on file has it.", "Ни у одного документа в деле его нет."),
    "papers.file": ("File, at most 5 MB", "Файл, не больше 5 МБ"),
    "papers.add": ("Add a document", "Добавить документ"),
    "done.document": ("document added", "документ добавлен"),
    "stale.changed": (
        "This order has moved since you opened it: {what}, {time}.",
        "После открытия страницы заказ изменился: {what}, {time}.",
    ),
    "stale.amended": (
        "The company changed this order after you opened it.",
        "Компания изменила заказ после того, как вы его открыли.",
    ),
    "stale.again": ("Load it again", "Загрузить заново"),
    "stale.keeps": ("What you typed stays until then.", "Написанное вами пока останется."),
    "stale.offline": (
        "No connection: this page may be old. What you typed stays here.",
        "Нет соединения: страница может быть устаревшей. Написанное вами остаётся здесь.",
    ),
    "stale.ended": (
        "Your session has ended. Sign in again in another tab; what you typed stays here.",
        "Сеанс завершён. Войдите снова в другой вкладке; написанное вами остаётся здесь.",
    ),
}
