"""The server as a thread."""

import socket
import threading
from typing import Any

import pytest

from placekeeper.model.errors import StateError, UsageError
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server


def test_start_stop_and_start_another_at_the_same_port(control: Any, model: Any, http: Any) -> None:
    app = create_app(control, model)
    with Server(app) as first:
        assert http.request("GET", first.url + "/health").status == 200
        port = int(first.url.rpartition(":")[2])
    http.clear()
    servers = [thread for thread in threading.enumerate() if thread.name == "placekeeper-server"]
    assert len(servers) <= 1  # that of the other tests
    with Server(app, port=port) as second:
        assert second.url == f"http://127.0.0.1:{port}"
        assert http.request("GET", second.url + "/health").status == 200
    second.stop()


def test_an_answer_that_is_being_sent_is_sent_whole_before_the_server_stops() -> None:
    body = b"x" * 12_000_000  # more than the buffers of sockets hold
    handed_over = threading.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})
        handed_over.set()

    server = Server(app)
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert handed_over.wait(30)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        received = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        stopping.join()
    assert received.partition(b"\r\n\r\n")[2] == body


def test_a_port_that_is_taken(control: Any, model: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StateError, match=f"cannot listen on port {port} of 127.0.0.1"):
            Server(create_app(control, model), port=port).start()


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_that_is_not_of_this_machine(control: Any, model: Any, host: str) -> None:
    with pytest.raises(StateError, match=f"{host} is not an address of this machine"):
        Server(create_app(control, model), host=host, checks_signatures=True).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", ""])
def test_addresses_that_others_can_reach_are_refused(control: Any, model: Any, host: str) -> None:
    with pytest.raises(UsageError, match="without keys"):
        Server(create_app(control, model), host=host)


def test_many_clients_at_once(glue: Any, job: Any, post: Any) -> None:
    glue.create_job(**job(ExecutionProperty={"MaxConcurrentRuns": 1000}))
    failures: list[object] = []

    def work() -> None:
        for _ in range(5):
            answer = post("StartJobRun", {"JobName": "flights"})
            if answer.status != 200:
                failures.append(answer.raw)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(glue.get_job_runs(JobName="flights")["JobRuns"]) == 40


def test_the_address_in_a_browser_says_what_is_served(server: Server, http: Any) -> None:
    answer = http.request("GET", f"{server.url}/")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert f'boto3.client("glue", "us-east-1", endpoint_url="{server.url}")' in answer.data.decode()
