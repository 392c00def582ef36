#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cosign/statement.h"
#include "nlohmann/json.hpp"

namespace countersign::cosign {

// Invariant: what is accepted says the same to a parser that is lenient (the last of duplicate
// members wins, any depth and size) and knows nothing of ours, and is found by what it says alone.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const auto statement = ParseStatement(payload);
  if (!statement.ok()) return 0;

  const nlohmann::json lenient =
      nlohmann::json::parse(payload, nullptr, /*allow_exceptions=*/false);
  if (!lenient.is_object()) std::abort();
  if (lenient["predicateType"] != statement->predicate_type) std::abort();
  if (statement->predicate_type.empty() || statement->subjects.empty()) std::abort();
  if (lenient["subject"].size() != statement->subjects.size()) std::abort();
  for (size_t i = 0; i < statement->subjects.size(); ++i) {
    const Subject& subject = statement->subjects[i];
    const nlohmann::json& other = lenient["subject"][i];
    if (!subject.name.empty() && other["name"] != subject.name) std::abort();
    for (const auto& [algorithm, digest] : subject.digests) {
      if (other["digest"][algorithm] != digest) std::abort();
      if (FindSubject(*statement, algorithm, digest) > &subject) std::abort();
      if (FindSubject(*statement, algorithm, digest) == nullptr) std::abort();
      if (FindSubject(*statement, algorithm, digest + "0") == &subject) std::abort();
    }
    for (const auto& [name, text] : subject.annotations) {
      if (other["annotations"][name] != text) std::abort();
    }
  }
  return 0;
}

}  // namespace countersign::cosign
