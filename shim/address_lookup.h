#ifndef COUNTERSIGN_SHIM_ADDRESS_LOOKUP_H_
#define COUNTERSIGN_SHIM_ADDRESS_LOOKUP_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shim/verifier_target.h"

namespace countersign::shim {

// The addresses that a name has at the moment: as the system finds them (its files and name servers), or
// by the one name server of the target. For one thread.
//
// Neither can be told to stop: each look-up has a thread of its own, which is left to itself where it
// takes longer than its caller waits. There is one at most: the next to ask waits for the same one.
class AddressLookup {
 public:
  // `target` has a host.
  explicit AddressLookup(VerifierTarget target);

  // As AddressWithPort writes them; at least one, each once, sorted. Blocks until `deadline` at most.
  // NotFound: the name has none. Unavailable, DeadlineExceeded: that could not be found out.
  absl::StatusOr<std::vector<std::string>> Now(absl::Time deadline);

 private:
  struct Answer;

  const VerifierTarget target_;
  std::shared_ptr<Answer> under_way_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_ADDRESS_LOOKUP_H_
