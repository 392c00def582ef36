#ifndef COUNTERSIGN_VERIFIER_SERVING_ANSWER_WRITER_H_
#define COUNTERSIGN_VERIFIER_SERVING_ANSWER_WRITER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// Writes the answer to a question while its verdicts come to be, and holds of each no more than its
// bytes in the answer: as a value and as a message it takes many times as much. For one thread.
class AnswerWriter {
 public:
  // Makes room for so many more bytes, or says why there is none.
  using Room = std::function<absl::Status(size_t bytes)>;

  // `question` must outlive the writer. What is held is asked of `room` before.
  AnswerWriter(const WorkloadQuestion* question, Room room);

  // The verdict about the question's images with these indexes, of which each has one in the end. The
  // errors are those of `room`; then there is no answer.
  absl::Status Add(const ImageVerdict& image, absl::Span<const size_t> uses);

  // Of the verdicts that were added, one for each use.
  const std::vector<v1::Reason>& reasons() const { return reasons_; }

  // Which together, one after the other, are the bytes of a VerifyImagesResponse, as WriteAnswer makes
  // it (messages.h), but for the order of its warnings, which is that in which they were added.
  std::vector<std::string> Take() &&;

 private:
  absl::Status AddWarning(const std::string& warning);
  // Keeps the bytes of a response that has nothing but this; those of several, one after the other, are
  // those of a response that has all. Beside them, `more_bytes` are held.
  absl::Status Keep(const v1::VerifyImagesResponse& part, size_t more_bytes, std::string& kept);

  const WorkloadQuestion* const question_;
  const Room room_;
  std::vector<std::string> verdicts_;  // in the order of the question's images
  std::vector<std::string> warnings_;
  absl::flat_hash_set<std::string> known_warnings_;
  std::vector<v1::Reason> reasons_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_ANSWER_WRITER_H_
