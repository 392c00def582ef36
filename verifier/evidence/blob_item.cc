#include "verifier/evidence/blob_item.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "registry/registry.h"
#include "verifier/evidence/evidence_text.h"

namespace countersign::verifier {

absl::StatusOr<cosign::ItemPtr> FetchItem(
    const ImageSource& source, const oci::Digest& blob, size_t size, std::string data,
    base::HeldBytes& held,
    absl::FunctionRef<absl::StatusOr<cosign::ItemPtr>(std::string bytes)> make) {
  absl::StatusOr<cosign::ItemPtr> item = absl::InternalError("not read");
  absl::Status fetched = FetchAndRead(
      source, size, held,
      [&]() -> absl::StatusOr<std::string> {
        if (!data.empty()) return std::move(data);
        return source.registry->FetchBlob(source.repository, blob, size, source.credential,
                                          source.looking.deadline);
      },
      [&](std::string bytes) -> absl::Status {
        if (bytes.size() != size) {
          return absl::FailedPreconditionError(
              absl::StrCat("it has ", bytes.size(), " bytes, its manifest says ", size));
        }
        item = make(std::move(bytes));
        return item.status();
      });
  if (fetched.ok()) {
    fetched = HoldJust(cosign::ContentOf(**item).bytes + cosign::OwnBytes(**item), held);
  }
  if (!fetched.ok()) {
    held.KeepOnly(0);
    return fetched;
  }
  source.looking.Keep(held);
  return item;
}

}  // namespace countersign::verifier
