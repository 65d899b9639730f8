from __future__ import annotations

from dataclasses import replace

import pytest

from simlab.errors import InvalidInput, Place
from simlab.metrics.catalogue import DIMENSIONS, METRICS, OVERALL, Estimator, Needs
from simlab.metrics.responses import labels, parse_response, resolve_response, responses
from simlab.model.tables import Model


def without_costs_and_targets(model: Model) -> Model:
    return replace(model, money=replace(model.money, currency=""), targets=model.targets._replace(rules=-1))


def test_metrics_are_named_once_and_explained_in_one_sentence() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.meaning.endswith(".")
        assert metric.meaning.count(". ") == 0
        assert metric.dimensions
        assert set(metric.dimensions) <= {OVERALL, *DIMENSIONS}


def test_quantile_metrics_state_their_level_and_no_others_do() -> None:
    assert all((metric.level is not None) == (metric.estimator is Estimator.QUANTILE) for metric in METRICS)


def test_labels_of_steps_are_the_scenarios_steps_with_work(model: Model) -> None:
    assert labels(model, "step") == ("triage", "fix")


def test_every_response_is_found_again_by_its_name(model: Model) -> None:
    for response in responses(model):
        assert parse_response(response.name) == response
        assert resolve_response(response.name, model) == response


def test_responses_of_a_scenario_without_costs_and_targets_leave_theirs_out(model: Model) -> None:
    bare = without_costs_and_targets(model)
    needs = {response.metric.needs for response in responses(bare)}
    assert needs == {Needs.NOTHING}
    assert len(responses(bare)) < len(responses(model))


def test_blanks_around_the_parts_of_a_name_do_not_matter() -> None:
    assert parse_response(" wait_mean[ team = second level ] ").name == "wait_mean[team=second level]"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resolution_men", "did you mean 'resolution_mean'"),
        ("", "as in the catalogue, such as resolution_p90; found"),
        ("wait_mean[", "did you mean 'wait_mean'"),
        ("queue_mean", r"queue_mean is there as queue_mean\[team=...\]; found queue_mean"),
        (
            "wait_mean[class=network]",
            r"wait_mean is there undivided, as wait_mean\[team=...\] or as wait_mean\[step",
        ),
        ("wip_mean[team=desk]", "wip_mean is there undivided; found"),
        ("wait_mean[team=dsk]", "did you mean 'desk'"),
        ("wait_mean[step=ask_user]", "must be one of the scenario's; found"),
        ("touch_mean[channel=fax]", "use 'portal'"),
    ],
)
def test_response_that_is_not_there_is_refused_with_what_is(model: Model, name: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        resolve_response(name, model)


def test_refused_response_tells_where_it_was_written(model: Model) -> None:
    with pytest.raises(InvalidInput, match=r"study.yaml:3:5: objectives.0: a response"):
        resolve_response("speed", model, "objectives.0", Place("study.yaml", 3, 5))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cost_per_week", "cost_per_week needs costs, and the scenario states none"),
        ("respond_attainment[priority=P1]", "state targets in the scenario"),
    ],
)
def test_response_whose_ground_the_scenario_lacks_is_refused(model: Model, name: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        resolve_response(name, without_costs_and_targets(model))
