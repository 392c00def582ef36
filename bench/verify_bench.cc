// Signatures verified per second on one core: policy::VerifyItems, from the parsed keys to what
// holds, beside BoringSSL's bare verification with the same key.

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "bench/ needs BoringSSL"
#endif
#include <openssl/bio.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "cosign/item.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "oci/digest.h"
#include "policy/verification.h"

namespace countersign::policy {
namespace {

using cosign::ItemPtr;
using cosign::TestSigner;
using crypto::TestKey;
using crypto::TestKeyType;

const uint8_t* Data(const std::string& bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

oci::Digest Image() { return oci::Digest::Of("an image's manifest"); }

// One key and signature for all P-256 rows, so that they differ in nothing but the work.
const TestSigner& P256Signer() {
  static const TestSigner* const signer = new TestSigner(TestKey::Generate());
  return *signer;
}

Asked SignerOf(const TestKey& key) { return {.signer = cosign::KeySigner(key.Public())}; }

bssl::UniquePtr<EC_KEY> BareKey(const TestKey& key) {
  const std::string pem = key.PublicPem();
  const bssl::UniquePtr<BIO> bio(BIO_new_mem_buf(pem.data(), pem.size()));
  return bssl::UniquePtr<EC_KEY>(PEM_read_bio_EC_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

// ECDSA_verify of a digest that is there already: what no verification can do without.
void BareDigestP256(benchmark::State& state) {
  const ItemPtr signature = P256Signer().Sign(Image());
  const bssl::UniquePtr<EC_KEY> key = BareKey(P256Signer().key());
  uint8_t hash[SHA256_DIGEST_LENGTH];
  const std::string payload(signature->payload->bytes());
  SHA256(Data(payload), payload.size(), hash);
  for (auto _ : state) {
    if (ECDSA_verify(0, hash, sizeof(hash), Data(signature->signature), signature->signature.size(),
                     key.get()) != 1) {
      state.SkipWithError("not verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BareDigestP256);

// The same with the payload's SHA-256.
void BarePayloadP256(benchmark::State& state) {
  const ItemPtr signature = P256Signer().Sign(Image());
  const bssl::UniquePtr<EC_KEY> key = BareKey(P256Signer().key());
  const std::string payload(signature->payload->bytes());
  for (auto _ : state) {
    uint8_t hash[SHA256_DIGEST_LENGTH];
    SHA256(Data(payload), payload.size(), hash);
    if (ECDSA_verify(0, hash, sizeof(hash), Data(signature->signature), signature->signature.size(),
                     key.get()) != 1) {
      state.SkipWithError("not verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BarePayloadP256);

// Verifies one signature with `keys`, of which one made it.
void RunVerify(benchmark::State& state, const TestSigner& signer, const std::vector<Asked>& keys) {
  const oci::Digest image = Image();
  const std::vector<absl::StatusOr<ItemPtr>> signatures = {signer.Sign(image)};
  for (auto _ : state) {
    const Verification verification = VerifyItems(signatures, image, keys);
    if (verification.verified.size() != 1) {
      state.SkipWithError("not verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// The key that signed, after as many others of its type as make `state.range(0)`.
void VerifyP256(benchmark::State& state) {
  std::vector<Asked> keys;
  for (int i = 1; i < state.range(0); ++i) keys.push_back(SignerOf(TestKey::Generate()));
  keys.push_back(SignerOf(P256Signer().key()));
  RunVerify(state, P256Signer(), keys);
}
BENCHMARK(VerifyP256)->ArgName("keys")->Arg(1)->Arg(10)->Arg(100);

void VerifyByType(benchmark::State& state, TestKeyType type) {
  const TestSigner signer(TestKey::Generate(type));
  RunVerify(state, signer, {SignerOf(signer.key())});
}
BENCHMARK_CAPTURE(VerifyByType, P384, TestKeyType::kEcdsaP384);
BENCHMARK_CAPTURE(VerifyByType, P521, TestKeyType::kEcdsaP521);
BENCHMARK_CAPTURE(VerifyByType, RSA2048, TestKeyType::kRsa2048);
BENCHMARK_CAPTURE(VerifyByType, RSA4096, TestKeyType::kRsa4096);
BENCHMARK_CAPTURE(VerifyByType, Ed25519, TestKeyType::kEd25519);

// A P-256 signature with a key of each type, as a policy that has them all would try.
void VerifyP256AmongAllTypes(benchmark::State& state) {
  std::vector<Asked> keys;
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kEcdsaP521,
        TestKeyType::kRsa2048, TestKeyType::kRsa4096, TestKeyType::kEd25519}) {
    keys.push_back(SignerOf(TestKey::Generate(type)));
  }
  keys.push_back(SignerOf(P256Signer().key()));
  RunVerify(state, P256Signer(), keys);
}
BENCHMARK(VerifyP256AmongAllTypes);

// A payload that speaks of another image costs no public-key operation.
void RefuseOtherImage(benchmark::State& state) {
  const std::vector<absl::StatusOr<ItemPtr>> signatures = {P256Signer().Sign(Image())};
  const oci::Digest other = oci::Digest::Of("another image's manifest");
  const std::vector<Asked> keys = {SignerOf(P256Signer().key())};
  for (auto _ : state) {
    if (!VerifyItems(signatures, other, keys).verified.empty()) {
      state.SkipWithError("verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RefuseOtherImage);

}  // namespace
}  // namespace countersign::policy
