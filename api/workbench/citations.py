"""Texts of law as a Russian reader cites them; in English they stay as the tables have them."""

from __future__ import annotations

import re

from screening.errors import Language

MONTHS = {
    "Jan": "января", "Feb": "февраля", "Mar": "марта", "Apr": "апреля", "May": "мая", "Jun": "июня", "Jul": "июля",
    "Aug": "августа", "Sep": "сентября", "Oct": "октября", "Nov": "ноября", "Dec": "декабря",
}  # fmt: skip
DATE = re.compile(rf"of (\d+) ({'|'.join(MONTHS)})[a-z]* (\d{{4}})")
# what the tables write -> what is written in Russian, in this order
RUSSIAN = tuple(
    (re.compile(english), russian)
    for english, russian in (
        (r"Delegated Regulation \(E[CU]\) (\S+)", r"Делегированный регламент (ЕС) \1"),
        (r"Regulation \(E[CU]\) (\S+)", r"Регламент (ЕС) № \1"),
        (r"\bEU (\d+/\d+)", r"Регламент (ЕС) № \1"),
        (r"\b1988 Convention", "Конвенция 1988 г."),
        (r"(?:Law of Kazakhstan|Kazakhstan Law) (\S+)", r"Закон РК № \1"),
        (r"Decree of the Government of Kazakhstan (\d+)", r"Постановление Правительства РК № \1"),
        (r"list by Decree (\d+)", r"перечень: постановление № \1"),
        (r"(?:EEC|EAEU) Board Decision (\d+)", r"Решение Коллегии ЕЭК № \1"),
        (r"(№ \d+) of (\d{4}), ", r"\1 \2 г., п. "),
        (r"\bArts? ", "ст. "),
        (r"\bsection ", "п. "),
        (r"\bpoint ", "п. "),
        (r"\bAnnex ", "приложение "),
        (r" and ", " и "),
        (r"(?<![,;и]) (ст\.|п\.|приложение) ", r", \1 "),
    )
)


def cite(reference: str, language: Language) -> str:
    """The reference in the reader's language."""
    if language != "ru":
        return reference
    said = DATE.sub(lambda found: f"от {found[1]} {MONTHS[found[2]]} {found[3]} г.", reference)
    for pattern, russian in RUSSIAN:
        said = pattern.sub(russian, said)
    return said
