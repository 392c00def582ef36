#include "http/client/stream_buffer.h"

#include <utility>

namespace countersign::http {

void StreamBuffer::SetHead(ClientResponse head) {
  absl::MutexLock lock(&mutex_);
  if (!head_.has_value()) head_ = std::move(head);
}

bool StreamBuffer::Append(std::string_view bytes) {
  absl::MutexLock lock(&mutex_);
  if (end_.has_value() || bytes.size() > max_unread_bytes_ - unread_.size()) return false;
  unread_.append(bytes);
  return true;
}

void StreamBuffer::End(absl::Status why) {
  absl::MutexLock lock(&mutex_);
  if (!end_.has_value()) end_ = std::move(why);
}

absl::StatusOr<ClientResponse> StreamBuffer::AwaitHead(absl::Time deadline, std::string_view late) {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(this, &StreamBuffer::HasHead), deadline)) {
    return absl::DeadlineExceededError(late);
  }
  if (head_.has_value() && !(end_.has_value() && absl::IsCancelled(*end_))) return *head_;
  return end_->ok() ? absl::UnavailableError("the response has no head") : *end_;
}

absl::StatusOr<std::string> StreamBuffer::Read(absl::Time deadline, std::string_view late) {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(this, &StreamBuffer::HasBytes), deadline)) {
    return absl::DeadlineExceededError(late);
  }
  if (!unread_.empty()) return std::exchange(unread_, "");
  if (!end_->ok()) return *end_;
  return "";
}

void StreamBuffer::Cancel() {
  absl::MutexLock lock(&mutex_);
  end_ = absl::CancelledError("the response was given up");
  unread_.clear();
}

}  // namespace countersign::http
