#include "verifier/serving/verify_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "grpcpp/support/slice.h"
#include "verifier/serving/answer_writer.h"
#include "verifier/serving/verdict_log.h"

namespace countersign::verifier {
namespace {

// What the parts are one after the other. Each is let go once it is copied.
grpc::ByteBuffer JoinParts(std::vector<std::string> parts) {
  std::vector<grpc::Slice> slices;
  slices.reserve(parts.size());
  for (std::string& part : parts) {
    const std::string copied = std::move(part);
    slices.emplace_back(copied);
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace

VerifyAnswer::VerifyAnswer(const Parts* parts, Asked asked, WorkloadQuestion question)
    : parts_(*parts), asked_(std::move(asked)), question_(std::move(question)) {}

std::optional<absl::StatusOr<std::vector<std::string>>> VerifyAnswer::PartsAtOnce(size_t& room) {
  return Write([&](const Inquirer& inquirer, ImageVerifier::Tell tell) {
    return parts_.verifier->VerifyAtOnce(question_, inquirer, room, tell);
  });
}

std::optional<absl::StatusOr<grpc::ByteBuffer>> VerifyAnswer::AnswerAtOnce() {
  size_t room = ImageVerifier::kMostOutcomesAtOnce;
  std::optional<absl::StatusOr<std::vector<std::string>>> parts = PartsAtOnce(room);
  if (!parts.has_value()) return std::nullopt;
  CS_RETURN_IF_ERROR(parts->status());
  return JoinParts(**std::move(parts));
}

absl::StatusOr<grpc::ByteBuffer> VerifyAnswer::Answer() {
  CS_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                      *Write([this](const Inquirer& inquirer, ImageVerifier::Tell tell) {
                        return parts_.verifier->VerifyEach(question_, inquirer, asked_.deadline,
                                                           tell);
                      }));
  return JoinParts(std::move(parts));
}

void VerifyAnswer::Keep(const ImageVerdict& image, absl::Span<const size_t> uses) const {
  const std::string& reference = question_.images[uses.front()].reference;
  LogVerdict(question_, reference, image.verdict);
  if (parts_.recent != nullptr)
    parts_.recent->Add(question_, reference, image.verdict, asked_.read);
  if (parts_.differences != nullptr) {
    parts_.differences->Add(reference, image.verdict, uses.size());
  }
}

std::optional<absl::StatusOr<std::vector<std::string>>> VerifyAnswer::Write(Verify verify) {
  const OpenCall& call = *asked_.call;
  const Inquirer inquirer = {.caller = asked_.caller,
                             .credentials = call.caller().rights.shared_credentials
                                                ? CredentialUse::kCluster
                                                : CredentialUse::kAnonymous};
  AnswerWriter answer(&question_, [&](size_t bytes) {
    return parts_.gate->KeepAnswer(call.caller().client, asked_.caller,
                                   question_.workload_namespace, bytes, asked_.answer_room);
  });
  const std::optional<absl::Status> told = verify(
      inquirer, [&](const ImageVerdict& image, absl::Span<const size_t> uses) -> absl::Status {
        CS_RETURN_IF_ERROR(answer.Add(image, uses));
        Keep(image, uses);
        return absl::OkStatus();
      });
  if (!told.has_value()) return std::nullopt;
  CS_RETURN_IF_ERROR(*told);
  if (parts_.metrics != nullptr) parts_.metrics->CountVerdicts(answer.reasons());
  return std::move(answer).Take();
}

}  // namespace countersign::verifier
