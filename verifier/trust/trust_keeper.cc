#include "verifier/trust/trust_keeper.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/trusted_root.h"
#include "trust/shipped_roots.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "trusted-root";
constexpr absl::Duration kUpdateTimeout = absl::Minutes(1);

absl::Status CheckOptions(const TrustKeeper::Options& options) {
  const bool is_updated = !options.source.state.empty();
  if (is_updated && !options.file.empty()) {
    return absl::InvalidArgumentError(
        "--trusted-root: a file is followed, and --trusted-root-state is refreshed; give one of "
        "them");
  }
  if (!is_updated && !options.source.root.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.source.root_flag, ": needs --trusted-root-state"));
  }
  if (!is_updated && options.source.mirror != kSigstoreMirror) {
    return absl::InvalidArgumentError("--trusted-root-mirror: needs --trusted-root-state");
  }
  if (!is_updated && options.grace) {
    return absl::InvalidArgumentError("--trusted-root-grace-days: needs --trusted-root-state");
  }
  return absl::OkStatus();
}

absl::StatusOr<DatedRoot> Parse(std::string_view json) {
  CS_ASSIGN_OR_RETURN(cosign::TrustedRoot root, cosign::ParseTrustedRoot(json));
  return DatedRoot{std::make_shared<const cosign::TrustedRoot>(std::move(root)), std::nullopt};
}

absl::StatusOr<DatedRoot> LoadRootFile(const std::string& file) {
  // Its errors name the file already.
  CS_ASSIGN_OR_RETURN(const std::string json, base::LoadFile(file, cosign::kMaxTrustedRootBytes));
  absl::StatusOr<DatedRoot> root = Parse(json);
  if (!root.ok()) return base::Annotate(file, root.status());
  return root;
}

absl::StatusOr<std::optional<DatedRoot>> ShippedRoot() {
  CS_ASSIGN_OR_RETURN(DatedRoot root, Parse(trust::SigstoreTrustedRoot()));
  return std::optional<DatedRoot>(std::move(root));
}

// Nullopt: the mirror has to be asked first.
absl::StatusOr<std::optional<DatedRoot>> FirstOfSource(const TrustedRootSource& source) {
  absl::StatusOr<std::optional<DatedRoot>> kept = LoadKeptRoot(source.state);
  if (absl::IsInvalidArgument(kept.status()) || absl::IsUnavailable(kept.status())) {
    base::LogWarning(kLogger, "The trusted root that was kept cannot be used.",
                     {{"error", std::string(kept.status().message())}});
  } else if (!kept.ok()) {
    return base::Annotate("--trusted-root-state", kept.status());
  } else if (kept->has_value()) {
    return kept;
  }
  CS_RETURN_IF_ERROR(LoadFirstTufRoot(source).status());
  // A root or a mirror of one's own may mean another instance than the one that is shipped.
  if (!source.root.empty() || source.mirror != kSigstoreMirror) return std::nullopt;
  return ShippedRoot();
}

absl::StatusOr<std::optional<DatedRoot>> First(const TrustKeeper::Options& options) {
  if (!options.source.state.empty()) return FirstOfSource(options.source);
  if (options.file.empty()) return ShippedRoot();
  absl::StatusOr<DatedRoot> root = LoadRootFile(options.file);
  if (!root.ok()) return base::Annotate("--trusted-root", root.status());
  return std::optional<DatedRoot>(*std::move(root));
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

void LogWarnings(const cosign::TrustedRoot& root) {
  if (root.warnings.empty()) return;
  base::LogWarning(kLogger, "The trusted root has what is not known.",
                   {{"first", base::Printable(root.warnings.front())},
                    {"count", absl::StrCat(root.warnings.size())}});
}

void LogInForce(const cosign::TrustedRoot& root) {
  base::LogInfo(kLogger, "Another trusted root is in force.",
                {{"logs", absl::StrCat(root.logs.size())},
                 {"certificate_authorities", absl::StrCat(root.certificate_authorities.size())},
                 {"timestamp_authorities", absl::StrCat(root.timestamp_authorities.size())}});
  LogWarnings(root);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrustKeeper>> TrustKeeper::Create(const Options& options,
                                                                 http::Client* client,
                                                                 const base::Clock* clock) {
  CS_RETURN_IF_ERROR(CheckOptions(options));
  CS_ASSIGN_OR_RETURN(std::optional<DatedRoot> first, First(options));
  return std::unique_ptr<TrustKeeper>(new TrustKeeper(options, std::move(first), client, clock));
}

TrustKeeper::TrustKeeper(const Options& options, std::optional<DatedRoot> first,
                         http::Client* client, const base::Clock* clock)
    : options_(options), client_(client), clock_(clock), store_(clock, options.grace) {
  if (first) {
    LogWarnings(*first->root);
    store_.Begin(*std::move(first));
  }
  if (!IsUpdated() && options_.file.empty()) return;
  periodic_.emplace(clock_, IsUpdated() ? absl::ZeroDuration() : kFileInterval,
                    [this] { return Look(); });
}

absl::Duration TrustKeeper::Look() {
  absl::StatusOr<DatedRoot> root =
      IsUpdated()
          ? UpdateTrustedRoot(options_.source, *client_, clock_->Now(), base::In(kUpdateTimeout))
          : LoadRootFile(options_.file);
  return root.ok() ? AfterSuccess(*std::move(root)) : AfterFailure(root.status());
}

absl::Duration TrustKeeper::AfterSuccess(DatedRoot root) {
  fault_.clear();
  is_expiry_logged_ = false;
  pause_ = kFirstPause;
  const TrustedRootPtr in_force = root.root;
  const std::optional<absl::Time> expires = root.expires;
  if (store_.Refresh(std::move(root))) LogInForce(*in_force);
  if (!expires) return kFileInterval;
  return std::clamp((*expires - clock_->Now()) / 2, kFirstPause, kUpdateInterval);
}

absl::Duration TrustKeeper::AfterFailure(const absl::Status& why) {
  store_.Fail(why);
  Complain(why);
  if (!IsUpdated()) return kFileInterval;
  const absl::Duration pause = pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
  return pause;
}

void TrustKeeper::Complain(const absl::Status& why) {
  const TrustState state = store_.state();
  if (fault_ != why.message()) {
    fault_ = std::string(why.message());
    base::LogWarning(kLogger,
                     state.in_force_since
                         ? "The trusted root could not be refreshed; the last good one stays."
                         : "The trusted root could not be fetched, and there is none yet.",
                     {{"error", base::Printable(fault_)}});
  }
  if (is_expiry_logged_ || !state.expires || clock_->Now() < *state.expires) return;
  is_expiry_logged_ = true;
  base::LogWarning(
      kLogger, "What vouches for the trusted root has expired.",
      {{"expired", Rfc3339(*state.expires)}, {"used_on", state.current.ok() ? "yes" : "no"}});
}

}  // namespace countersign::verifier
