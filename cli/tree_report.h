#ifndef COUNTERSIGN_CLI_TREE_REPORT_H_
#define COUNTERSIGN_CLI_TREE_REPORT_H_

#include <string>

#include "cli/image_tree.h"

namespace countersign::cli {

// For a person, a tree:
//
//   registry.example.org/shop/web:1.2  sha256:…
//   ├── tag sha256-….sig
//   │   └── sha256:…
//   │       ├── signature  verified  sha256:…
//   │       │   by NAME, as ISSUER says
//   │       │   at 2026-01-02T03:04:05Z; logged as entry 7
//   │       └── signature  not checked  sha256:…
//   │           by a key; give --key to check it
//   └── referrers, as the registry lists them
//       └── sha256:…  ARTIFACT-TYPE
//           └── attestation PREDICATE-TYPE  refused  sha256:…
//               by NAME, as ISSUER says; WHY
//
// with what cannot be read beside what can, as "unreadable: WHY". With a source, what hangs beside the
// image and what hangs there each have a heading:
//
//   registry.example.org/shop/web:1.2  sha256:…
//   ├── beside the image, in registry.example.org/shop/web
//   │   └── nothing
//   └── in registry.example.org/shop/signatures, under tags with the prefix release-
//       └── tag release-sha256-….sig
//
// Ends with a newline.
std::string WriteText(const ImageTree& tree);

// For a machine: one line of JSON in ASCII,
//
//   {"image", "digest", "complete": true,
//    "places": [{"place": "signatureTag", "tag", "faults": [],
//                "manifests": [{"digest", "artifactType", "fault", "moreLayers": 0,
//                               "layers": [{"digest", "mediaType", "kind": "attestation", "type",
//                                           "certificate": {"issuer", "subjects": []} | "key": {"hint"},
//                                           "standing": "verified", "reason",
//                                           "times": [], "logIndexes": []}]}]}],
//    "source": {"repository", "tagPrefix", "fault", "places": []}}
//
// where members that are empty are left out, "source" is what is asked for beside the image, a place is "signatureTag", "attestationTag",
// "sbomTag", "referrersApi" or "referrersTag", a kind "signature", "attestation", "other" or
// "unknown", and a standing, of evidence alone, "verified", "refused" or "notChecked". Ends with a
// newline.
std::string WriteJson(const ImageTree& tree);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_REPORT_H_
