"""A small web server that can break off, for tests of downloads."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """Serves files from memory.

    Attributes:
        files (dict[str, bytes]): Contents by name.
        limit (int or None): Bytes after which an answer breaks off.
        ranges (bool): Whether parts of a file are given.
        requests (list[str or None]): The Range of every request.
        url (str): Address before the name.
    """

    def __init__(self):
        self.files, self.limit, self.ranges, self.requests = {}, None, True, []


@contextmanager
def serve():
    """Run a :class:`FileServer` on this machine."""
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):

        def do_GET(self):
            wanted = self.headers.get('Range')
            state.requests.append(wanted)
            content = state.files.get(self.path.lstrip('/'))
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.split('=')[1].rstrip('-')) if wanted and state.ranges else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header('Content-Length', str(len(content) - start))
            self.end_headers()
            end = None if state.limit is None else start + state.limit
            self.wfile.write(content[start:end])

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    state.url = f'http://127.0.0.1:{server.server_port}/'
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
