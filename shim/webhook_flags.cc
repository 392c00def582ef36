#include "shim/webhook_flags.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace countersign::shim {
namespace {

constexpr char kGroup[] = "Admission";

// A flag with the words "deny" and "allow", which stand for false and true.
void AddDenyOrAllow(CLI::App* app, const std::string& flag, bool* allow,
                    const std::string& description) {
  app->add_option_function<std::string>(
         flag, [allow](const std::string& word) { *allow = word == "allow"; }, description)
      ->check(CLI::IsMember({"deny", "allow"}))
      ->type_name("deny|allow")
      ->default_str("deny")
      ->group(kGroup);
}

PinImages PinnedBy(std::string_view word) {
  if (word == "off") return PinImages::kOff;
  return word == "all" ? PinImages::kAll : PinImages::kPods;
}

}  // namespace

void AddWebhookFlags(CLI::App* app, AdmissionRules* rules) {
  AddDenyOrAllow(app, "--unknown-kinds", &rules->allow_unknown_kinds,
                 "Objects of a kind whose pod template nobody named: deny them, or allow them with "
                 "a warning.");
  app->add_option_function<std::vector<std::string>>(
         "--pod-template",
         [rules](const std::vector<std::string>& values) {
           for (const std::string& value : values) {
             const absl::Status added = rules->kinds.Add(value);
             if (!added.ok()) {
               throw CLI::ValidationError("--pod-template", std::string(added.message()));
             }
           }
         },
         "Another kind that creates pods, and the JSON pointer to its pod template, such as "
         "Rollout.argoproj.io=/spec/template. Repeatable.")
      ->type_name("KIND.GROUP=/PATH")
      ->allow_extra_args(false)
      ->group(kGroup);
  app->add_option("--template-placeholder", rules->template_placeholders,
                  "What stands in pod templates, and never in Pods, for an image that is filled in "
                  "later, such as auto. White space always does. Repeatable.")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->group(kGroup);
  app->add_option_function<std::string>(
         "--pin-images", [rules](const std::string& word) { rules->pin_images = PinnedBy(word); },
         "Where an image that is verified is given the digest that was judged, as NAME:TAG@DIGEST: "
         "in pods; in all that pods are made from, too; or nowhere (off), so that a tag can be "
         "moved after it was judged.")
      ->check(CLI::IsMember({"off", "pods", "all"}))
      ->type_name("off|pods|all")
      ->default_str("pods")
      ->group(kGroup);
  app->add_flag("--verify-unchanged-images", rules->verify_unchanged_images,
                "On an update, check the images that the object already had, too.")
      ->group(kGroup);
  AddDenyOrAllow(
      app, "--on-verifier-unavailable", &rules->unsafe_allow_when_verifier_unavailable,
      "When no verifier is connected, so that none could be asked: deny, or allow unchecked, with "
      "a warning and an audit annotation. One that is late, busy, or lost while it is asked always "
      "means deny.");
}

}  // namespace countersign::shim
