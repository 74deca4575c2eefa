"""Texts of the command palette, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
PALETTE_TEXTS: dict[str, tuple[str, str]] = {
    "palette.title": ("Commands", "Команды"),
    "palette.button": ("Commands (Ctrl+K)", "Команды (Ctrl+K)"),
    "palette.find": ("Order by its number", "Заказ по номеру"),
    "palette.open": ("Open the order", "Открыть заказ"),
    "palette.close": ("Close", "Закрыть"),
    "palette.keys": ("Keys of this page", "Клавиши этой страницы"),
    "palette.how": (
        "Ctrl+K or Cmd+K opens and closes this, Escape closes it.",
        "Ctrl+K или Cmd+K открывает и закрывает это окно, Escape закрывает.",
    ),
}
