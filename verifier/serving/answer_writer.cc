#include "verifier/serving/answer_writer.h"

#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "base/status_macros.h"
#include "verifier/serving/messages.h"

namespace countersign::verifier {

AnswerWriter::AnswerWriter(const WorkloadQuestion* question, Room room)
    : question_(question), room_(std::move(room)), verdicts_(question->images.size()) {}

absl::Status AnswerWriter::Add(const ImageVerdict& image, absl::Span<const size_t> uses) {
  v1::VerifyImagesResponse part;
  v1::Verdict& message = *part.add_verdicts();
  WriteVerdict(image, message);
  for (const size_t i : uses) {
    message.set_container(question_->images[i].container);
    message.set_reference(question_->images[i].reference);
    CS_RETURN_IF_ERROR(Keep(part, 0, verdicts_[i]));
    reasons_.push_back(message.reason());
  }
  return AddWarning(image.verdict.warning);
}

absl::Status AnswerWriter::AddWarning(const std::string& warning) {
  if (warning.empty() || known_warnings_.contains(warning)) return absl::OkStatus();
  v1::VerifyImagesResponse part;
  part.add_warnings(warning);
  std::string kept;
  CS_RETURN_IF_ERROR(Keep(part, warning.size(), kept));
  warnings_.push_back(std::move(kept));
  known_warnings_.insert(warning);
  return absl::OkStatus();
}

absl::Status AnswerWriter::Keep(const v1::VerifyImagesResponse& part, size_t more_bytes,
                                std::string& kept) {
  CS_RETURN_IF_ERROR(room_(part.ByteSizeLong() + more_bytes));
  kept = part.SerializeAsString();
  return absl::OkStatus();
}

std::vector<std::string> AnswerWriter::Take() && {
  absl::c_move(warnings_, std::back_inserter(verdicts_));
  return std::move(verdicts_);
}

}  // namespace countersign::verifier
