#!/usr/bin/env python3
"""A slow service as one finds it: POST a CSV with a column amount, get its sum. It knows nothing of claimcheck."""
import csv, http.server, io, json, sys, time


class Report(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        time.sleep(float(self.headers.get("x-slowly", "0")))
        try:
            amounts = [int(row["amount"]) for row in csv.DictReader(io.StringIO(text))]
            self.answer(200, {"rows": len(amounts), "total": sum(amounts)})
        except (KeyError, ValueError) as wrong:
            self.answer(422, {"error": "BAD_AMOUNT", "message": f"An amount is no whole number: {wrong}."})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Report).serve_forever()
