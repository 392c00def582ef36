"""Runs fuzz targets that are built with libFuzzer, some at the same time, and prints a table of what they did.

usage: fuzz.py BAZEL_BIN MINUTES JOBS LABEL...        (fuzz.sh calls it)

Exits 1 if an input broke a target. The input is then in the target's corpus in the checkout.
"""

import concurrent.futures
import dataclasses
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
# What earlier runs found worth keeping: inputs that reached new code.
KEPT = Path.home() / ".cache" / "countersign" / "fuzz"
SEEDS = [TREE / "testdata" / name for name in ("cluster", "cluster_bad", "keys", "registry", "reviews")]

# Longer inputs find little more, slowly; the tests beside the parsers try those.
MAX_BYTES = 64 << 10
# A second on its own; with the sanitizers on a machine that does other things, many.
SLOW_SECONDS = 25
MAX_MEGABYTES = 2048

STATUS = re.compile(r"^#(\d+)\s.*\bcov: (\d+) ft: (\d+) corp: (\d+)/", re.MULTILINE)


@dataclasses.dataclass
class Run:
    label: str
    executions: int
    edges: int
    features: int
    inputs: int
    seconds: float
    found: list[Path]
    output: str
    failed: bool

    @property
    def name(self) -> str:
        return self.label.removeprefix("//").replace(":", "/").removesuffix("_fuzz")


def keep(artifact: Path, corpus: Path) -> Path:
    corpus.mkdir(exist_ok=True)
    kept = corpus / ("found_" + hashlib.sha256(artifact.read_bytes()).hexdigest()[:12])
    shutil.copyfile(artifact, kept)
    return kept


def fuzz(label: str, built: Path, minutes: float) -> Run:
    room, name = label.removeprefix("//").split(":")
    corpus = TREE / room / (name + "_corpus")
    mine = KEPT / room / name
    mine.mkdir(parents=True, exist_ok=True)
    seeds = [folder for folder in (corpus, *SEEDS) if folder.is_dir()]
    with tempfile.TemporaryDirectory() as artifacts:
        command = [built / room / name, f"-max_total_time={max(1, round(minutes * 60))}",
                   f"-max_len={MAX_BYTES}", f"-timeout={SLOW_SECONDS}",
                   f"-rss_limit_mb={MAX_MEGABYTES}", f"-dict={TREE / 'tools' / 'fuzz.dict'}",
                   f"-artifact_prefix={artifacts}/", "-print_final_stats=1", mine, *seeds]
        ended = subprocess.run([str(argument) for argument in command], cwd=artifacts, check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        output = ended.stdout.decode(errors="replace")
        found = [keep(path, corpus) for path in sorted(Path(artifacts).iterdir())
                 if path.name.startswith(("crash-", "leak-", "oom-", "timeout-"))]
    numbers = [int(number) for number in (STATUS.findall(output) or [("0",) * 4])[-1]]
    seconds = re.search(r"^Done \d+ runs in (\d+) second", output, re.MULTILINE)
    return Run(label, *numbers, float(seconds[1]) if seconds else 0, found, output,
               bool(found) or ended.returncode != 0)


def table(runs: list[Run]) -> str:
    lines = ["| target | executions | seconds | edges | features | inputs kept |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    lines += [f"| {run.name}{' **broken**' if run.failed else ''} | {run.executions:,} | {run.seconds:.0f} "
              f"| {run.edges:,} | {run.features:,} | {run.inputs:,} |" for run in runs]
    total = sum(run.executions for run in runs)
    lines.append(f"| {len(runs)} targets | {total:,} | {sum(run.seconds for run in runs):.0f} | | | |")
    return "\n".join(lines)


def main() -> int:
    built, minutes, jobs, labels = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    os.environ.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1")
    os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    runs = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for run in pool.map(lambda label: fuzz(label, built, minutes), labels):
            runs.append(run)
            print(f"{run.name}: {run.executions:,} executions, {run.edges:,} edges"
                  f"{', BROKEN' if run.failed else ''}", flush=True)
    broken = [run for run in runs if run.failed]
    for run in broken:
        print(f"\n== {run.name}\n{run.output[-6000:]}")
        for path in run.found:
            print(f"kept as {path.relative_to(TREE)}; repeat it with: bazel test {run.label}")
    print("\n" + table(runs))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
