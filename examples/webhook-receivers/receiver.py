"""A receiver of webhooks: it answers calls that its secret has signed, and works once for each.

    WEBHOOK_SECRET=whsec_... PYTHONPATH=clients/python python3 examples/webhook-receivers/receiver.py 9100
"""

import http.server
import os
import sys
from collections import OrderedDict

from claimcheck import WebhookRefused, verify_webhook

SECRET = os.environ["WEBHOOK_SECRET"]
MAX_BODY = 1 << 20  # the server's calls are under 20,000 bytes
KEPT = 10_000  # calls that are remembered; keep them in your database if you have one
done: "OrderedDict[str, None]" = OrderedDict()


def work(event):
    """What is to be done for an event; the call is answered after it, within seconds."""
    job = event["data"].get("job", {})
    print(event["type"], job.get("job_id", "-"), flush=True)


class Receiver(http.server.BaseHTTPRequestHandler):
    timeout = 20

    def do_POST(self):
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MAX_BODY:
            return self.answer(413)
        body = self.rfile.read(int(size))
        try:
            event = verify_webhook(SECRET, self.headers, body)
        except WebhookRefused as e:
            print("refused:", e, flush=True)
            return self.answer(400)
        call = self.headers["webhook-id"]
        if call in done:  # the same call again: its answer was lost, or it was sent anew
            print("again", call, flush=True)
        else:
            work(event)
            done[call] = None
            if len(done) > KEPT:
                done.popitem(last=False)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
