#!/usr/bin/python3
"""Asks a verifier whether images may run. Needs ./generated (generate.sh).

Exit status: 0 if all may, 1 if one must not, 2 if it could not be asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).parent / "generated"))
# pylint: disable=wrong-import-position
from countersign.v1 import verifier_pb2, verifier_pb2_grpc  # noqa: E402

# The longest answer that a verifier gives. gRPC takes 4 MiB if nothing else is said.
MAX_ANSWER_BYTES = 8 << 20

# Every address behind the server's name gets its share of the calls. A call waits for a connection,
# until its deadline. It is read-only, so that it may be sent again where the server says "not now":
# once, to the next replica, so that no question is read by all of them. Other errors are final.
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [{
        "name": [{"service": "countersign.v1.Verifier"}],
        "waitForReady": True,
        "retryPolicy": {
            "maxAttempts": 2,
            "initialBackoff": "0.1s",
            "maxBackoff": "0.5s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["CANCELLED", "UNAVAILABLE", "RESOURCE_EXHAUSTED"],
        },
    }],
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="HOST:PORT, or dns:///HOST:PORT")
    parser.add_argument("--ca", required=True, type=Path,
                        help="PEM file with the authorities of the server's certificate")
    parser.add_argument("--cert", required=True, type=Path, help="PEM file: our certificate")
    parser.add_argument("--key", required=True, type=Path, help="PEM file: its private key")
    parser.add_argument("--namespace", default="", help="namespace that the images would run in")
    parser.add_argument("--image-pull-secret", action="append", default=[], metavar="NAME")
    parser.add_argument("--timeout", type=float, default=20, metavar="SECONDS")
    parser.add_argument("images", nargs="+", metavar="IMAGE")
    return parser.parse_args()


def connect(flags: argparse.Namespace) -> grpc.Channel:
    credentials = grpc.ssl_channel_credentials(root_certificates=flags.ca.read_bytes(),
                                               private_key=flags.key.read_bytes(),
                                               certificate_chain=flags.cert.read_bytes())
    return grpc.secure_channel(flags.server, credentials,
                               [("grpc.service_config", json.dumps(SERVICE_CONFIG)),
                                ("grpc.max_receive_message_length", MAX_ANSWER_BYTES)])


def ask(flags: argparse.Namespace) -> verifier_pb2.VerifyImagesResponse:
    request = verifier_pb2.VerifyImagesRequest(
        images=[verifier_pb2.Image(reference=image) for image in flags.images],
        namespace=flags.namespace, image_pull_secrets=flags.image_pull_secret)
    with connect(flags) as channel:
        # Without a deadline a call can wait for a server that is not there for ever.
        return verifier_pb2_grpc.VerifierStub(channel).VerifyImages(request, timeout=flags.timeout)


def word(enum, number: int) -> str:
    """A value's name without the enum's; a number that we do not know yet as itself."""
    return enum.Name(number).partition("_")[2] if number in enum.values() else str(number)


def show(verdict: verifier_pb2.Verdict) -> None:
    print(word(verifier_pb2.Decision, verdict.decision), word(verifier_pb2.Reason, verdict.reason),
          verdict.reference, verdict.digest or "-")
    for sentence in (verdict.message, verdict.warning):
        if sentence:
            print("   ", sentence)


def main() -> int:
    flags = arguments()
    try:
        response = ask(flags)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}", file=sys.stderr)
        return 2
    for warning in response.warnings:
        print("warning:", warning)
    for verdict in response.verdicts:
        show(verdict)
    if len(response.verdicts) != len(flags.images):
        print("not every image has a verdict", file=sys.stderr)
        return 2
    # Only ALLOW allows: not a value that is missing or that we do not know.
    allowed = [verdict.decision == verifier_pb2.DECISION_ALLOW for verdict in response.verdicts]
    return 0 if all(allowed) else 1


if __name__ == "__main__":
    sys.exit(main())
