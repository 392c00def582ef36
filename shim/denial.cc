#include "shim/denial.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "base/printable.h"
#include "proto/verdicts.h"
#include "shim/policy_failures.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

constexpr size_t kMaxPlaces = 10;
// As the chart names it.
constexpr std::string_view kMutatingConfiguration = "image-policy-mutating-webhook-configuration";

// A sentence, and what it is about.
struct Refusal {
  std::string sentence;
  // Comes after what the Policy Controller would say.
  bool is_explanation = false;
  std::vector<std::string> places = {};
};

// What only an operator of this webhook can know: why a digest is missing at the end.
std::string NotPinnedSentence(const v1::Verdict& verdict) {
  return absl::StrCat(
      "The image: ", base::Printable(verdict.reference()),
      " is not pinned to the digest that was judged: another webhook set it after Countersign. "
      "Webhook configurations are called in the order of their names: name the other's so that it "
      "comes before ",
      kMutatingConfiguration,
      ", or have it keep the digest when it rewrites an image. If no other webhook changes images, "
      "see whether that configuration is there.");
}

// A policy wants a digest, and there is none to be written, or nobody to write it.
std::string LacksPinSentence(const Question& question, const v1::Verdict& verdict) {
  const std::string& pinned = verdict.pinned_reference();
  return absl::StrCat(
      "The image: ", base::Printable(verdict.reference()),
      " may run, but a policy wants Pods to name it by its digest (pinning: required, or it is for "
      "one digest), and ",
      question.pins_images ? "here Countersign cannot write it. " : "images are not pinned here. ",
      pinned.empty() ? "Name it by its digest" : "Name it as ", base::Printable(pinned),
      question.pins_images ? "."
                           : ", or have Countersign pin it: see --pin-images, the Namespace's "
                             "label countersign/pin, and "
                             "whether another webhook sets it after Countersign.");
}

// What there is to say of a verdict on what may not run; "" if all is said by what policies found.
std::string SentenceOf(const Question& question, const v1::Verdict& verdict) {
  if (v1::IsAllowed(verdict)) return LacksPinSentence(question, verdict);
  if (verdict.reason() == v1::REASON_NOT_PINNED) return NotPinnedSentence(verdict);
  if (!verdict.message().empty() || IsDeniedByPolicies(verdict)) return verdict.message();
  return absl::StrCat("The image: ", base::Printable(verdict.reference()), " is not allowed.");
}

// The same in two halves: what is not about policies of policy.sigstore.dev, and what explains why those
// deny. Either may be empty.
std::pair<std::string, std::string> HalvesOf(std::string sentence, const v1::Verdict& verdict) {
  const std::string& explanation = verdict.policy_message();
  if (explanation.empty() || !std::string_view(sentence).ends_with(explanation)) {
    return {std::move(sentence), ""};
  }
  sentence.resize(sentence.size() - explanation.size());
  return {std::string(absl::StripSuffix(sentence, "\n")), explanation};
}

// In the order in which the sentences first come.
std::vector<Refusal> RefusalsOf(const Question& question,
                                const v1::VerifyImagesResponse& response) {
  std::vector<Refusal> refusals;
  absl::flat_hash_map<std::string, size_t> index_of;
  for (const AskedUse& use : question.uses) {
    const v1::Verdict& verdict = VerdictOn(use, response);
    if (MayRun(question, use, verdict)) continue;
    auto [sentence, explanation] = HalvesOf(SentenceOf(question, verdict), verdict);
    const auto add = [&](std::string text, bool is_explanation) {
      if (text.empty()) return;
      const auto [entry, is_new] = index_of.try_emplace(text, refusals.size());
      if (is_new) refusals.push_back({std::move(text), is_explanation});
      if (!use.place.empty()) refusals[entry->second].places.push_back(use.place);
    };
    add(std::move(sentence), false);
    add(std::move(explanation), true);
  }
  return refusals;
}

// Puts a message together, within kMaxDenialBytes.
class Message {
 public:
  // What must be there is, whatever room there is.
  void Add(std::string_view line, bool must_be_there = false) {
    const bool has_room = left_out_ == 0 && text_.size() + line.size() <= kMaxDenialBytes;
    if (has_room || must_be_there || text_.empty()) {
      absl::StrAppend(&text_, text_.empty() ? "" : "\n", line);
    } else {
      ++left_out_;
    }
  }

  std::string Take() && {
    if (left_out_ > 0) absl::StrAppend(&text_, "\nAnd ", left_out_, " more like these.");
    return std::move(text_);
  }

 private:
  std::string text_;
  size_t left_out_ = 0;
};

std::string WriteLine(const Refusal& refusal) {
  const size_t shown = std::min(refusal.places.size(), kMaxPlaces);
  if (shown == 0) return refusal.sentence;
  std::string line =
      absl::StrCat(refusal.sentence, " (",
                   absl::StrJoin(absl::MakeConstSpan(refusal.places).subspan(0, shown), ", "));
  if (shown < refusal.places.size()) {
    absl::StrAppend(&line, " and ", refusal.places.size() - shown, " more");
  }
  return line + ")";
}

std::string JoinSome(const std::vector<std::string_view>& references) {
  std::string list;
  for (size_t i = 0; i < references.size(); ++i) {
    if (i > 0 && list.size() + references[i].size() > kMaxListBytes) {
      absl::StrAppend(&list, " and ", references.size() - i, " more");
      break;
    }
    absl::StrAppend(&list, i == 0 ? "" : ", ", references[i]);
  }
  return list;
}

}  // namespace

std::string WriteDenial(const Question& question, const v1::VerifyImagesResponse& response) {
  const std::vector<Refusal> refusals = RefusalsOf(question, response);
  Message message;
  for (const Refusal& refusal : refusals) {
    if (!refusal.is_explanation) message.Add(WriteLine(refusal));
  }
  const std::vector<std::string> findings = WriteDenyingFailures(question, response);
  for (size_t i = 0; i < findings.size(); ++i) {
    const bool is_first = i == 0;
    message.Add(absl::StrCat(is_first ? "validation failed: " : "", findings[i]), is_first);
  }
  for (const Refusal& refusal : refusals) {
    if (refusal.is_explanation) message.Add(WriteLine(refusal));
  }
  return std::move(message).Take();
}

std::string ListRefused(const Question& question, const v1::VerifyImagesResponse& response) {
  absl::flat_hash_set<std::string_view> seen;
  std::vector<std::string_view> references;
  for (const AskedUse& use : question.uses) {
    if (MayRun(question, use, VerdictOn(use, response))) continue;
    if (seen.insert(use.reference).second) references.push_back(use.reference);
  }
  return JoinSome(references);
}

std::string ListImages(const Question& question) {
  std::vector<std::string_view> references;
  for (const v1::Image& image : question.request.images()) references.push_back(image.reference());
  return JoinSome(references);
}

}  // namespace countersign::shim
