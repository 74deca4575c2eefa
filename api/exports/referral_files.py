"""The file of a referral: every format of its frozen packet, its goAML report, and the proof that the log names it."""

from __future__ import annotations

import json
from typing import Literal

from sqlmodel import Session

from api.exports.making import JSON, File, PacketFormat, Source, make, safe
from screening.access import Principal
from screening.errors import Language
from screening.exports.goaml import Report, goaml
from screening.exports.goaml_schemas import checked, newest
from screening.exports.verifying import referral_proof
from screening.exports.whole import whole
from screening.signing import canonical
from screening.tables.cases import Referral

ReferralFormat = PacketFormat | Literal["goaml", "proof"]


def referral_file(
    session: Session, caller: Principal, referral: Referral, how: tuple[ReferralFormat, Language]
) -> File:
    """The referral in a format. Raises NoGoamlSchema, NotGoaml, NotYetSigned."""
    wanted, language = how
    if wanted == "goaml":
        return _goaml(session, caller, referral)
    if wanted == "proof":
        proof = canonical(referral_proof(session, caller, referral))
        return File(f"{_name(referral)}.proof.json", JSON, proof.encode())
    path = f"/v1/referrals/{referral.id}/packet"
    return make(Source(referral.packet, path, language), wanted)


def _goaml(session: Session, caller: Principal, referral: Referral) -> File:
    schema = newest(session, caller)
    report = Report(str(referral.id), referral.reason, referral.created_at.date())
    made = goaml(whole(json.loads(referral.packet)), report, schema.codes)
    return File(f"{_name(referral)}.goaml.xml", "application/xml", checked(made, schema.xsd))


def _name(referral: Referral) -> str:
    return safe(json.loads(referral.packet)["order"]["reference"])
