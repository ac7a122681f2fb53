"""An error reply of the server: redis 5.0.0 keeps it in a local of the frame that raises it."""

import socket
import threading

import pytest
import redis


@pytest.fixture
def port():
    """A server on loopback that answers every command with an error."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with connection:
            while connection.recv(65536):
                connection.sendall(b"-WRONGTYPE not the kind of value that this command wants\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1]
    thread.join()
    server.close()


def test_an_error_reply(port):
    connection = redis.Connection(host="127.0.0.1", port=port, lib_name=None, lib_version=None)
    connection.connect()
    connection.send_command("INCR", "key")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        connection.read_response()
    connection.disconnect()
