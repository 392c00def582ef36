#!/usr/bin/env python3
"""Files include what they use of the headers that are precompiled.

With a precompiled header (tools/precompiled) a file that includes too little is compiled all the same, and would not be
without: with --config=opt, and wherever somebody else builds it. So whoever uses a name of one of those headers includes
it, or a header of ours that does.
"""

import functools
import os
import re
import subprocess
import unittest

from arrows_test import ROOT, includes, read, without_comments

PRECOMPILED = tuple(f"tools/precompiled/{name}_headers.h" for name in ("unit", "unit_with_flags", "test", "test_with_flags"))

# What of each header is looked for. Not what others of these include by their own promise.
NAMES = {
    "CLI/CLI.hpp": r"\bCLI::",
    "algorithm": r"\bstd::(any_of|all_of|none_of|binary_search|clamp|copy|copy_n|count|count_if|equal|fill|find|find_if|for_each"
                 r"|generate|is_sorted|lower_bound|max|max_element|min|min_element|mismatch|partition|remove|remove_if|replace"
                 r"|reverse|rotate|search|sort|stable_sort|transform|unique|upper_bound)\(",
    "array": r"\bstd::array\b",
    "atomic": r"\bstd::atomic\b",
    "cstddef": r"(?<![:\w])size_t\b|\bstd::(size_t|ptrdiff_t|byte)\b",
    "cstdint": r"(?<![:\w])u?int(8|16|32|64)_t\b",
    "cstdlib": r"\bstd::(abort|exit|getenv|strtol|system)\(",
    "cstring": r"\bstd::(memcmp|memcpy|memset|strcmp|strerror|strlen)\(",
    "filesystem": r"\bstd::filesystem::",
    "fstream": r"\bstd::(fstream|ifstream|ofstream)\b",
    "functional": r"\bstd::(bind|cref|function|greater|hash|less|plus|ref)\b",
    "iterator": r"\bstd::(advance|back_inserter|begin|distance|end|inserter|istreambuf_iterator|make_move_iterator|next|prev|size)\(",
    "limits": r"\bstd::numeric_limits\b",
    "map": r"\bstd::(map|multimap)<",
    "memory": r"\bstd::(addressof|enable_shared_from_this|make_shared|make_unique|shared_ptr|unique_ptr|weak_ptr)\b",
    "optional": r"\bstd::(make_optional|nullopt|optional)\b",
    "set": r"\bstd::(multiset|set)<",
    "string": r"\bstd::(getline|stoi|string|to_string)\b",
    "string_view": r"\bstd::string_view\b",
    "thread": r"\bstd::(this_thread|thread)\b",
    "utility": r"\bstd::(as_const|exchange|forward|in_place|make_pair|move|pair|swap)\b",
    "variant": r"\bstd::(get_if|holds_alternative|monostate|variant|visit)\b",
    "vector": r"\bstd::vector\b",
    "absl/base/thread_annotations.h": r"\bABSL_(EXCLUSIVE_LOCKS_REQUIRED|GUARDED_BY|LOCKS_EXCLUDED|NO_THREAD_SAFETY_ANALYSIS"
                                      r"|PT_GUARDED_BY|SHARED_LOCKS_REQUIRED)\b",
    "absl/container/flat_hash_map.h": r"\babsl::flat_hash_map\b",
    "absl/container/flat_hash_set.h": r"\babsl::flat_hash_set\b",
    "absl/status/status.h": r"\babsl::(\w+Error|OkStatus|Status|StatusCode)\b",
    "absl/status/statusor.h": r"\babsl::StatusOr\b",
    "absl/strings/ascii.h": r"\babsl::(ascii_\w+|AsciiStrTo\w+|RemoveExtraAsciiWhitespace|Strip\w*AsciiWhitespace)\b",
    "absl/strings/escaping.h": r"\babsl::(Base64\w+|BytesToHexString|C(Hex)?Escape|CUnescape|HexStringToBytes|WebSafeBase64\w+)\b",
    "absl/strings/match.h": r"\babsl::(EndsWith|EndsWithIgnoreCase|EqualsIgnoreCase|StartsWith|StartsWithIgnoreCase|StrContains)\b",
    "absl/strings/numbers.h": r"\babsl::(SimpleAto\w+|SimpleHexAtoi)\b",
    "absl/strings/str_cat.h": r"\babsl::(AlphaNum|Dec|Hex|StrAppend|StrCat)\b",
    "absl/strings/str_join.h": r"\babsl::(PairFormatter|StreamFormatter|StrJoin)\b",
    "absl/strings/str_split.h": r"\babsl::(ByAnyChar|ByChar|ByString|MaxSplits|SkipEmpty|SkipWhitespace|StrSplit)\b",
    "absl/strings/strip.h": r"\babsl::(ConsumePrefix|ConsumeSuffix|StripPrefix|StripSuffix)\b",
    "absl/synchronization/mutex.h": r"\babsl::(Condition|CondVar|Mutex|MutexLock|ReaderMutexLock|ReleasableMutexLock|WriterMutexLock)\b",
    "absl/synchronization/notification.h": r"\babsl::Notification\b",
    "absl/time/clock.h": r"\babsl::(Now|SleepFor)\(",
    "absl/time/time.h": r"\babsl::(CivilSecond|Duration|Format(Duration|Time)|From(Civil|Unix\w+)|Hours|Infinite(Duration|Future|Past)"
                        r"|(Micro|Milli|Nano)?[sS]econds|Minutes|ParseTime|Time|To(Double|Int64|Unix)\w+|UnixEpoch|UTCTimeZone"
                        r"|ZeroDuration)\b",
    "gmock/gmock.h": r"\b(EXPECT|ASSERT)_THAT\b|\btesting::(ElementsAre|HasSubstr)\b",
    "gtest/gtest.h": r"\bTEST(_[FP])?\(|\b(EXPECT|ASSERT)_(EQ|TRUE|FALSE)\b",
    "nlohmann/json.hpp": r"\bnlohmann::",
}

