#ifndef COUNTERSIGN_SHIM_STATUSZ_PAGE_H_
#define COUNTERSIGN_SHIM_STATUSZ_PAGE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "shim/recent_reviews.h"
#include "shim/verifier_peers.h"

namespace countersign::shim {

// What of a limit is in use.
struct PlacesInUse {
  std::string what;
  size_t used = 0;
  size_t limit = 0;
};

// What a shim's /statusz shows, as it was at one moment, or nearly.
struct StatuszFacts {
  absl::Time now;
  absl::Time started;
  bool is_ready = false;
  std::vector<std::string> details;  // as /readyz has them
  std::string target;                // by which verifiers are found
  std::string connection;            // "ready", as gRPC says it of all of them together
  std::vector<VerifierPeer> verifiers;
  std::vector<PlacesInUse> places;
  std::vector<RecentReview> reviews;  // the last one first
};

// The page (http/server/html_page.h), of http::StatuszServer::kMaxPageBytes at most. Pure.
std::string WriteStatusz(const StatuszFacts& facts);

// What the hashes of those say that answered within the last minutes before `now`, in a sentence.
struct Agreement {
  bool is_well = false;
  std::string sentence;
};
Agreement FindAgreement(const std::vector<VerifierPeer>& verifiers, absl::Time now);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_STATUSZ_PAGE_H_
