"""Groups of orders that a model is looked at by: country, size of the company, kind of goods, border, newness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.catalogue import feature_names

Float32 = NDArray[np.float32]
Groups = dict[str, NDArray[np.str_]]
QUARTERS = np.array(("fewest orders", "second quarter", "third quarter", "most orders"))
# The first that holds names the goods: feature, least value, name.
GOODS = (("unknown_goods", 0.5, "not in the catalogue"), ("designer", 0.5, "designer"),
         ("watched", 0.5, "watched"), ("control_level", 0.5, "controlled"))  # fmt: skip
READ = (*(name for name, _, _ in GOODS), "crosses_border", "new_consignee")


def features_read(values: Float32, rows: NDArray[np.int64] | slice = slice(None)) -> dict[str, Float32]:
    """The few columns of values (n, f) that slices are made of, of some rows or all, (k,) each."""
    names = feature_names()
    return {name: values[rows, names.index(name)].copy() for name in READ}


def slices_of(read: Mapping[str, Float32], customer: NDArray[np.int64], country: Sequence[str] | None = None) -> Groups:
    """Group names (n,) by kind of slice, from `features_read`, customer hashes (n,) and countries (n,) if known."""
    groups: Groups = {
        "company size": _sizes(customer),
        "goods": _goods(read),
        "border": _yes_no(read["crosses_border"], "crosses a border", "domestic"),
        "consignee": _yes_no(read["new_consignee"], "new", "known"),
    }
    if country is not None:
        groups["country"] = np.array([each or "not stated" for each in country], dtype=np.str_)
    return groups


def _sizes(customer: NDArray[np.int64]) -> NDArray[np.str_]:
    """Quarter of each order's customer by its number of orders here."""
    if not customer.size:
        return np.zeros(0, dtype=np.str_)
    _, place, counts = np.unique(customer, return_inverse=True, return_counts=True)
    orders = counts[place]
    return np.asarray(QUARTERS[np.searchsorted(np.quantile(orders, (0.25, 0.5, 0.75)), orders)])


def _goods(read: Mapping[str, Float32]) -> NDArray[np.str_]:
    holds = [np.nan_to_num(read[name]) >= least for name, least, _ in GOODS]
    return np.select(holds, [np.str_(title) for _, _, title in GOODS], default=np.str_("other listed"))


def _yes_no(value: Float32, yes: str, no: str) -> NDArray[np.str_]:
    return np.where(np.isnan(value), "not stated", np.where(value >= 0.5, yes, no)).astype(np.str_)
