#!/usr/bin/env python3
"""A slow service that says what it does while it does it: POST a text, and hear it word by word, as from a language model."""
import http.server, json, sys, time


class Aloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # chunks: a connection that breaks is no end

    def do_POST(self):
        words = self.rfile.read(int(self.headers["content-length"])).decode().split()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.say("message", f"{len(words)} words to read")
        for n, word in enumerate(words, 1):
            time.sleep(0.05)
            self.say("output", word + " ")  # appears at once where somebody listens
            if n % 5 == 0:
                self.say("log", f"{n} words are read")
                self.say("progress", 100 * n // len(words))
        self.say("result", {"words": len(words)})  # the last one: what the job ends with
        self.wfile.write(b"0\r\n\r\n")

    def say(self, event, data):
        chunk = f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.flush()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Aloud).serve_forever()
