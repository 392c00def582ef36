#!/usr/bin/env bash
# Makes files with authorities for registries, as people have them: good/ are trusted, bad/ are refused, by the chart
# as by the verifier. Needs openssl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
rm -rf good bad
mkdir good bad
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

authority() {  # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=test-only $1" -days 36500 \
    -keyout "$scratch/$1.key" -out "$scratch/$1.pem" 2>/dev/null
}
authority one
authority two

cp "$scratch/one.pem" good/one.pem
cat "$scratch/one.pem" "$scratch/two.pem" >good/two.pem
{ printf '# ACME Root CA, until 2126\n\n' && cat "$scratch/one.pem"; } >good/comment-before.pem
openssl x509 -in "$scratch/one.pem" -text >good/openssl-text-before.pem
{ cat "$scratch/one.pem" && printf '\n# and another\n' && cat "$scratch/two.pem" && echo '# the end'; } \
  >good/comments-between.pem
sed 's/$/\r/' "$scratch/one.pem" >good/crlf.pem
{ printf '\xef\xbb\xbf' && cat "$scratch/one.pem"; } >good/byte-order-mark.pem
printf '%s' "$(cat "$scratch/one.pem")" >good/no-final-line-break.pem

cp "$scratch/one.key" bad/private-key.pem
cat "$scratch/one.pem" "$scratch/one.key" >bad/certificate-and-key.pem
cat "$scratch/one.key" "$scratch/one.pem" >bad/key-and-certificate.pem
openssl x509 -in "$scratch/one.pem" -trustout -out bad/trusted-certificate.pem
sed '$d' "$scratch/one.pem" >bad/no-end.pem
{ cat "$scratch/one.pem" && sed '$d' "$scratch/two.pem"; } >bad/second-has-no-end.pem
sed '2s/^./?/' "$scratch/one.pem" >bad/not-base64.pem
openssl x509 -in "$scratch/one.pem" -outform DER | base64 >bad/base64-alone.pem
echo '# nothing yet' >bad/comment-alone.pem
printf -- '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n' >bad/empty-block.pem
