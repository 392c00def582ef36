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

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "benchmark/benchmark.h"
#include "cosign/claim.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"
#include "cosign/verify.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using base::Json;

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

std::string Load(std::string_view name) {
  return base::LoadFile(std::string("testdata/sigstore/").append(name)).value();
}

// An image on which one bundle hangs, that of an identity.
struct Made {
  Claim claim;
  std::string bundle;
  SignerPtr signer;
};

Made Find(std::string_view name) {
  const Json images = base::ParseJson(Load("images.json")).value();
  for (const Json& image : images) {
    if (image.at("name").get<std::string>() != name) continue;
    const Json& evidence = image.at("evidence").at(0);
    const Json& identity = evidence.at("identity");
    const Witnesses witnesses = {
        .log_entries = evidence.at("log_entries").get<size_t>(),
        .timestamps = evidence.at("timestamps").get<size_t>(),
        .certificate_timestamps = evidence.at("certificate_timestamps").get<size_t>()};
    const IdentityRule rule = {.issuer = identity.at("issuer").get<std::string>(),
                               .subject = identity.at("subject").get<std::string>()};
    Made made = {
        .claim = {.image = oci::Digest::Parse(image.at("image").get<std::string>()).value()},
        .signer = KeylessSigner(Identities::Compile({rule}).value(), witnesses,
                                std::make_shared<const TrustedRoot>(
                                    ParseTrustedRoot(Load("public_root.json")).value()))};
    for (const Json& blob : image.at("blobs")) {
      if (BundleItem(blob.get<std::string>()).ok()) made.bundle = blob.get<std::string>();
    }
    return made;
  }
  std::abort();
}

void RunVerify(benchmark::State& state, std::string_view name) {
  const Made made = Find(name);
  const ItemPtr item = BundleItem(made.bundle).value();
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
  const Made made = Find("bundle-keyless-rekor2-tsa");
  for (auto _ : state) benchmark::DoNotOptimize(BundleItem(made.bundle));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ReadBundle);

}  // namespace
}  // namespace countersign::cosign
