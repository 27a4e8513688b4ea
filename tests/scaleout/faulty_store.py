"""A store in front of another one that goes wrong: faulty_store.py PORT UPSTREAM forbid|cut|stumble

`forbid` lets nobody in; `cut` breaks each object off in the middle; `stumble` does so once for each object.
"""
import http.client, http.server, sys

port, upstream, mode = int(sys.argv[1]), sys.argv[2].removeprefix("http://"), sys.argv[3]
seen = set()


class Store(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if mode == "forbid":
            body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        connection = http.client.HTTPConnection(upstream)
        connection.request(self.command, self.path, headers=dict(self.headers))
        answer = connection.getresponse()
        body = answer.read()
        is_cut = "list-type" not in self.path and (mode == "cut" or self.path not in seen)
        seen.add(self.path)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2] if is_cut else body)
        self.close_connection = True


http.server.ThreadingHTTPServer(("127.0.0.1", port), Store).serve_forever()
