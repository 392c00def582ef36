#ifndef COUNTERSIGN_COSIGN_JSON_FIXTURE_H_
#define COUNTERSIGN_COSIGN_JSON_FIXTURE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"

namespace countersign::cosign {

// What tests of Sigstore's JSON have in common.

// That a reader says exactly this of what it was given.
inline auto IsFault(const std::string& message) {
  return base::StatusIs(absl::StatusCode::kInvalidArgument, message);
}

inline std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

// A TransparencyLogEntry that has all that one can have.
inline base::Json EntryJson(const std::string& index) {
  return {{"logIndex", index},
          {"logId", {{"keyId", Base64("the log")}}},
          {"kindVersion", {{"kind", "hashedrekord"}, {"version", "0.0.1"}}},
          {"integratedTime", "1800000086"},
          {"inclusionPromise", {{"signedEntryTimestamp", Base64("promise")}}},
          {"inclusionProof",
           {{"logIndex", "5"},
            {"rootHash", Base64(std::string(32, 'r'))},
            {"treeSize", "7"},
            {"hashes", {Base64(std::string(32, 'a')), Base64(std::string(32, 'b'))}},
            {"checkpoint", {{"envelope", "a note\n"}}}}},
          {"canonicalizedBody", Base64("{}")}};
}

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_JSON_FIXTURE_H_
