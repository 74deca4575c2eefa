"""What it takes to load a goAML schema, and what is told of the one in use."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from features.intake import Code, Country, ShortText, no_control

XML_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
LARGEST_XSD = 4_000_000
XsdText = Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_XSD), BeforeValidator(no_control)]
ElementName = Annotated[str, StringConstraints(pattern=XML_NAME)]


class GoamlCodes(BaseModel):
    """The FIU's codes for this organisation. What is left out stays out of the report."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rentity_id: Annotated[int, Field(ge=1, le=2_147_483_647)]
    submission_code: Code | None = None
    report_code: Code
    currency_code_local: Code
    action: ShortText | None = None
    transmode_code: Code | None = None
    from_funds_code: Code | None = None
    to_funds_code: Code | None = None
    address_type: Code | None = None
    significance: Annotated[int, Field(ge=0, le=10)] | None = None
    date_suffix: Annotated[str, StringConstraints(pattern=r"^(T[0-9:]{8})?$")] = ""
    reporting_person: Annotated[dict[ElementName, ShortText], Field(max_length=30)] | None = None
    indicators: Annotated[list[Code], Field(max_length=50)] | None = None
    countries: Annotated[dict[Country, Code], Field(max_length=300)] | None = None


class GoamlSchemaIn(BaseModel):
    """`name` says the version of the FIU's XSD; `xsd` is its text, one file without includes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: ShortText
    xsd: XsdText
    codes: GoamlCodes


class GoamlSchemaOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    sha256: str
    created_at: datetime
    codes: dict[str, Any]
