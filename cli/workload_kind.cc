#include "cli/workload_kind.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "kube/admission/plural.h"

namespace countersign::cli {
namespace {

struct BuiltIn {
  std::string_view kind;
  std::string_view group;
};

// All of version v1.
constexpr BuiltIn kBuiltIn[] = {
    {"Pod", ""},
    {"ReplicationController", ""},
    {"ReplicaSet", "apps"},
    {"Deployment", "apps"},
    {"StatefulSet", "apps"},
    {"DaemonSet", "apps"},
    {"Job", "batch"},
    {"CronJob", "batch"},
};

}  // namespace

absl::StatusOr<policy::ObjectDescription> ReadWorkloadKind(std::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (const BuiltIn& known : kBuiltIn) {
    const std::string plural = kube::GuessPlural(known.kind);
    if (lower != plural && lower != absl::AsciiStrToLower(known.kind)) continue;
    return policy::ObjectDescription{
        .api_group = std::string(known.group), .api_version = "v1", .resource = plural};
  }
  const size_t dot = text.find('.');
  const size_t slash = text.rfind('/');
  if (dot == std::string_view::npos || slash == std::string_view::npos || dot == 0 ||
      slash <= dot + 1 || slash + 1 == text.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--kind: ", base::Quoted(text),
        " is none of Pod, ReplicationController, ReplicaSet, Deployment, StatefulSet, DaemonSet, "
        "Job "
        "and CronJob; say others as KIND.GROUP/VERSION, such as Rollout.argoproj.io/v1alpha1"));
  }
  return policy::ObjectDescription{.api_group = std::string(text.substr(dot + 1, slash - dot - 1)),
                                   .api_version = std::string(text.substr(slash + 1)),
                                   .resource = kube::GuessPlural(text.substr(0, dot))};
}

}  // namespace countersign::cli
