"""Nobody else claims: what the measurements sign holds by the key that they state, as openssl sees it."""

from __future__ import annotations

import base64
import subprocess
import tempfile
import unittest
from pathlib import Path

from bench import curve
from bench.made_keys import made_keys
from bench.made_signer import MadeSigner
from e2e.certificates import openssl


class MadeSignerTest(unittest.TestCase):

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name)

    def verify(self, key: str, content: bytes, signature: str) -> bytes:
        (self.directory / "key").write_text(key, encoding="ascii")
        (self.directory / "content").write_bytes(content)
        (self.directory / "signature").write_bytes(base64.b64decode(signature, validate=True))
        return openssl(self.directory, "dgst", "-sha256", "-verify", "key", "-signature", "signature", "content")

    def test_openssl_verifies_signatures(self) -> None:
        signer = MadeSigner()
        # Enough for numbers that DER writes with a zero before them, and for ones that it does not.
        for number in range(8):
            content = b"%d" % number
            self.assertEqual(self.verify(signer.public_key, content, signer.sign(content)), b"Verified OK\n")

    def test_openssl_refuses_one_of_something_else(self) -> None:
        signer = MadeSigner()
        with self.assertRaises(subprocess.CalledProcessError):
            self.verify(signer.public_key, b"this", signer.sign(b"that"))

    def test_made_keys_are_different_points_of_the_curve(self) -> None:
        keys = made_keys(20)
        self.assertEqual(len(set(keys)), 20)
        for factor, key in enumerate(keys, 2):
            self.assertEqual(key, curve.public_key(curve.multiple(factor)))
        (self.directory / "key").write_text(keys[-1], encoding="ascii")
        self.assertIn(b"valid", openssl(self.directory, "pkey", "-pubin", "-in", "key", "-pubcheck", "-noout"))

    def test_the_last_multiple_is_the_generator_mirrored(self) -> None:
        x, y = curve.multiple(curve.ORDER - 1)
        self.assertEqual(x, curve.GENERATOR[0])
        self.assertNotEqual(y, curve.GENERATOR[1])


if __name__ == "__main__":
    unittest.main()
