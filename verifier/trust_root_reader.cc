#include "verifier/trust_root_reader.h"

#include "base/json.h"

namespace countersign::verifier {

void TrustRootReader::Set(const std::vector<kube::Object>& objects) {
  std::vector<const base::Json*> pointers;
  for (const kube::Object& object : objects) pointers.push_back(&object.json);
  roots_.Set(pointers);
}

absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> TrustRootReader::Get(
    const std::string& name) const {
  return roots_.Find(name);
}

absl::Status TrustRootReader::Problem(const std::string& name) const {
  for (const TrustRootState& state : roots_.States()) {
    if (state.name == name) return LastingProblem(state);
  }
  return roots_.Find(name).status();
}

absl::Status LastingProblem(const TrustRootState& state) {
  if (!state.current.ok()) return state.current.status();
  const bool is_lasting =
      absl::IsInvalidArgument(state.problem) || absl::IsFailedPrecondition(state.problem);
  return is_lasting ? state.problem : absl::OkStatus();
}

}  // namespace countersign::verifier
