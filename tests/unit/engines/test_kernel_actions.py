"""Numbers of actions and tasks of the kernel mean one thing each."""

from __future__ import annotations

from simlab.engines import kernel_actions
from simlab.engines.kernel_actions import ONLY_TASKS, TASKS

NUMBERS = {name: value for name, value in vars(kernel_actions).items() if isinstance(value, int)}
BOUNDS = ("FIRST_OF_CHATS", "FIRST_OF_SWARMS", "FIRST_LEARNT", "FIRST_OF_CONTROL")
ACTIONS = [name for name in NUMBERS if name not in BOUNDS and name not in ONLY_TASKS]


def test_no_two_actions_of_events_have_one_number() -> None:
    assert len({NUMBERS[name] for name in ACTIONS}) == len(ACTIONS)


def test_no_two_tasks_have_one_number() -> None:
    assert len({NUMBERS[name] for name in TASKS}) == len(TASKS)


def test_what_is_learnt_has_no_number_of_anything_else() -> None:
    learnt = [name for name in NUMBERS if 40 <= NUMBERS[name] < 60 and name not in BOUNDS]
    assert len({NUMBERS[name] for name in learnt}) == len(learnt)


def test_kinds_of_actions_stand_together_in_the_order_in_which_they_are_asked_for() -> None:
    bounds = [NUMBERS[name] for name in BOUNDS]
    assert bounds == sorted(bounds)
    kinds = {"CHAT": 0, "SWARM": 1, "LEVER": 2, "REVIEW": 2}
    for name, kind in kinds.items():
        found = [NUMBERS[each] for each in ACTIONS if each.startswith(f"{name}_")]
        assert found
        assert all(bounds[kind] <= number < [*bounds, 100][kind + 1] for number in found)
