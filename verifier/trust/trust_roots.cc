#include "verifier/trust/trust_roots.h"

#include <set>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/printable.h"
#include "crypto/sha256.h"
#include "policy/sigstore/trust_root.h"
#include "verifier/trust/remote_root.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "trust-roots";

// Of what decides what comes of an object: a change of its status, say, is none.
crypto::Sha256Digest IdOf(const base::Json& object) {
  base::Json decisive = base::Json::array();
  for (const char* const name : {"apiVersion", "kind", "spec"}) {
    const base::Json* const member = base::FindMember(object, name);
    decisive.push_back(member == nullptr ? base::Json() : *member);
  }
  return crypto::Sha256(decisive.dump(-1, ' ', false, base::Json::error_handler_t::replace));
}

ReadRoot Read(const base::Json& object, const crypto::Sha256Digest& id) {
  ReadRoot read{policy::ReadTrustRoot(object), id};
  if (auto* const repository = std::get_if<policy::PackedRepository>(&read.root.source)) {
    // Whoever applied it was told if it had expired by then. What is newer cannot reach it.
    read.opened = policy::OpenRepository(*repository, absl::InfinitePast());
    *repository = {};
  }
  return read;
}

void LogProblems(const std::vector<TrustRootState>& before,
                 const std::vector<TrustRootState>& after) {
  std::map<std::string_view, const absl::Status*> known;
  for (const TrustRootState& each : before) known[each.name] = &each.problem;
  for (const TrustRootState& each : after) {
    const auto found = known.find(each.name);
    if (each.problem.ok() || (found != known.end() && *found->second == each.problem)) continue;
    base::LogWarning(kLogger,
                     each.current.ok()
                         ? "A TrustRoot could not be read or refreshed; the last good one stays."
                         : "A TrustRoot cannot be used.",
                     {{"name", base::Printable(each.name)},
                      {"error", base::Printable(std::string(each.problem.message()))}});
  }
}

}  // namespace

TrustRoots::TrustRoots(http::Client* client, std::function<void()> on_change,
                       const base::Clock* clock)
    : client_(client), on_change_(std::move(on_change)), clock_(clock) {
  for (size_t i = 0; i < TrustRootTable::kAtOnce; ++i) threads_.emplace_back([this] { Run(); });
}

TrustRoots::~TrustRoots() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void TrustRoots::Set(absl::Span<const base::Json* const> objects) {
  if (Replace(objects)) on_change_();
}

bool TrustRoots::Replace(absl::Span<const base::Json* const> objects) {
  absl::MutexLock one_at_a_time(&set_mutex_);
  std::map<std::string, const base::Json*> by_name;
  for (const base::Json* const object : objects) {
    std::string name = base::FindStringIn(*object, "metadata", "name");
    if (!name.empty()) by_name.insert_or_assign(std::move(name), object);
  }
  std::map<std::string, crypto::Sha256Digest, std::less<>> known;
  {
    absl::MutexLock lock(&mutex_);
    known = table_.Ids();
  }
  size_t room = TrustRootTable::kMaxRoots;
  for (const auto& [name, id] : known) room -= by_name.contains(name);
  std::set<std::string> names;
  std::vector<ReadRoot> read;
  for (const auto& [name, object] : by_name) {
    names.insert(name);
    const crypto::Sha256Digest id = IdOf(*object);
    const auto found = known.find(name);
    if (found != known.end() && found->second == id) continue;
    if (found == known.end()) {
      // Nobody reads what would find no place.
      if (room == 0) continue;
      --room;
    }
    read.push_back(Read(*object, id));
  }
  bool has_changed = false;
  std::vector<TrustRootState> before, after;
  {
    absl::MutexLock lock(&mutex_);
    // Not sooner: what a thread has found meanwhile, it has told.
    before = table_.States();
    has_changed = table_.Set(names, std::move(read), clock_->Now());
    ++changes_;
    after = table_.States();
  }
  LogProblems(before, after);
  return has_changed;
}

std::optional<TrustRootTable::Job> TrustRoots::AwaitJob() {
  absl::MutexLock lock(&mutex_);
  while (!is_stopping_) {
    const absl::Time due = table_.NextDue();
    if (due <= clock_->Now()) return table_.TakeJob();
    auto shall_look = [this, seen = changes_]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return is_stopping_ || changes_ != seen;
    };
    clock_->Await(&mutex_, absl::Condition(&shall_look), due);
  }
  return std::nullopt;
}

void TrustRoots::Run() {
  while (std::optional<TrustRootTable::Job> job = AwaitJob()) Ask(*std::move(job));
}

void TrustRoots::Ask(TrustRootTable::Job job) {
  const absl::Time begun = clock_->Now();
  const RemoteTerms terms = {.name = job.name,
                             .max_bytes = TrustRootTable::kMaxBytesOfOne,
                             .now = begun,
                             .deadline = base::In(kUpdateTimeout)};
  absl::StatusOr<DatedRoot> root =
      UpdateRemoteRoot(job.remote, terms, *client_, turnstile_, job.state);
  std::vector<TrustRootState> before, after;
  {
    absl::MutexLock lock(&mutex_);
    ++changes_;
    before = table_.States();
    if (!table_.Finish(std::move(job), std::move(root), begun, clock_->Now())) return;
    after = table_.States();
  }
  LogProblems(before, after);
  on_change_();
}

absl::StatusOr<TrustedRootPtr> TrustRoots::Find(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  return table_.Find(name);
}

TrustRoots::All TrustRoots::all() const {
  All all;
  for (TrustRootState& state : States()) all.emplace(state.name, std::move(state.current));
  return all;
}

std::vector<TrustRootState> TrustRoots::States() const {
  absl::MutexLock lock(&mutex_);
  return table_.States();
}

}  // namespace countersign::verifier
