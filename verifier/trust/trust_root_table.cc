#include "verifier/trust/trust_root_table.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "http/client/url.h"
#include "verifier/trust/remote_root.h"

namespace countersign::verifier {

// What is larger is not even fetched, and what fits is.
static_assert(kMaxRemoteFileBytes == TrustRootTable::kMaxBytesOfOne);

namespace {

absl::Status TooMany() {
  return absl::ResourceExhaustedError(
      absl::StrCat("there are more than ", TrustRootTable::kMaxRoots, " TrustRoots"));
}

// What tells a person, in one line, what is wrong with the object.
absl::Status FaultOf(const policy::TrustRoot& root) {
  std::string text = root.errors.front().Text();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (root.errors.size() > 1) absl::StrAppend(&text, ", and ", root.errors.size() - 1, " more");
  return absl::InvalidArgumentError(text);
}

std::string Phrase(std::string_view name) {
  return absl::StrCat("trustRootRef ", base::Printable(name, 253));
}

}  // namespace

std::map<std::string, crypto::Sha256Digest, std::less<>> TrustRootTable::Ids() const {
  std::map<std::string, crypto::Sha256Digest, std::less<>> ids;
  for (const auto& [name, entry] : entries_) ids.emplace(name, entry.id);
  return ids;
}

bool TrustRootTable::Set(const std::set<std::string>& names, std::vector<ReadRoot> read,
                         absl::Time now) {
  bool has_changed =
      std::erase_if(entries_, [&](const auto& each) { return !names.contains(each.first); }) > 0;
  for (ReadRoot& each : read) {
    const bool has_place = entries_.size() < kMaxRoots || entries_.contains(each.root.name);
    if (!has_place || !names.contains(each.root.name)) continue;
    Put(std::move(each), now);
    has_changed = true;
  }
  std::set<std::string, std::less<>> refused;
  for (const std::string& name : names) {
    if (!entries_.contains(name)) refused.insert(name);
  }
  has_changed = has_changed || refused != refused_;
  refused_ = std::move(refused);
  return has_changed;
}

void TrustRootTable::Put(ReadRoot read, absl::Time now) {
  Entry& entry = entries_[read.root.name];
  entry.id = read.id;
  entry.version = ++versions_;
  entry.problem = absl::OkStatus();
  entry.remote.reset();
  if (auto* const stated = std::get_if<policy::StatedRoot>(&read.root.source)) {
    PutInForce(std::move(*stated), std::nullopt, entry);
  } else if (auto* const remote = std::get_if<policy::RemoteRepository>(&read.root.source)) {
    PutRemote(std::move(*remote), now, entry);
  } else if (!read.root.errors.empty()) {
    entry.problem = FaultOf(read.root);
  } else if (read.opened.ok()) {
    PutInForce(std::move(read.opened->root), read.opened->expires, entry);
  } else {
    entry.problem = read.opened.status();
  }
}

void TrustRootTable::PutInForce(policy::StatedRoot root, std::optional<absl::Time> expires,
                                Entry& entry) {
  entry.problem = CheckRoom(entry, root.bytes);
  if (!entry.problem.ok()) return;
  entry.root = std::move(root.root);
  entry.root_bytes = root.bytes;
  entry.state = {};
  entry.refreshed = std::nullopt;
  entry.expires = expires;
}

void TrustRootTable::PutRemote(policy::RemoteRepository remote, absl::Time now, Entry& entry) {
  const absl::StatusOr<http::Url> mirror = http::Url::Parse(remote.mirror);
  if (!mirror.ok()) {
    entry.problem = base::Annotate("spec.remote.mirror", mirror.status());
    return;
  }
  // What is in force stays, and counts, until something else has been fetched.
  entry.problem = CheckRoom(entry, entry.root_bytes + remote.root.size());
  if (!entry.problem.ok()) return;
  entry.state = {.root = std::exchange(remote.root, "")};
  entry.refreshed = std::nullopt;
  entry.remote = std::move(remote);
  entry.host = absl::StripSuffix(mirror->host(), ".");
  entry.due = now;
  entry.pause = kFirstPause;
}

TrustRootTable::Entries::const_iterator TrustRootTable::Next() const {
  auto next = entries_.end();
  for (auto each = entries_.begin(); each != entries_.end(); ++each) {
    if (!MayBeAsked(each->first, each->second)) continue;
    const auto turn = [](const Entry& entry) { return std::pair(entry.due, entry.version); };
    if (next == entries_.end() || turn(each->second) < turn(next->second)) next = each;
  }
  return next;
}

bool TrustRootTable::MayBeAsked(const std::string& name, const Entry& entry) const {
  if (!entry.remote || asked_.size() >= kAtOnce || asked_.contains(name)) return false;
  size_t unknown = 0;
  for (const auto& [of, asked] : asked_) {
    if (asked.host == entry.host) return false;
    unknown += !asked.has_answered;
  }
  return HasAnswered(entry) || unknown < kAtOnce - 1;
}

bool TrustRootTable::HasAnswered(const Entry& entry) {
  return entry.refreshed.has_value() && entry.problem.ok();
}

absl::Time TrustRootTable::NextDue() const {
  const auto next = Next();
  return next == entries_.end() ? absl::InfiniteFuture() : next->second.due;
}

TrustRootTable::Job TrustRootTable::TakeJob() {
  const auto& [name, entry] = *Next();
  asked_[name] = {entry.host, HasAnswered(entry)};
  return {name, entry.version, *entry.remote, entry.state};
}

bool TrustRootTable::Finish(Job job, absl::StatusOr<DatedRoot> root, absl::Time begun,
                            absl::Time ended) {
  asked_.erase(job.name);
  const auto found = entries_.find(job.name);
  if (found == entries_.end() || found->second.version != job.version) return false;
  Entry& entry = found->second;
  const absl::Status before = entry.problem;
  const TrustedRootPtr root_before = entry.root;
  entry.problem = root.status();
  // What was verified is kept, also by an update that ended half way, if there is room.
  const size_t root_bytes = root.ok() ? job.state.target.size() : entry.root_bytes;
  const absl::Status room = CheckRoom(entry, root_bytes + RemoteRootBytes(job.state));
  if (room.ok()) {
    entry.root_bytes = root_bytes;
    entry.state = std::move(job.state);
  } else if (root.ok()) {
    entry.problem = room;
  }
  absl::Duration pause = entry.pause;
  if (entry.problem.ok()) {
    entry.pause = kFirstPause;
    entry.refreshed = ended;
    entry.expires = root->expires;
    if (entry.root == nullptr || entry.root->id != root->root->id) entry.root = root->root;
    pause = root->expires ? std::clamp((*root->expires - ended) / 2, kFirstPause, kUpdateInterval)
                          : kUpdateInterval;
  } else {
    entry.pause = std::min(2 * entry.pause, kLongestPause);
  }
  entry.due = ended + std::max(pause, kPausePerTime * (ended - begun));
  return entry.root != root_before || entry.problem != before;
}

absl::Status TrustRootTable::CheckRoom(const Entry& entry, size_t bytes) const {
  if (bytes > kMaxBytesOfOne) {
    return absl::ResourceExhaustedError(
        absl::StrCat("it and what vouches for it have more than ", kMaxBytesOfOne, " bytes"));
  }
  size_t others = 0;
  for (const auto& [name, each] : entries_) {
    if (&each != &entry) others += each.root_bytes + RemoteRootBytes(each.state);
  }
  if (others + bytes <= kMaxBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("all TrustRoots together have more than ", kMaxBytes, " bytes"));
}

absl::StatusOr<TrustedRootPtr> TrustRootTable::Current(std::string_view name,
                                                       const Entry& entry) const {
  if (entry.root != nullptr) return entry.root;
  // Of a mirror only that: what it answers, and where it is, is for the log.
  if (entry.remote) {
    return absl::UnavailableError(
        absl::StrCat(Phrase(name), ": nothing has been fetched from its mirror yet"));
  }
  return absl::Status(entry.problem.code(),
                      absl::StrCat(Phrase(name), ": ", entry.problem.message()));
}

absl::StatusOr<TrustedRootPtr> TrustRootTable::Find(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found != entries_.end()) return Current(name, found->second);
  if (refused_.contains(name)) {
    return absl::ResourceExhaustedError(absl::StrCat(Phrase(name), ": ", TooMany().message()));
  }
  return absl::NotFoundError(absl::StrCat(Phrase(name), " not found"));
}

std::vector<TrustRootState> TrustRootTable::States() const {
  std::vector<TrustRootState> states;
  for (const auto& [name, entry] : entries_) {
    states.push_back({name, Current(name, entry), entry.problem, entry.refreshed, entry.expires});
  }
  for (const std::string& name : refused_) states.push_back({name, Find(name).status(), TooMany()});
  return states;
}

}  // namespace countersign::verifier
