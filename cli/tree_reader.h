#ifndef COUNTERSIGN_CLI_TREE_READER_H_
#define COUNTERSIGN_CLI_TREE_READER_H_

#include "cli/image_tree.h"
#include "cli/piece_judge.h"
#include "verifier/evidence/image_source.h"

namespace countersign::cli {

// Reads all that hangs on an image in its repository, and has it judged: what is under the tags
// that cosign keeps beside it, and what refers to it (verifier/evidence/referrer_list.h), whosever
// it is. What is broken or cannot be read is said where it is, and hides nothing else. Manifests
// and blobs have the digests, and the sizes, that name them.
//
// Bounded: verifier::kMaxReferrers manifests that refer to it, of kMaxReferrerBytes together; of
// evidence kMaxReferrerBytes and cosign::kMaxSignatures layers in each place. What is beyond is said.
ImageTree ReadImageTree(const verifier::ImageSource& source, PieceJudge& judge);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TREE_READER_H_
