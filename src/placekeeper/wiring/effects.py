"""The kinds of effects that there are."""

from placekeeper.model.publication import StagedFile
from placekeeper.ports.effects import Effects
from placekeeper.ports.objects import Staging


def effects_of(staging: Staging) -> Effects:
    """Every kind, each with what does and undoes it; files are published by `staging`."""
    return Effects({StagedFile: staging})
