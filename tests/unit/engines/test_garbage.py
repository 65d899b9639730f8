"""The search for garbage rests inside, and is afterwards as it was."""

from __future__ import annotations

import gc

import pytest

from simlab.engines.garbage import without_garbage_collection


def test_the_search_for_garbage_rests_inside_and_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with without_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_search_for_garbage_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="inside"), without_garbage_collection():
        raise ValueError("inside")
    assert gc.isenabled()


def test_the_search_for_garbage_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with without_garbage_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
