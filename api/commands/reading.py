"""What was read but not taken, on stderr: rows of orders, rows of labels, labels that match no order."""

from __future__ import annotations

import typer

from api.commands.terminal import tell_refusals
from features.definition import Language
from models.outcomes import OUTCOMES
from models.pipeline import Stream

LABELS = ("Rows of labels refused", "Отклонено строк меток")


def tell_reading(stream: Stream, language: Language) -> None:
    """Tell what the files held that the work goes on without; nothing where all was taken."""
    tell_refusals(stream.refusals, language)
    tell_refusals(stream.refused_labels, language, LABELS)
    english = language == "en"
    strange = stream.refused_labels.counts["choice"]
    if strange:
        words = ", ".join(sorted(OUTCOMES))
        title = "Labels whose outcome is none of" if english else "Меток, чей исход не из числа"
        typer.echo(f"{title} {words}: {strange}", err=True)
    if stream.unmatched:
        title = "Labels that match no order taken" if english else "Меток без принятого заказа"
        known = stream.labels.reference.size
        typer.echo(f"{title}: {stream.unmatched} {'of' if english else 'из'} {known}", err=True)
