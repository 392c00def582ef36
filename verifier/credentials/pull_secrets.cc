#include "verifier/credentials/pull_secrets.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/large_text_turn.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kDockercfg = "kubernetes.io/dockercfg";
constexpr std::string_view kDockerConfigJson = "kubernetes.io/dockerconfigjson";
// What one that is kept takes at least.
constexpr size_t kKeptOverhead = 256;
// What is kept of a member of its JSON, beside the member's text. An entry has two at least: its own
// name, and what it holds; a fault has one. Nothing is kept of anything else, such as arrays: they take
// memory while the text is parsed, which long ones are in turn.
constexpr size_t kBytesOfMember = 256;

absl::StatusOr<const std::string*> TextOf(const kube::Secret& secret) {
  if (secret.type != kDockercfg && secret.type != kDockerConfigJson) {
    return absl::NotFoundError(absl::StrCat("its type is \"", secret.type, "\""));
  }
  const std::string_view member = secret.type == kDockercfg ? ".dockercfg" : ".dockerconfigjson";
  const std::string* text = secret.Find(member);
  if (text == nullptr) return absl::InvalidArgumentError(absl::StrCat("it has no member ", member));
  return text;
}

PullSecrets::Parsed Parse(const kube::Secret& secret, const std::string& text) {
  return secret.type == kDockercfg ? registry::DockerConfig::ParseDockercfg(text)
                                   : registry::DockerConfig::ParseConfigJson(text);
}

size_t CostOf(const kube::Secret& secret, std::string_view text) {
  const auto members = static_cast<size_t>(std::count(text.begin(), text.end(), ':'));
  size_t bytes = kKeptOverhead + text.size() + members * kBytesOfMember;
  for (const auto& [name, value] : secret.data) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

void PullSecrets::Read(const SecretPtr& secret, const Room& room,
                       absl::FunctionRef<void(const Parsed&)> use) {
  const absl::StatusOr<const std::string*> text = TextOf(*secret);
  if (!text.ok()) return use(text.status());
  if (const Parsed* kept = ReadKept(secret, **text, room)) return use(*kept);
  if (!TakeBytes((*text)->size())) {
    return use(absl::ResourceExhaustedError("the pull secrets are too long for so many images"));
  }
  const base::LargeTextTurn turn((*text)->size());
  use(Parse(*secret, **text));
}

const PullSecrets::Parsed* PullSecrets::ReadKept(const SecretPtr& secret, const std::string& text,
                                                 const Room& room) {
  Kept* const kept = Keep(secret, CostOf(*secret, text), room);
  if (kept == nullptr) return nullptr;
  // Whoever waits here wants this very text, and has nothing that others want.
  absl::MutexLock lock(&kept->mutex);
  if (!kept->parsed.has_value()) {
    const base::LargeTextTurn turn(text.size());
    kept->parsed.emplace(Parse(*secret, text));
  }
  return &*kept->parsed;
}

PullSecrets::Kept* PullSecrets::Keep(const SecretPtr& secret, size_t bytes, const Room& room) {
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find(secret.get());
  if (found != kept_.end()) return found->second.get();
  if (!TakeRoom(bytes, room)) return nullptr;
  return kept_.emplace(secret.get(), std::make_unique<Kept>(secret)).first->second.get();
}

bool PullSecrets::TakeRoom(size_t bytes, const Room& room) {
  const size_t kept = claim_.has_value() ? claim_->amount() : 0;
  if (bytes > kMaxKeptBytes - kept) return false;
  if (claim_.has_value()) return claim_->TryGrow(bytes);
  shares_ = room.shares;
  claim_ = shares_->TryTake(room.share.caller, room.share.group, bytes);
  return claim_.has_value();
}

bool PullSecrets::TakeBytes(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  if (bytes > kMaxParsedBytes - parsed_bytes_) return false;
  parsed_bytes_ += bytes;
  return true;
}

}  // namespace countersign::verifier
