#include "verifier/serving/call_gate.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/door_metrics.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

// Of clients that may ask for everybody there are few, and all of them are the operator's: one may
// have nearly all that there is.
constexpr size_t kWeightOfTrusted = 15;
// Others leave half to those who come.
constexpr size_t kWeight = 1;
// Messages of one of the others that are read at once; one that stalls holds up no other.
constexpr size_t kReadingOfClient = 4;
// Of those on whose behalf a client asks one may be the API server, and have most of it.
constexpr size_t kWeightOfCaller = 3;
// Of his part of answers, beside what is spared, seven eighths are one namespace's at the most. With
// what is spared that is as much as the longest takes, where nobody else asks, and no more.
constexpr size_t kWeightOfNamespace = 7;
// An eighth of all is spared for namespaces that have no more than this: of 16 MiB, for 32 of them.
// What is said of an image takes 30 KiB and its reference twice at the most (docs/verify-api.md), and
// usually less than 1 KiB: one image at its longest has room, and ordinary Pods several at a time.
constexpr size_t kLeastOfNamespace = 64 << 10;
constexpr size_t kSparedPart = 8;
// Others' answers are not told apart by namespace: nearly all of a client's part is one group's.
constexpr size_t kWeightOfOnlyGroup = 100;

base::SourceShares::Rules RulesOfAnswers(size_t bytes) {
  const size_t spared = bytes / kSparedPart;
  return {.source = {.weight = kWeightOfCaller},
          .group = {.weight = kWeightOfNamespace,
                    .least = std::min(kLeastOfNamespace, spared),
                    .spared = spared}};
}

absl::StatusOr<CallGate::Claim> OrFull(std::optional<CallGate::Claim> claim, std::string_view why) {
  if (!claim.has_value()) return absl::ResourceExhaustedError(why);
  return *std::move(claim);
}

}  // namespace

CallGate::CallGate(const Limits& limits)
    : calls_(limits.calls, kWeightOfTrusted),
      calls_of_others_(limits.calls_of_others, kWeight),
      callers_(limits.calls, kWeightOfCaller),
      reading_(limits.reading_bytes, kWeightOfTrusted),
      reading_of_others_(limits.reading_bytes_of_others, kWeight),
      turns_of_others_(kReadingOfClient),
      questions_(limits.question_bytes, kWeightOfCaller),
      questions_of_others_(limits.question_bytes_of_others, kWeight),
      answers_(limits.answer_bytes, RulesOfAnswers(limits.answer_bytes)),
      answers_of_others_(limits.answer_bytes_of_others,
                         {.source = {.weight = kWeight}, .group = {.weight = kWeightOfOnlyGroup}}),
      validations_(limits.validations, kWeight) {}

void CallGate::AddMetrics(base::Metrics* metrics) const {
  const auto add = [metrics](const char* name, const char* what, const auto& all,
                             const auto& others) {
    base::AddShareMetrics(name, what, {{"clients", "everybody"}}, &all, metrics);
    base::AddShareMetrics(name, what, {{"clients", "others"}}, &others, metrics);
  };
  add("countersign_message_bytes", "Bytes of messages that are read", reading_, reading_of_others_);
  add("countersign_question_bytes", "Memory of questions that are answered, in bytes", questions_,
      questions_of_others_);
  add("countersign_answer_bytes", "Bytes of answers, until they are sent", answers_,
      answers_of_others_);
}

absl::StatusOr<CallGate::Claim> CallGate::EnterCall(const Client& client) {
  return OrFull((client.is_for_everybody ? calls_ : calls_of_others_).TryTake(client.name, 1),
                "this verifier has as many calls of this client in progress as it takes; ask "
                "another replica");
}

std::optional<CallGate::ReadPermit> CallGate::TryReading(const Client& client, size_t max_bytes) {
  std::optional<base::TurnOfEach::Turn> turn;
  if (!client.is_for_everybody) {
    turn = turns_of_others_.TryTake(client.name);
    if (!turn.has_value()) return std::nullopt;
  }
  std::optional<Claim> bytes =
      (client.is_for_everybody ? reading_ : reading_of_others_).TryTake(client.name, max_bytes);
  if (!bytes.has_value()) return std::nullopt;
  return ReadPermit{.turn = std::move(turn), .bytes = *std::move(bytes)};
}

absl::StatusOr<CallGate::ReadPermit> CallGate::AwaitReading(const Client& client, size_t max_bytes,
                                                            const std::function<bool()>& is_wanted,
                                                            absl::Time deadline) {
  constexpr std::string_view kFull =
      "this verifier reads as many messages of this client as it can hold; ask another replica";
  std::optional<base::TurnOfEach::Turn> turn;
  if (!client.is_for_everybody) {
    turn = turns_of_others_.Take(client.name, is_wanted, deadline);
    if (!turn.has_value()) return absl::ResourceExhaustedError(kFull);
  }
  CS_ASSIGN_OR_RETURN(Claim bytes, OrFull((client.is_for_everybody ? reading_ : reading_of_others_)
                                              .Take(client.name, max_bytes, deadline),
                                          kFull));
  return ReadPermit{.turn = std::move(turn), .bytes = std::move(bytes)};
}

absl::StatusOr<CallGate::Kept> CallGate::KeepQuestion(const Client& client, std::string_view caller,
                                                      size_t bytes) {
  constexpr std::string_view kFull =
      "this verifier has as many questions of this caller in progress as it takes; ask another "
      "replica";
  CS_ASSIGN_OR_RETURN(
      Claim held,
      OrFull((client.is_for_everybody ? questions_ : questions_of_others_).TryTake(caller, bytes),
             kFull));
  Kept kept = {.bytes = std::move(held), .call = std::nullopt};
  if (client.is_for_everybody) {
    CS_ASSIGN_OR_RETURN(kept.call, OrFull(callers_.TryTake(caller, 1), kFull));
  }
  return kept;
}

absl::Status CallGate::KeepAnswer(const Client& client, std::string_view caller,
                                  std::string_view workload_namespace, size_t bytes,
                                  std::optional<Claim>& kept) {
  const auto take = [&] {
    return client.is_for_everybody ? answers_.TryTake(caller, workload_namespace, bytes)
                                   : answers_of_others_.TryTake(caller, "", bytes);
  };
  if (kept.has_value() ? kept->TryGrow(bytes) : (kept = take()).has_value()) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      "this verifier holds as many answers to this caller as it takes; ask another replica");
}

absl::StatusOr<CallGate::Claim> CallGate::AwaitValidation(std::string_view caller,
                                                          absl::Time deadline) {
  return OrFull(validations_.Take(caller, 1, deadline),
                "this verifier validates as many policies as it can; ask another replica");
}

}  // namespace countersign::verifier
