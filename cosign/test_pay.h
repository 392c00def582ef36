#ifndef COUNTERSIGN_COSIGN_TEST_PAY_H_
#define COUNTERSIGN_COSIGN_TEST_PAY_H_

#include <cstddef>

namespace countersign::cosign {

// Pays whatever it is asked for, for tests only, and counts it. A Pay (cosign/pay.h) may be made of it.
struct TestPay {
  mutable size_t units = 0;

  bool operator()(size_t asked) const {
    units += asked;
    return true;
  }
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_PAY_H_
