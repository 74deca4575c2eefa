"""Texts of the operator's dead letters and of what authorities exchange."""

from __future__ import annotations

# key -> (English, Russian)
EXCHANGE_TEXTS: dict[str, tuple[str, str]] = {
    "nav.letters": ("Dead letters", "Недоставленное"),
    "letters.title": ("Dead letters", "Недоставленные сообщения"),
    "letters.what": (
        "These messages failed at every attempt. What they say is not shown here.",
        "Эти сообщения не доставлены ни с одной попытки. Их содержание здесь не показано.",
    ),
    "letters.sent": (
        "Sent again; what fails again comes back here.",
        "Отправлено снова; что не дойдёт, вернётся сюда.",
    ),
    "letters.resend_all": ("Send all again", "Отправить все снова"),
    "letters.resend": ("Send again", "Отправить снова"),
    "letters.resend_one": ("Send again: {kind} of {whose}", "Отправить снова: {kind}, {whose}"),
    "letters.written": ("Written", "Создано"),
    "letters.kind": ("Kind", "Вид"),
    "letters.whose": ("Organisation", "Организация"),
    "letters.to": ("To", "Кому"),
    "letters.error": ("Last error", "Последняя ошибка"),
    "letters.attempts": ("Attempts", "Попыток"),
    "letters.resent": ("Sent again", "Повторов"),
    "letters.action": ("What to do", "Действие"),
    "letters.empty": ("Everything was delivered.", "Всё доставлено."),
    "watched.refused_elsewhere": (
        "A buyer of this order was refused by another company; which one is not told.",
        "Покупателю этого заказа отказала другая компания; какая именно, не сообщается.",
    ),
    "watched.house_check": (
        "Your house's own checks ask for a look at this order.",
        "Внутренняя проверка вашей компании просит посмотреть этот заказ.",
    ),
    "count.messages": ("message|messages", "сообщение|сообщения|сообщений"),
}
