"""The ordered list of features: the contract between those who train a model and those who score with it."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from features import customer, documents, network, payment, product, quantity, route
from features.definition import Facts, Family, Feature, registered
from features.reference import sources
from features.stream import HISTORY_FACTS

FAMILY_MODULES = (quantity, customer, route, product, payment, documents, network)
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
CATALOGUE: tuple[Feature, ...] = tuple(entry for family in FAMILIES for entry in registered(family))
EVIDENCE: frozenset[str] = frozenset(name for entry in CATALOGUE for name in entry.evidence)
BY_NAME: dict[str, Feature] = {entry.name: entry for entry in CATALOGUE}


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
    values = np.empty((size, len(CATALOGUE)), dtype=np.float32)
    for column, entry in enumerate(CATALOGUE):
        values[:, column] = entry.compute(facts)
    return values
