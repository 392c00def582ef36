#include "verifier/evidence/evidence_text.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/fan_out.h"
#include "base/status_macros.h"
#include "base/turnstile.h"
#include "base/wanted.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {
namespace {

constexpr size_t kAtOnce = 8;

}  // namespace

absl::Status FetchAndRead(const ImageSource& source, size_t size, base::HeldBytes& held,
                          absl::FunctionRef<absl::StatusOr<std::string>()> fetch,
                          absl::FunctionRef<absl::Status(std::string)> read) {
  const Looking& looking = source.looking;
  CS_RETURN_IF_ERROR(looking.Reserve(held, kTextCopies * size));
  CS_ASSIGN_OR_RETURN(std::string bytes, looking.During(LookPhase::kFetch, fetch));
  CS_ASSIGN_OR_RETURN(const base::Turnstile::Place place, source.AwaitTurn());
  return read(std::move(bytes));
}

absl::Status HoldJust(size_t bytes, base::HeldBytes& held) {
  held.KeepOnly(bytes);
  const size_t missing = bytes - held.bytes();
  if (missing == 0 || held.Take(missing)) return absl::OkStatus();
  return absl::ResourceExhaustedError("what it holds takes more memory than there is room for");
}

absl::Status NotRead(std::string_view what, const absl::Status& why) {
  const bool is_refusal = absl::IsUnauthenticated(why) || absl::IsPermissionDenied(why);
  return absl::Status(is_refusal ? absl::StatusCode::kAborted : why.code(),
                      absl::StrCat(what, ": ", why.message()));
}

absl::Status ForEachAtOnce(const ImageSource& source, size_t count,
                           absl::FunctionRef<void(size_t)> work) {
  const Looking& looking = source.looking;
  std::atomic<bool> was_given_up = false;
  base::FanOut(looking.pool, source.repository.registry, looking.allowance->share(), count, kAtOnce,
               [&](size_t i) {
                 if (looking.IsWanted()) {
                   work(i);
                 } else {
                   was_given_up = true;
                 }
               });
  if (was_given_up) return base::NobodyWaits();
  return absl::OkStatus();
}

}  // namespace countersign::verifier
