// Keyless evidence judged per second on one core: cosign::Verify of bundles that cosign has made
// (testdata/sigstore), beside BoringSSL's bare verification with keys of the types that are in them.

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "bench/ needs BoringSSL"
#endif
#include <openssl/curve25519.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/made_bundle.h"
#include "benchmark/benchmark.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/verify.h"

namespace countersign::cosign {
namespace {

// A verification of a hash that is there already.
void RunEcdsa(benchmark::State& state, int curve, size_t hash_bytes) {
  const bssl::UniquePtr<EC_KEY> key(EC_KEY_new_by_curve_name(curve));
  EC_KEY_generate_key(key.get());
  const std::vector<uint8_t> hash(hash_bytes, 7);
  std::vector<uint8_t> signature(ECDSA_size(key.get()));
  unsigned int size = 0;
  ECDSA_sign(0, hash.data(), hash.size(), signature.data(), &size, key.get());
  for (auto _ : state) {
    if (ECDSA_verify(0, hash.data(), hash.size(), signature.data(), size, key.get()) != 1) {
      state.SkipWithError("not verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
void BareP256(benchmark::State& state) { RunEcdsa(state, NID_X9_62_prime256v1, 32); }
BENCHMARK(BareP256);
void BareP384(benchmark::State& state) { RunEcdsa(state, NID_secp384r1, 48); }
BENCHMARK(BareP384);

// Of a text as long as a checkpoint's.
void BareEd25519(benchmark::State& state) {
  uint8_t public_key[ED25519_PUBLIC_KEY_LEN];
  uint8_t private_key[ED25519_PRIVATE_KEY_LEN];
  ED25519_keypair(public_key, private_key);
  const std::vector<uint8_t> text(100, 7);
  uint8_t signature[ED25519_SIGNATURE_LEN];
  ED25519_sign(signature, text.data(), text.size(), private_key);
  for (auto _ : state) {
    if (ED25519_verify(text.data(), text.size(), signature, public_key) != 1) {
      state.SkipWithError("not verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BareEd25519);

void RunVerify(benchmark::State& state, std::string_view name) {
  const MadeBundle made = FindMadeBundle(name);
  const ItemPtr item = BundleItem(made.bytes).value();
  for (auto _ : state) {
    if (!std::holds_alternative<Verified>(Verify(*item, made.claim, *made.signer))) {
      state.SkipWithError("not verified");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
// The chain, its certificate's SCT, the log's promise, proof and checkpoint, the identity.
void VerifyLogged(benchmark::State& state) { RunVerify(state, "bundle-keyless-rekor1"); }
BENCHMARK(VerifyLogged);
// The chain, its certificate's SCT, proof and checkpoint, a timestamp, the identity.
void VerifyStamped(benchmark::State& state) { RunVerify(state, "bundle-keyless-rekor2-tsa"); }
BENCHMARK(VerifyStamped);

// From the bundle's bytes to what Verify takes; once for each time that it is read from a registry.
void ReadBundle(benchmark::State& state) {
  const MadeBundle made = FindMadeBundle("bundle-keyless-rekor2-tsa");
  for (auto _ : state) benchmark::DoNotOptimize(BundleItem(made.bytes));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ReadBundle);

}  // namespace
}  // namespace countersign::cosign
