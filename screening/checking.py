"""Checking a report on the spot: is its packet the one that was sent, and does its receipt hold."""

from __future__ import annotations

import json
from typing import Literal

from screening import signing
from screening.referrals import Told

Check = Literal["whole", "packet_changed", "receipt_of_another", "receipt_unsigned"]


def check(told: Told) -> Check:
    """`whole`, or the first thing that is not: the packet's SHA-256, what the receipt names, its signature."""
    referral, receipt = told.referral, told.receipt
    if signing.sha256(referral.packet) != referral.packet_sha256:
        return "packet_changed"
    if receipt is None:
        return "whole"
    named = json.loads(receipt.statement)
    if (named["referral_id"], named["packet_sha256"]) != (str(referral.id), referral.packet_sha256):
        return "receipt_of_another"
    return "whole" if signing.signed(receipt.statement, receipt.signature) else "receipt_unsigned"
