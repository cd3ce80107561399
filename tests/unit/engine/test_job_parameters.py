"""Glue's job parameters are never ignored without a word."""

from placekeeper.engine.job_parameters import without_effect


def test_what_has_no_effect_is_said_and_a_scripts_own_arguments_are_not() -> None:
    arguments = {"--conf": "a=b", "--source": "x", "--job-bookmark-option": "job-bookmark-enable"}

    assert without_effect(arguments) == ["argument --conf is without effect: not there yet"]
