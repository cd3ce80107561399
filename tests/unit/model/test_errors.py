"""What errors advise, in the order in which a user tries it."""

import pytest

from placekeeper.model.errors import PublicationPending, WriteWaits

GIVE_UP = "If the rows shall not come at all, give them up: placekeeper publication give-up jr_1"


@pytest.mark.parametrize(
    ("cause", "steps"),
    [
        (OSError("no route."), ["no route. Nothing is lost: mend", "run the job again", "placekeeper dev"]),
        (
            WriteWaits("no route", last=GIVE_UP),
            ["no route. Nothing is lost: mend", "run the job again", "placekeeper dev", GIVE_UP],
        ),
        (
            WriteWaits("refused", first="put the new one there", last=GIVE_UP),
            ["refused. Nothing is lost: put the new one there. Or run the job again", GIVE_UP],
        ),
    ],
)
def test_waiting_output_names_the_mildest_step_first(cause: OSError, steps: list[str]) -> None:
    said = str(PublicationPending("jr_1", cause))
    places = [said.index(step) for step in steps]
    assert places == sorted(places)
    assert said.endswith(".")
