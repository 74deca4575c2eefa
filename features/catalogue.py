"""The ordered list of features: the contract between those who train a model and those who score with it."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from features import (
    customer,
    customer_habits,
    customer_pauses,
    documents,
    documents_changes,
    network,
    network_consignee,
    network_rates,
    network_schemes,
    payment,
    payment_value,
    product,
    product_listing,
    quantity,
    quantity_alike,
    quantity_limits,
    quantity_parties,
    quantity_schemes,
    quantity_time,
    route,
    route_time,
)
from features.definition import Facts, Family, Feature, registered
from features.reference import sources
from features.stream import HISTORY_FACTS

# Importing a module registers its features.
FAMILY_MODULES = (
    quantity, quantity_limits, quantity_time, quantity_parties, quantity_alike, quantity_schemes, customer,
    customer_habits, customer_pauses, route, route_time, product, product_listing, payment, payment_value, documents,
    documents_changes, network, network_rates, network_consignee, network_schemes,
)  # fmt: skip
FAMILIES: tuple[Family, ...] = ("quantity", "customer", "route", "product", "payment", "documents", "network")
FAMILY_TITLES: dict[str, tuple[str, str]] = {
    "quantity": ("Quantity", "Количество"),
    "customer": ("Customer", "Клиент"),
    "route": ("Route and transport", "Маршрут и перевозка"),
    "product": ("Product", "Товар"),
    "payment": ("Payment", "Оплата"),
    "documents": ("Documents", "Документы"),
    "network": ("Links", "Связи"),
}
# Family by family, in the order of the modules and of definition, whoever imported which module first.
CATALOGUE: tuple[Feature, ...] = tuple(
    entry
    for family in FAMILIES
    for module in FAMILY_MODULES
    for entry in registered(module.__name__)
    if entry.family == family
)
EVIDENCE: frozenset[str] = frozenset(name for entry in CATALOGUE for name in entry.evidence)
BY_NAME: dict[str, Feature] = {entry.name: entry for entry in CATALOGUE}

LEARNT_ENDINGS = ("_rate", "_lift", "_recent", "_cleared", "_losses")
LEARNT = frozenset({"linked_share", "shares_with_diverter"})


def tells_outcomes(name: str) -> bool:
    """Whether a feature is made of what became of earlier orders; without labels it says the same of every order."""
    return name.endswith(LEARNT_ENDINGS) or "confirmed" in name or name in LEARNT


def feature_names() -> tuple[str, ...]:
    """Names in the model's column order."""
    return tuple(entry.name for entry in CATALOGUE)


def monotone_constraints() -> tuple[int, ...]:
    """Direction of each column in the form XGBoost takes: 1, -1 or 0."""
    return tuple(entry.monotone for entry in CATALOGUE)


def fingerprint() -> str:
    """SHA-256 over all that gives a vector its meaning: names, order, units, directions, history, reference data."""
    lines = [f"{entry.name}|{entry.family}|{entry.unit}|{entry.monotone}|{entry.doc}" for entry in CATALOGUE]
    return hashlib.sha256("\n".join((*lines, *HISTORY_FACTS, sources.fingerprint())).encode()).hexdigest()


FINGERPRINT = fingerprint()


def vectorise(facts: Facts, size: int) -> NDArray[np.float32]:
    """Values (size, n_features) float32 from facts (size,) each."""
    columns = np.empty((len(CATALOGUE), size), dtype=np.float32)
    for column, entry in enumerate(CATALOGUE):
        columns[column] = entry.compute(facts)
    return np.ascontiguousarray(columns.T)
