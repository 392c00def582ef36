#ifndef COUNTERSIGN_KUBE_ADMISSION_PLURAL_H_
#define COUNTERSIGN_KUBE_ADMISSION_PLURAL_H_

#include <string>
#include <string_view>

namespace countersign::kube {

// The resource that objects of `kind` are, as it is guessed where no API server has said it:
// "CronJob" is "cronjobs", "NetworkPolicy" is "networkpolicies". Right for every built-in kind that makes
// Pods, and for most others (k8s.io/apimachinery, UnsafeGuessKindToResource in pkg/api/meta). Pure.
std::string GuessPlural(std::string_view kind);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_ADMISSION_PLURAL_H_
