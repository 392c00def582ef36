#!/usr/bin/env python3
"""A webhook that writes down every AdmissionReview it is sent, byte for byte, and lets it pass.

webhook.py FOLDER CERTIFICATE KEY: prints its port, serves on loopback until it is killed. The file
FOLDER/name holds what the next review is to be called; a second one under that name gets "-2", and so on.
FOLDER/answer.json, if it is there, holds members for the response (uid is added; a patch is given as a list);
its member "http" stands for a plain text answer with that HTTP status.
"""

import base64
import http.server
import json
import os
import ssl
import sys

FOLDER, CERTIFICATE, KEY = sys.argv[1:]


def free_name(name):
    path, number = f"{FOLDER}/{name}.json", 2
    while os.path.exists(path):
        path, number = f"{FOLDER}/{name}-{number}.json", number + 1
    return path


class Webhook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(f"{FOLDER}/name") as file:
            path = free_name(file.read().strip())
        with open(path, "wb") as file:
            file.write(body)
        with open(path.removesuffix(".json") + ".request", "w") as file:
            file.write(f"{self.requestline}\n{self.headers}")
        self.answer(json.loads(body))

    def answer(self, review):
        response = {"uid": review["request"]["uid"], "allowed": True}
        if os.path.exists(f"{FOLDER}/answer.json"):
            with open(f"{FOLDER}/answer.json") as file:
                response.update(json.load(file))
        if isinstance(response.get("patch"), list):
            response["patch"] = base64.b64encode(json.dumps(response["patch"]).encode()).decode()
            response.setdefault("patchType", "JSONPatch")
        status = response.pop("http", 200)
        body = json.dumps({"apiVersion": review["apiVersion"], "kind": "AdmissionReview",
                           "response": response}).encode()
        if status != 200:
            body = b"the webhook's own words\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
