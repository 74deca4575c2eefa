"""The embedded servers: shared by processes, stopped by the last one, reachable under long paths."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import redis

from screening.embedded import PostgresServer, RedisServer
from screening.ids import new_id


def test_postgres_is_shared_and_stopped_by_the_last(var_dir: Path) -> None:
    folder = var_dir / "shared"
    first, second = PostgresServer(folder, durable=False), PostgresServer(folder, durable=False)
    url = first.start()
    assert second.start() == url
    first.stop()
    with psycopg.connect(url) as connection:
        version = connection.execute("SHOW server_version_num").fetchone()
    assert version is not None
    assert version[0].startswith("18")
    second.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_redis_keeps_what_it_was_given_and_bears_a_long_path(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20)
    for round_ in range(2):
        server = RedisServer(folder)
        socket = server.start().removeprefix("redis+socket://")
        assert len(socket) < 107
        with redis.Redis(unix_socket_path=socket) as client:
            assert client.incr("rounds") == round_ + 1
        server.stop()


def test_ids_are_ordered_by_time_and_of_version_seven() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {i.version for i in made} == {7}
    assert {i.variant for i in made} == {"specified in RFC 4122"}
    assert [i.int >> 80 for i in made] == sorted(i.int >> 80 for i in made)
