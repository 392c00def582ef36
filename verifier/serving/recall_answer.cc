#include "verifier/serving/recall_answer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "grpcpp/support/slice.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "proto/limits.h"
#include "verifier/serving/call_and_log.h"
#include "verifier/serving/image_verifier.h"

namespace countersign::verifier {
namespace {

// Of the answers: once there is so much of them no further question is answered. (One may have written a long
// sentence, which whoever reads them has to wait for.)
constexpr size_t kEnoughBytes = 64 << 10;

// The head of a field that is a message of so many bytes, as protobuf's encoding has it ("Length-Delimited
// Records"): a tag, of type LEN, and the length.
void AppendHead(int field, size_t bytes, std::string& text) {
  using google::protobuf::io::CodedOutputStream;
  constexpr uint32_t kLen = 2;
  uint8_t head[20];
  uint8_t* end =
      CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(field) << 3 | kLen, head);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(bytes), end);
  text.append(head, end);
}

// Of the answer that these parts are.
void AppendAnswer(const std::vector<std::string>& parts, std::string& text) {
  size_t bytes = 0;
  for (const std::string& part : parts) bytes += part.size();
  std::string inner;
  AppendHead(v1::RecalledAnswer::kAnswerFieldNumber, bytes, inner);
  AppendHead(v1::RecallVerdictsResponse::kAnswersFieldNumber, inner.size() + bytes, text);
  text += inner;
  for (const std::string& part : parts) text += part;
}

}  // namespace

RecallAnswer::RecallAnswer(std::vector<std::unique_ptr<VerifyAnswer>> questions)
    : questions_(std::move(questions)) {}

absl::StatusOr<grpc::ByteBuffer> RecallAnswer::Answer() {
  size_t room = ImageVerifier::kMostOutcomesAtOnce;
  std::string text;
  size_t left = questions_.size();
  for (const std::unique_ptr<VerifyAnswer>& question : questions_) {
    // What one leaves of its part is for those behind it.
    const size_t part = room / left--;
    size_t part_left = part;
    std::optional<absl::StatusOr<std::vector<std::string>>> parts;
    if (question != nullptr && text.size() < kEnoughBytes) {
      parts = CallAndLog([&] { return question->PartsAtOnce(part_left); });
    }
    room -= part - part_left;
    if (parts.has_value() && parts->ok()) {
      AppendAnswer(**parts, text);
    } else {
      AppendHead(v1::RecallVerdictsResponse::kAnswersFieldNumber, 0, text);
    }
  }
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace countersign::verifier
