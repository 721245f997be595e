"""A small GOV.UK Notify on loopback: checks the JWT and the payload, remembers, and fails on
demand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from jose import jwt

SERVICE_ID = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
API_KEY = f"openconsult_test-{SERVICE_ID}-{SECRET}"


@dataclass
class FakeNotify:
    """`answers` are statuses to fail with first; `loses_answers` takes a message and then breaks
    the line, as a network does."""

    url: str = ""
    accepted: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    loses_answers: int = 0
    delivery_status: str = "sending"
    complaint: str = "phone_number Not a valid phone number"

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.answers:
            return self._error(self.answers.pop(0))
        medium = path.removeprefix("/v2/notifications/")
        wanted = {"sms": "phone_number", "email": "email_address"}[medium]
        if set(body) != {wanted, "template_id", "personalisation", "reference"}:
            return self._error(400)
        message = {"id": str(uuid4()), "type": medium, "status": self.delivery_status, **body}
        self.accepted.append(message)
        return 201, message

    def get(self, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        found = [one for one in self.accepted if one["reference"] in query["reference"]]
        return 200, {"notifications": found, "links": {}}

    def _error(self, status: int) -> tuple[int, dict[str, Any]]:
        errors = [{"error": "ValidationError", "message": self.complaint}]
        return status, {"status_code": status, "errors": errors}


class _Handler(BaseHTTPRequestHandler):
    notify: FakeNotify

    def do_POST(self) -> None:
        if self._is_known():
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = self.notify.post(self.path, body)
            if self.notify.loses_answers:
                self.notify.loses_answers -= 1
                self.close_connection = True
                return
            self._answer(*answer)

    def do_GET(self) -> None:
        if self._is_known():
            self._answer(*self.notify.get(parse_qs(urlsplit(self.path).query)))

    def _is_known(self) -> bool:
        claims = jwt.decode(
            self.headers["Authorization"].removeprefix("Bearer "), SECRET, algorithms=["HS256"]
        )
        if claims["iss"] == SERVICE_ID:
            return True
        self._answer(403, {"errors": []})
        return False

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def fake_notify() -> Iterator[FakeNotify]:
    notify = FakeNotify()
    handler = type("Handler", (_Handler,), {"notify": notify})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        notify.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield notify
        finally:
            server.shutdown()
            thread.join()
