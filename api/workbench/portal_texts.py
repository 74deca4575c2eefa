"""Texts of the pages for those who order, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
PORTAL_TEXTS: dict[str, tuple[str, str]] = {
    "nav.my_orders": ("Orders", "Заказы"),
    "nav.uploads": ("Files", "Файлы"),
    "portal.orders": ("Orders", "Заказы"),
    "portal.reference": ("Reference", "Номер"),
    "portal.status": ("Status", "Статус"),
    "portal.no_orders": ("No orders here.", "Заказов нет."),
    "portal.missing": ("Missing papers", "Недостающие документы"),
    "portal.missing_how": (
        "State them in the order and send it again under the same reference.",
        "Укажите их в заказе и отправьте его снова под тем же номером.",
    ),
    "portal.nothing_missing": ("No paper is asked for.", "Документы не запрошены."),
    "portal.receipts": ("Receipts", "Квитанции"),
    "portal.receipts_how": (
        "When each version arrived, and the hash of exactly what was kept.",
        "Когда пришла каждая версия и хэш сохранённого текста.",
    ),
    "portal.hash": ("SHA-256 of what was sent: {hash}", "SHA-256 присланного: {hash}"),
    "portal.files": ("Files of orders", "Файлы заказов"),
    "portal.file": ("File", "Файл"),
    "portal.file_how": (
        "CSV in UTF-8, JSON Lines or Parquet, up to 10 MB. It is checked first; nothing is ordered until you commit.",
        "CSV в UTF-8, JSON Lines или Parquet до 10 МБ. Сначала проверка; до подтверждения ничего не заказано.",
    ),
    "portal.check": ("Check the file", "Проверить файл"),
    "portal.name": ("Name", "Имя"),
    "portal.rows": ("Rows", "Строк"),
    "portal.count_rows": ("row|rows", "строка|строки|строк"),
    "portal.no_files": ("No files yet.", "Файлов пока нет."),
    "portal.job.pending": ("Checked, not committed", "Проверен, не подтверждён"),
    "portal.job.running": ("Being taken", "Принимается"),
    "portal.job.done": ("Done", "Готово"),
    "portal.row.pending": ("to be taken", "будет принято"),
    "portal.row.accepted": ("taken", "принято"),
    "portal.row.amended": ("amended", "изменено"),
    "portal.row.repeated": ("known before", "уже были"),
    "portal.row.refused": ("with faults", "с ошибками"),
    "portal.committed": ("Committed; the rows are being taken.", "Подтверждено; строки принимаются."),
    "portal.again": ("Look again", "Обновить"),
    "portal.commit_how": (
        "The good rows are taken, those with faults are left out.",
        "Верные строки будут приняты, строки с ошибками — нет.",
    ),
    "portal.commit": ("Commit {rows}", "Подтвердить: {rows}"),
    "portal.bad_rows": ("Rows with faults", "Строки с ошибками"),
    "portal.bad_rows_how": (
        "Correct them and upload them again; the columns that begin with tamga are left unread.",
        "Исправьте и загрузите снова; столбцы, начинающиеся с tamga, не читаются.",
    ),
    "portal.download_bad": ("Download these rows with reasons (CSV)", "Скачать эти строки с причинами (CSV)"),
    "portal.line": ("Line", "Строка"),
    "portal.field": ("Field", "Поле"),
    "portal.why": ("What is wrong", "Что неверно"),
    "needs.licence": ("A licence valid for these goods", "Лицензия, действующая для этого товара"),
    "needs.declaration": ("The customer's declaration of use", "Декларация клиента о применении"),
    "needs.authorisation": ("An import or export authorisation", "Разрешение на ввоз или вывоз"),
    "needs.goods": ("What the goods are", "Сведения о товаре"),
}
