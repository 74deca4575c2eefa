"""Files for other people's programs: one order, a case file, lists; and the goAML schema they are checked against."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from api.dependencies import Administrator, Officer, SessionDep
from api.export_bodies import GoamlSchemaIn, GoamlSchemaOut
from api.exports import making
from api.exports.lists import ListFormat, list_file
from api.exports.making import File, PacketFormat, Source
from screening import reading, views
from screening.access import Principal
from screening.errors import Language
from screening.exports import goaml_schemas
from screening.exports.goaml_schemas import NewSchema
from screening.exports.lists import ListName
from screening.exports.recording import taken
from screening.packets import packet_for
from screening.signing import canonical

router = APIRouter(tags=["exports"])
MOST_ORDERS = 50
Chosen = Annotated[Language | None, Query(description="Language of a PDF or list; yours by default.")]
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}, "description": "The file."}}


def answer(file: File) -> Response:
    return Response(file.content, media_type=file.media_type, headers=file.headers)


def language_for(caller: Principal, chosen: Language | None) -> Language:
    return chosen or ("ru" if caller.language == "ru" else "en")


def _source(session: Session, caller: Principal, order_id: UUID, language: Language) -> Source:
    file = reading.order_file(session, caller, order_id)
    if file.hidden:
        raise views.ViewFirst
    path = f"/v1/orders/{order_id}/export?format=json"
    return Source(canonical(packet_for(session, file.version.id)), path, language)


@router.get("/v1/orders/{order_id:uuid}/export", response_class=Response, responses=FILE)
def order(
    caller: Officer,
    session: SessionDep,
    order_id: UUID,
    wanted: Annotated[PacketFormat, Query(alias="format")] = "json",
    language: Chosen = None,
) -> Response:
    """The explained packet of an order: as JSON, signed, as PDF, as notification data, as link chart or route."""
    file = making.make(_source(session, caller, order_id, language_for(caller, language)), wanted)
    taken(session, caller, order_id, wanted, file.content)
    return answer(file)


@router.get("/v1/exports/case-file", response_class=Response, responses=FILE)
def case_file(
    caller: Officer,
    session: SessionDep,
    order: Annotated[list[UUID], Query(min_length=1, max_length=MOST_ORDERS)],
    language: Chosen = None,
) -> Response:
    """The packets of several orders in one PDF, in the order given."""
    reads = language_for(caller, language)
    file = making.case_file([_source(session, caller, each, reads) for each in dict.fromkeys(order)])
    taken(session, caller, "case-file", "case_file", file.content)
    return answer(file)


@router.get("/v1/exports/{name}", response_class=Response, responses=FILE)
def lists(
    caller: Officer,
    session: SessionDep,
    name: ListName,
    wanted: Annotated[ListFormat, Query(alias="format")] = "csv",
    language: Chosen = None,
) -> Response:
    """The order list or the case list; no cell is a formula."""
    file = list_file(session, caller, (name, wanted), language_for(caller, language))
    taken(session, caller, name, wanted, file.content)
    return answer(file)


@router.put("/v1/goaml-schema", summary="Load your FIU's goAML schema and codes")
def load_goaml(caller: Administrator, session: SessionDep, body: GoamlSchemaIn) -> GoamlSchemaOut:
    """One XSD without includes, and the codes that reports are filled with; reports are held against it."""
    new = NewSchema(body.name, body.xsd, body.codes.model_dump(exclude_none=True))
    return GoamlSchemaOut.model_validate(goaml_schemas.load(session, caller, new))


@router.get("/v1/goaml-schema", summary="The goAML schema in use")
def read_goaml(caller: Administrator, session: SessionDep) -> GoamlSchemaOut:
    return GoamlSchemaOut.model_validate(goaml_schemas.newest(session, caller))
