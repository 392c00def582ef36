#ifndef COUNTERSIGN_VERIFIER_SERVING_WORKLOAD_QUESTION_H_
#define COUNTERSIGN_VERIFIER_SERVING_WORKLOAD_QUESTION_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/trace_context.h"
#include "policy/verdict.h"

namespace countersign::verifier {

// What is asked about the images of one workload. What the members mean, and how much of each there
// may be, is said in proto/countersign/v1/verifier.proto and proto/limits.h.
struct WorkloadQuestion {
  // One use of an image.
  struct Image {
    std::string container;
    std::string reference;
  };
  // The object on whose behalf is asked; for the log only.
  struct Subject {
    std::string kind;
    std::string name;
  };

  // What the object is, as far as policies are limited by it.
  struct ObjectDescription {
    std::string api_group;  // "" for core
    std::string api_version;
    std::string resource;  // the plural, in lower case
    std::map<std::string, std::string> labels;
  };

  std::vector<Image> images;
  std::optional<ObjectDescription> object;
  std::string workload_namespace;               // "" where there is none
  std::string service_account;                  // "" means "default"
  std::vector<std::string> image_pull_secrets;  // each name once
  Subject subject;
  base::TraceContext trace;  // the span of whoever asks, if he says one; for the log only
  bool require_digest = false;
};

// Which credentials an inquirer has a right to.
enum class CredentialUse {
  kAnonymous,  // none
  kCluster,    // those of the workload that it asks about, and those that serve every workload
};

// Who asks, as it is known to whoever let him in; nothing of it is the question's own word.
struct Inquirer {
  // To whose share the looking is put (base/share.h); the workload's namespace is the group in it.
  std::string caller;
  CredentialUse credentials = CredentialUse::kAnonymous;
};

// The answer about one distinct reference. A default one refuses.
struct ImageVerdict {
  policy::Verdict verdict;
  // The reference as it must be written to run exactly what was judged: with kVerified, and with whatever
  // else allows where the digest was looked up for it.
  std::string pinned_reference;
};
using ImageVerdictPtr = std::shared_ptr<const ImageVerdict>;

struct WorkloadAnswer {
  // One for each image of the question, in its order, none null. Images with the same reference
  // share theirs.
  std::vector<ImageVerdictPtr> verdicts;
  // Those of the verdicts, without duplicates, in their order.
  std::vector<std::string> warnings;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_WORKLOAD_QUESTION_H_