# What generated code includes, which nothing of ours names.
OF_GENERATED_CODE = "google/protobuf/"


def our_files():
    """The C++ files of the checkout, also new ones that git does not know yet."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.h", "*.cc"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout.split()
    return [path for path in listed if path not in PRECOMPILED and os.path.exists(os.path.join(ROOT, path))]


def code_without_texts(code):
    code = re.sub(r'R"(\w*)\(.*?\)\1"', '""', code, flags=re.DOTALL)
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', without_comments(code))


def headers_used(code):
    code = code_without_texts(code)
    return [header for header, names in NAMES.items() if re.search(names, code)]


@functools.lru_cache(maxsize=None)
def included(path):
    """What a file of ours includes, itself or by headers of ours."""
    found = set(includes(path))
    for header in list(found):
        if os.path.exists(os.path.join(ROOT, header)):
            found |= included(header)
    return found


class IncludesTest(unittest.TestCase):
    maxDiff = None

    def test_files_include_what_they_use(self):
        missing = {}
        for path in our_files():
            headers = [header for header in headers_used(read(path)) if header not in included(path)]
            if headers:
                missing[path] = headers
        self.assertEqual(missing, {})

    def test_every_precompiled_header_is_looked_for(self):
        precompiled = {header for path in PRECOMPILED for header in includes(path)}
        beside = {os.path.basename(path) for path in PRECOMPILED}
        self.assertEqual({header for header in precompiled - set(NAMES) - beside if not header.startswith(OF_GENERATED_CODE)},
                         set())

    def test_what_it_looks_for_is_noticed(self):
        self.assertEqual(headers_used("size_t Count(absl::Span<const std::string> of);"), ["cstddef", "string"])
        self.assertEqual(headers_used("return absl::StrCat(\"std::vector\", std::move(x));  // std::map<"),
                         ["utility", "absl/strings/str_cat.h"])
        self.assertEqual(headers_used('constexpr char kText[] = R"(std::optional " std::array)";'), [])
        self.assertEqual(headers_used("std::sort(list.begin(), list.end()); map_.begin(); own::set<int> x;"), ["algorithm"])


if __name__ == "__main__":
    unittest.main()
