"""Names of written files: of their run, and in the order in which a task wrote them."""

from placekeeper.runtime.sink.names import FrameNames, SinkNames

RUN_ID = "jr_" + "0123456789abcdef" * 4


def test_the_files_of_a_task_sort_as_they_were_written():
    for names in (SinkNames(RUN_ID, "00"), FrameNames.of(RUN_ID)):
        made = [names.name("", task, number, ".csv") for task in range(2) for number in range(20)]
        assert made == sorted(made)
        assert len(set(made)) == len(made)
        assert all("0123456789ab" in name for name in made)
