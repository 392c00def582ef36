#!/bin/bash
# Makes the keys of this folder that are missing. Run by hand, from anywhere, with openssl 3 and cosign v2
# on PATH (../README.md says how to get cosign). Delete a file to have it made anew; after that the images
# must be signed anew with ../registry/make.sh.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p private-test-only bad odd
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

private_key() {  # FILE ALGORITHM [OPTION...]
  local file=$1 algorithm=$2 options=() option
  shift 2
  for option in "$@"; do options+=(-pkeyopt "$option"); done
  [[ -e $file ]] || openssl genpkey -quiet -algorithm "$algorithm" "${options[@]}" -out "$file"
}

pair() {  # NAME ALGORITHM [OPTION...]: NAME.pub and the private key that signs for it
  private_key "private-test-only/$1.pem" "${@:2}"
  [[ -e $1.pub ]] || openssl pkey -in "private-test-only/$1.pem" -pubout -out "$1.pub"
}

public_only() {  # FILE ALGORITHM [OPTION...]: a well-formed public key whose private half nobody keeps
  [[ -e $1 ]] && return
  private_key "$scratch/key.pem" "${@:2}"
  openssl pkey -in "$scratch/key.pem" -pubout -out "$1"
  rm "$scratch/key.pem"
}

bad_public() { public_only "bad/$1.pub" "${@:2}"; }  # of a kind that must be refused

into() { [[ -e $1 ]] || cat >"$1"; }  # FILE: standard input, unless the file is there

named=ec_param_enc:named_curve
pair ecdsa-p256 EC ec_paramgen_curve:P-256 $named
pair ecdsa-p256-second EC ec_paramgen_curve:P-256 $named
pair ecdsa-p384 EC ec_paramgen_curve:P-384 $named
pair ecdsa-p521 EC ec_paramgen_curve:P-521 $named
pair rsa-2048 RSA rsa_keygen_bits:2048
pair rsa-3072 RSA rsa_keygen_bits:3072
pair rsa-4096 RSA rsa_keygen_bits:4096
pair ed25519 ED25519
pair stranger EC ec_paramgen_curve:P-256 $named  # good, but in no policy

# A pair that cosign itself made: an encrypted private key, password "test-only".
if [[ ! -e cosign-generated.pub ]]; then
  COSIGN_PASSWORD=test-only cosign generate-key-pair --output-key-prefix "$scratch/generated"
  mv "$scratch/generated.key" private-test-only/cosign-generated.key
  mv "$scratch/generated.pub" cosign-generated.pub
fi

bad_public rsa-1024 RSA rsa_keygen_bits:1024
bad_public rsa-2047 RSA rsa_keygen_bits:2047
bad_public rsa-8192 RSA rsa_keygen_bits:8192
public_only odd/rsa-exponent-3.pub RSA rsa_keygen_bits:2048 rsa_keygen_pubexp:3
bad_public rsa-pss-only RSA-PSS rsa_keygen_bits:2048
bad_public secp256k1 EC ec_paramgen_curve:secp256k1 $named
bad_public ecdsa-p224 EC ec_paramgen_curve:P-224 $named
bad_public ecdsa-p256-explicit-parameters EC ec_paramgen_curve:P-256 ec_param_enc:explicit
bad_public ed448 ED448
bad_public x25519 X25519
openssl ec -in private-test-only/ecdsa-p256.pem -pubout -conv_form compressed 2>/dev/null |
  into bad/ecdsa-p256-compressed-point.pub
openssl req -x509 -new -key private-test-only/ecdsa-p256.pem -subj /CN=test-only -days 36500 |
  into bad/certificate.pub
openssl pkey -in private-test-only/stranger.pem | into bad/private-key.pub
cat ecdsa-p256.pub ecdsa-p384.pub | into bad/two-blocks.pub
cat ecdsa-p256.pub ecdsa-p256.pub | into bad/same-block-twice.pub
{ head -n 2 ecdsa-p256.pub; } | into bad/truncated.pub
{ head -n 1 ecdsa-p256.pub; sed -n 2,3p ecdsa-p256.pub | head -c 60; echo; tail -n 1 ecdsa-p256.pub; } |
  into bad/truncated-body.pub
sed '2s/^./*/' ecdsa-p256.pub | into bad/not-base64.pub
sed 's/PUBLIC KEY/EC PUBLIC KEY/' ecdsa-p256.pub | into bad/wrong-label.pub
sed 1d ecdsa-p256.pub | sed '$d' | into bad/no-pem.pub
printf '' | into bad/empty.pub
# The point's last byte changed: it lies on no curve. DER with one byte more than it says.
python3 - <<'PY'
import base64, os
def der(path):
    return base64.b64decode("".join(open(path).read().splitlines()[1:-1]))
def pem(path, der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    if not os.path.exists(path):
        open(path, "w").write("\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]))
key = der("ecdsa-p256.pub")
pem("bad/ecdsa-p256-point-off-curve.pub", key[:-1] + bytes([key[-1] ^ 1]))
pem("bad/ecdsa-p256-trailing-byte.pub", key + b"\0")
ed25519 = der("ed25519.pub")
pem("bad/ed25519-short.pub", bytes([ed25519[0], ed25519[1] - 1]) + ed25519[2:10] + bytes([ed25519[10] - 1]) + ed25519[11:-1])
PY

# Unusual, yet one whole public key.
sed 's/$/\r/' ecdsa-p256.pub | into odd/crlf.pub
printf '%s' "$(cat ecdsa-p256.pub)" | into odd/no-final-newline.pub
{ echo; cat ecdsa-p256.pub; echo; } | into odd/blank-lines-around.pub
{ echo "# the key of the release team"; cat ecdsa-p256.pub; } | into odd/text-before.pub
{ cat ecdsa-p256.pub; echo "and something after it"; } | into odd/text-after.pub
openssl rsa -in private-test-only/rsa-2048.pem -RSAPublicKey_out 2>/dev/null | into odd/rsa-2048-pkcs1.pub
