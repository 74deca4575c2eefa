"""What can go wrong with files, keys and models, said in one line to a person.

ModelsError
├── DatasetError       a file of orders or labels that cannot be read at all
├── TrainingError      data from which no model can be made
├── KeyRefused         a key file that is missing or holds something else
└── ArtefactRefused    a model folder that must not be used
"""

from __future__ import annotations


class ModelsError(Exception):
    """Base of all; the message is one line for a person."""


class DatasetError(ModelsError):
    """A file that cannot be read at all."""


class TrainingError(ModelsError):
    """Data from which no model can be made."""


class KeyRefused(ModelsError):
    """A key file that is missing or holds something else than an Ed25519 key."""


class ArtefactRefused(ModelsError):
    """A model folder that must not be used. `reason` is a stable code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"model refused ({reason}): {detail}")
        self.reason = reason
