"""Cities, lanes and free zones of the simulated trade, with rounded coordinates."""

from __future__ import annotations

from models.simulator.chance import Weighted

# country -> (city, latitude, longitude)
CITIES: dict[str, tuple[tuple[str, float, float], ...]] = {
    "KZ": (("Almaty", 43.24, 76.89), ("Astana", 51.17, 71.43), ("Karaganda", 49.8, 73.1), ("Shymkent", 42.32, 69.6),
           ("Aktau", 43.65, 51.17), ("Pavlodar", 52.29, 76.95)),
    "RU": (("Moscow", 55.75, 37.62), ("Omsk", 54.99, 73.37), ("Novosibirsk", 55.03, 82.92), ("Kazan", 55.79, 49.12),
           ("Yekaterinburg", 56.84, 60.61), ("Samara", 53.2, 50.15)),
    "UZ": (("Tashkent", 41.3, 69.24), ("Samarkand", 39.65, 66.96), ("Fergana", 40.39, 71.78), ("Termez", 37.22, 67.28)),
    "KG": (("Bishkek", 42.87, 74.59), ("Osh", 40.51, 72.8), ("Tokmok", 42.84, 75.3)),
    "TJ": (("Dushanbe", 38.56, 68.77), ("Khujand", 40.28, 69.62), ("Bokhtar", 37.83, 68.78)),
    "TM": (("Ashgabat", 37.95, 58.38), ("Turkmenbashi", 40.02, 52.97), ("Mary", 37.6, 61.83)),
    "AZ": (("Baku", 40.41, 49.87), ("Sumqayit", 40.59, 49.67)),
    "BY": (("Minsk", 53.9, 27.57), ("Grodno", 53.68, 23.83)),
    "TR": (("Istanbul", 41.01, 28.98), ("Mersin", 36.8, 34.63), ("Izmir", 38.42, 27.14)),
    "DE": (("Hamburg", 53.55, 9.99), ("Ludwigshafen", 49.48, 8.44), ("Leverkusen", 51.05, 6.98)),
    "PL": (("Warsaw", 52.23, 21.01), ("Gdansk", 54.35, 18.65)),
    "NL": (("Rotterdam", 51.92, 4.48),),
    "CN": (("Shanghai", 31.23, 121.47), ("Urumqi", 43.83, 87.62), ("Tianjin", 39.34, 117.36)),
    "AE": (("Dubai", 25.2, 55.27), ("Sharjah", 25.35, 55.42)),
    "US": (("Houston", 29.76, -95.37), ("Newark", 40.74, -74.17)),
    "IN": (("Mumbai", 19.08, 72.88), ("Hyderabad", 17.39, 78.49)),
    "GE": (("Tbilisi", 41.72, 44.78), ("Poti", 42.15, 41.67)),
    "LT": (("Klaipeda", 55.7, 21.14),),
    "AF": (("Mazar-i-Sharif", 36.71, 67.11), ("Herat", 34.35, 62.2)),
    "IR": (("Bandar Abbas", 27.18, 56.28), ("Mashhad", 36.3, 59.6)),
}  # fmt: skip
# Where goods usually cross, by the country entered.
CROSSINGS: dict[str, tuple[tuple[str, str, float, float], ...]] = {
    "KZ": (("Khorgos", "border", 44.22, 80.41), ("Dostyk", "rail", 45.25, 82.48), ("Aktau", "port", 43.6, 51.2)),
    "UZ": (("Yallama", "border", 41.0, 68.9), ("Keles", "rail", 41.4, 69.2)),
    "KG": (("Ak-Tilek", "border", 42.9, 74.8), ("Torugart", "border", 40.55, 75.4)),
    "TJ": (("Oybek", "border", 40.4, 69.1), ("Dusti", "border", 38.5, 68.0)),
    "TM": (("Turkmenbashi", "port", 40.0, 52.97), ("Farab", "border", 39.2, 63.6)),
    "AZ": (("Alat", "port", 39.95, 49.4),),
    "RU": (("Sagarchin", "border", 50.6, 56.0), ("St Petersburg", "port", 59.9, 30.2)),
    "TR": (("Mersin", "port", 36.8, 34.64),),
    "GE": (("Poti", "port", 42.15, 41.65),),
    "AE": (("Jebel Ali", "port", 25.01, 55.06),),
    "DE": (("Hamburg", "port", 53.54, 9.98),),
    "AF": (("Hairaton", "border", 37.23, 67.41),),
    "IR": (("Sarakhs", "rail", 36.53, 61.16),),
}
FREE_ZONES: tuple[tuple[str, str, float, float], ...] = (
    ("Jebel Ali Free Zone", "AE", 25.0, 55.07), ("Sharjah Airport Free Zone", "AE", 25.33, 55.51),
    ("Khorgos Eastern Gate", "KZ", 44.17, 80.28), ("Navoi Free Economic Zone", "UZ", 40.1, 65.3),
    ("Mersin Free Zone", "TR", 36.79, 34.65), ("Poti Free Industrial Zone", "GE", 42.16, 41.69),
)  # fmt: skip
CUSTOMERS_BY_COUNTRY = Weighted(
    [("KZ", 30.0), ("RU", 20.0), ("UZ", 14.0), ("KG", 8.0), ("TJ", 5.0), ("TM", 3.0), ("AZ", 5.0), ("BY", 2.0),
     ("TR", 4.0), ("DE", 3.0), ("PL", 2.0), ("AE", 1.5), ("GE", 1.5), ("LT", 0.7), ("US", 0.8), ("IN", 0.8)]
)  # fmt: skip
SELLERS_BY_COUNTRY = Weighted(
    [("KZ", 32.0), ("RU", 26.0), ("UZ", 10.0), ("CN", 12.0), ("DE", 9.0), ("TR", 5.0), ("PL", 3.0), ("KG", 3.0)]
)
CURRENCY = {
    "KZ": "KZT", "RU": "RUB", "KG": "KGS", "DE": "EUR", "PL": "EUR", "CN": "CNY", "TR": "USD",
}  # fmt: skip
USD_RATE = {"KZT": 470.0, "RUB": 92.0, "KGS": 87.0, "EUR": 0.92, "CNY": 7.2, "USD": 1.0}
EAEU = frozenset({"KZ", "RU", "KG", "BY"})
