#include "bench/made_bundle.h"

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "base/file.h"
#include "base/json.h"
#include "cosign/identity.h"
#include "cosign/item.h"
#include "cosign/trusted_root.h"
#include "oci/digest.h"

namespace countersign::cosign {
namespace {

using base::Json;

std::string Load(std::string_view name) {
  return base::LoadFile(std::string("testdata/sigstore/").append(name)).value();
}

}  // namespace

MadeBundle FindMadeBundle(std::string_view name) {
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
    MadeBundle made = {
        .claim = {.image = oci::Digest::Parse(image.at("image").get<std::string>()).value()},
        .signer = KeylessSigner(Identities::Compile({rule}).value(), witnesses,
                                std::make_shared<const TrustedRoot>(
                                    ParseTrustedRoot(Load("public_root.json")).value()))};
    for (const Json& blob : image.at("blobs")) {
      if (BundleItem(blob.get<std::string>()).ok()) made.bytes = blob.get<std::string>();
    }
    return made;
  }
  std::abort();
}

}  // namespace countersign::cosign
