#include "verifier/policies/sigstore_compiler.h"

#include <algorithm>
#include <utility>

namespace countersign::verifier {
namespace {

// A word there that is not known means to deny, and refuses nothing.
constexpr char kNoMatchPointer[] = "/data/no-match-policy";

std::vector<const base::Json*> PointersTo(const ObjectList& list) {
  std::vector<const base::Json*> pointers;
  for (const kube::Object& object : *list) pointers.push_back(&object.json);
  return pointers;
}

const base::Json* SettingsIn(const ObjectList& list) {
  return list == nullptr || list->empty() ? nullptr : &list->front().json;
}

bool AreRefused(const std::vector<policy::Problem>& settings_problems) {
  return std::any_of(
      settings_problems.begin(), settings_problems.end(),
      [](const policy::Problem& problem) { return problem.pointer != kNoMatchPointer; });
}

policy::SigstoreInputs InputsOf(const SigstoreObjects& objects,
                                const SigstoreSurroundings& surroundings) {
  policy::SigstoreInputs inputs = {.image_policies = PointersTo(objects.image_policies),
                                   .options = PointersTo(objects.options),
                                   .settings = SettingsIn(objects.settings),
                                   .kms_keys = surroundings.kms_keys,
                                   .default_root = surroundings.default_root,
                                   .namespaces = surroundings.namespaces};
  for (const auto& [name, key] : surroundings.secret_keys) {
    inputs.secret_keys.emplace(name, key.pem);
  }
  for (const auto& [name, named] : surroundings.trust_roots) {
    inputs.trust_roots.emplace(name, named.root);
  }
  return inputs;
}

// Puts in the place of keys what is certainly wrong with their Secrets now. Whether there is any such.
bool ReplaceOldKeys(const SigstoreSurroundings& surroundings, policy::SigstoreInputs& inputs) {
  bool are_any = false;
  for (const auto& [name, key] : surroundings.secret_keys) {
    if (!key.pem.ok() || key.fault.ok()) continue;
    inputs.secret_keys.insert_or_assign(name, key.fault);
    are_any = true;
  }
  return are_any;
}

}  // namespace

CompiledLists SigstoreCompiler::Apply(const SigstoreObjects& objects,
                                      const SigstoreSurroundings& surroundings) {
  policy::SigstoreInputs inputs = InputsOf(objects, surroundings);
  policy::CompiledSigstore compiled = compile_(inputs);
  CompiledLists result = {.settings_problems = compiled.settings_problems};
  if (AreRefused(result.settings_problems)) {
    inputs.settings = SettingsIn(good_settings_);
    compiled = compile_(inputs);
  } else {
    good_settings_ = objects.settings;
  }
  result.settings = good_settings_;
  result.in_force = compiled.policies;
  if (ReplaceOldKeys(surroundings, inputs)) compiled = compile_(inputs);
  result.image_policies = std::move(compiled.image_policies);
  result.options = std::move(compiled.options);
  return result;
}

}  // namespace countersign::verifier
