"""Texts of the customer's page, and the neutral words for orders, in English and Russian; part of `texts`."""

from __future__ import annotations

# key -> (English, Russian)
CUSTOMER_TEXTS: dict[str, tuple[str, str]] = {
    "customer.back": ("Order {reference}", "Заказ {reference}"),
    "customer.months": ("Kilograms by month", "Килограммы по месяцам"),
    "customer.months_how": (
        "Goods that the tables know, by the order's own date, refused orders left out; the darker, the nearer to the "
        "substance's strongest month.",
        "Товары, известные справочникам, по дате заказа, без отказанных; чем темнее, тем ближе к наибольшему месяцу "
        "этого вещества.",
    ),
    "customer.no_months": ("No such goods in the last twelve months.", "За двенадцать месяцев таких товаров нет."),
    "customer.year": ("12 months", "12 месяцев"),
    "customer.of_need": ("Of need", "От потребности"),
    "customer.need": ("Declared annual need: {need}.", "Заявленная годовая потребность: {need}."),
    "customer.no_need": ("No annual need is declared.", "Годовая потребность не заявлена."),
    "customer.without_mass": (
        "line without mass|lines without mass",
        "строка без массы|строки без массы|строк без массы",
    ),
    "customer.orders": ("Latest orders", "Последние заказы"),
    "customer.no_orders": ("No orders of goods that the tables know.", "Заказов известных справочникам товаров нет."),
    "customer.case": ("case: {state}", "дело: {state}"),
    "customer.licences": ("Licences and balances", "Лицензии и остатки"),
    "customer.permit": ("Permit", "Разрешение"),
    "customer.granted": ("Granted", "Разрешено"),
    "customer.drawn": ("Drawn", "Израсходовано"),
    "customer.left": ("Left", "Остаток"),
    "customer.until": ("Until", "До"),
    "customer.sisters": ("Sister firms", "Связанные фирмы"),
    "customer.sisters_how": (
        "By shared numbers or owners, or nearly the same name in any script. A false sister costs a look.",
        "По общим номерам или владельцам либо почти одинаковому имени на любом письме. Ложная связь стоит взгляда.",
    ),
    "customer.no_sisters": ("None found.", "Не найдено."),
    "customer.tie.register": ("same register number", "тот же регистрационный номер"),
    "customer.tie.tax": ("same tax number", "тот же налоговый номер"),
    "customer.tie.number": ("same customer number", "тот же номер клиента"),
    "customer.tie.owner": ("same owner", "тот же владелец"),
    "customer.tie.name": ("similar name", "похожее имя"),
    "customer.likeness": ("names alike by {share}", "имена схожи на {share}"),
    "neutral.received": ("Received", "Получен"),
    "neutral.documents_needed": ("Documents needed", "Нужны документы"),
    "neutral.in_process": ("In process", "В обработке"),
    "neutral.confirmed": ("Confirmed", "Подтверждён"),
    "neutral.not_confirmed": ("Not confirmed", "Не подтверждён"),
}
