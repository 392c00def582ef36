#include "verifier/serving/traffic_account.h"

#include <algorithm>

namespace countersign::verifier {

void TrafficAccount::Receive(int64_t bytes, absl::Time now) {
  const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - seen_));
  const int64_t a_second = is_for_everybody_ ? limits_.a_second_for_everybody : limits_.a_second;
  const auto forgiven =
      static_cast<int64_t>(std::min(seconds, 3600.0) * static_cast<double>(a_second));
  seen_ = now;
  unexplained_ = std::clamp<int64_t>(unexplained_ + bytes - forgiven, 0, 2 * burst());
}

}  // namespace countersign::verifier
