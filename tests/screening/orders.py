"""Submissions for tests: an ordinary order of acetone, changed where it matters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from screening.orders import Submission
from tests.features.builders import body


def submission(organisation_id: UUID, amend: Any = "never", **fields: Any) -> Submission:
    """100 kg acetone for a paint maker in Kazakhstan, with `fields` of the body over it."""
    return Submission.of(organisation_id, body(**fields), amend=amend)
