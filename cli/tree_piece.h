#ifndef COUNTERSIGN_CLI_TREE_PIECE_H_
#define COUNTERSIGN_CLI_TREE_PIECE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/image_tree.h"
#include "cosign/item.h"
#include "cosign/signing_certificate.h"

namespace countersign::cli {

// A text of others as it stands in a tree: printable, and cut where it is long.
std::string Shown(std::string_view text);

// The certificate that an item says has signed it; null: none, or that cannot be read.
const cosign::SigningCertificate* CertificateOf(const cosign::Item& item);

// What it states, if it states something; "": it does not, or that cannot be read.
std::string_view PredicateTypeOf(const cosign::Item& item);

// Fills in what an item is and whom it names, as it says itself: nothing of it is checked.
void DescribeItem(const cosign::Item& item, TreePiece& piece);

// Says of a piece that it could not be read, and why.
void SetUnreadable(const absl::Status& why, TreePiece& piece);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_PIECE_H_
