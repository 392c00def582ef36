#ifndef COUNTERSIGN_VERIFIER_TRUST_TRUST_KEEPER_H_
#define COUNTERSIGN_VERIFIER_TRUST_TRUST_KEEPER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/periodic.h"
#include "http/client/client.h"
#include "verifier/trust/trust_store.h"
#include "verifier/trust/trusted_root_update.h"

namespace countersign::verifier {

// Has the trusted root that the operator's flags name, and follows what becomes of it in a thread of
// its own: no request waits for that. What goes wrong there is logged once, and the last good one
// stays. Thread-safe.
class TrustKeeper {
 public:
  // At most one of the first two is given; if none is, the root that is shipped for Sigstore's public
  // instance holds, and nothing is followed. It also holds until the first update where the directory
  // has none, but for another mirror or TUF root than that instance's: then there is none until then.
  struct Options {
    // A trusted_root.json, which is read again every so often.
    std::string file;
    // Where to refresh it from by TUF, if there is a directory for what is kept.
    TrustedRootSource source = {.root_flag = "--trusted-root-tuf-root"};
    // How long it is used beyond its expiry (TrustStore). Only for what is refreshed.
    std::optional<absl::Duration> grace;
  };

  static constexpr absl::Duration kFileInterval = absl::Seconds(30);
  // For updates: after one that succeeded, sooner where what it gave expires soon; and after failures,
  // of which each further one doubles the pause.
  static constexpr absl::Duration kUpdateInterval = absl::Hours(24);
  static constexpr absl::Duration kFirstPause = absl::Minutes(1);
  static constexpr absl::Duration kLongestPause = absl::Hours(1);

  // A file has been read when this returns; of a directory, what it holds, while the mirror is asked
  // later. Errors name the flag at fault. `client` and the clock must outlive the keeper; it ends
  // sooner if the client has been stopped.
  static absl::StatusOr<std::unique_ptr<TrustKeeper>> Create(
      const Options& options, http::Client* client,
      const base::Clock* clock = &base::Clock::Real());

  const TrustStore& store() const { return store_; }

 private:
  TrustKeeper(const Options& options, std::optional<DatedRoot> first, http::Client* client,
              const base::Clock* clock);

  bool IsUpdated() const { return !options_.source.state.empty(); }
  // Returns after how long to look again, as those below.
  absl::Duration Look();
  absl::Duration AfterFailure(const absl::Status& why);
  absl::Duration AfterSuccess(DatedRoot root);
  void Complain(const absl::Status& why);

  const Options options_;
  http::Client* const client_;
  const base::Clock* const clock_;
  TrustStore store_;
  // Of the thread alone.
  absl::Duration pause_ = kFirstPause;
  std::string fault_;  // as it was logged last
  bool is_expiry_logged_ = false;
  std::optional<base::Periodic> periodic_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_TRUST_KEEPER_H_
