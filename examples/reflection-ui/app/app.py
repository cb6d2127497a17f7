"""The reflection UI: people write down what they learned. Python's standard library only."""

import html
import json
import os
import re
import signal
import socket
import sqlite3
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SLOT = os.environ.get("SLOT", "")
RELEASE = os.environ.get("RELEASE", "dev")
# The platform says which release this is: `<version>-<12 hex digits>`.
VERSION = re.sub(r"-[0-9a-f]{12}$", "", RELEASE)
# Both slots use the same data, or a switch would hide what people wrote. Keep its schema readable by both releases. It cannot
# lie beside this file: a release is an unchanging copy of its folder.
DATA_FILE = os.path.expanduser(os.environ.get("DATA_FILE", "~/.reflection-ui/reflections.db"))
LONGEST_BODY = 64 * 1024

PAGE = """<!doctype html>
<meta charset="utf-8"><title>Reflections</title>
<h1>Reflections</h1>
<form method="post" action="/reflections">
<textarea name="text" rows="4" cols="60" required maxlength="2000"></textarea><br><button>Keep it</button>
</form>
<ul>{items}</ul>
<footer>{version}{slot}</footer>
"""


def database():
    connection = sqlite3.connect(DATA_FILE, timeout=10)
    connection.execute("create table if not exists reflections (id integer primary key, text text not null)")
    return connection


def reflections():
    connection = database()
    try:
        rows = connection.execute("select id, text from reflections order by id desc limit 100").fetchall()
    finally:
        connection.close()
    return [{"id": row[0], "text": row[1]} for row in rows]


def keep(text):
    connection = database()
    try:
        with connection:
            connection.execute("insert into reflections (text) values (?)", (text,))
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Longer than any proxy keeps an idle connection, so that the proxy, never this end, closes it first.
    timeout = 75
    # An answer is more than one write; without this the second waits for the first's acknowledgement.
    disable_nagle_algorithm = True
    busy = False

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/health":
            self.answer_json(200, {"ok": True, "app": "reflection_ui", "version": VERSION, "slot": SLOT})
        elif path == "/":
            items = "".join(f"<li>{html.escape(each['text'])}</li>" for each in reflections())
            slot = f", {SLOT}" if SLOT else ""
            page = PAGE.format(items=items, version=html.escape(VERSION), slot=html.escape(slot))
            self.answer(200, "text/html; charset=utf-8", page)
        elif path == "/api/reflections":
            self.answer_json(200, reflections())
        else:
            self.answer_json(404, {"error": f"there is no {path}"})

    do_HEAD = do_GET

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > LONGEST_BODY:
            self.close_connection = True
            return self.answer_json(413, {"error": f"at most {LONGEST_BODY} bytes"})
        form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
        text = form.get("text", [""])[0].strip()
        if urlsplit(self.path).path != "/reflections":
            return self.answer_json(404, {"error": f"there is no {self.path}"})
        if not text:
            return self.answer_json(400, {"error": "the field `text` is empty"})
        keep(text)
        self.answer(303, "text/plain", "", {"location": "/"})

    def answer_json(self, status, value):
        self.answer(status, "application/json", json.dumps(value))

    def answer(self, status, kind, text, headers=None):
        body = text.encode("utf-8")
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-version", VERSION)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.server.stopping:
            self.close_connection = True
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def parse_request(self):
        self.busy = True
        return super().parse_request()

    def handle_one_request(self):
        self.busy = False
        super().handle_one_request()
        self.busy = False

    def setup(self):
        super().setup()
        self.server.handlers.add(self)

    def finish(self):
        self.server.handlers.discard(self)
        super().finish()

    def log_request(self, code="-", size="-"):
        """The router writes the access log."""


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address):
        self.handlers = set()
        self.stopping = False
        super().__init__(address, Handler)

    def stop(self):
        """Stops accepting and wakes up connections that wait for a next request; those at work finish first."""
        self.stopping = True
        self.shutdown()
        for handler in list(self.handlers):
            if not handler.busy:
                try:
                    handler.connection.shutdown(socket.SHUT_RD)
                except OSError:
                    pass  # the client was faster


def main():
    os.makedirs(os.path.dirname(os.path.abspath(DATA_FILE)), exist_ok=True)
    database().close()
    server = Server((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5004"))))
    for name in (signal.SIGTERM, signal.SIGINT):
        # In a thread of its own: `shutdown` waits for the loop that the signal interrupts.
        signal.signal(name, lambda *_: threading.Thread(target=server.stop).start())
    print(f"{RELEASE} in {SLOT or 'no slot'} listens on port {server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()  # waits for the requests at work
    sys.exit(0)


if __name__ == "__main__":
    main()
