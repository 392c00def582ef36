"""HTTPS load by wrk: one body, or several in turn, posted again and again over connections that are kept."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local bodies = {{}}
for number = 1, {count} do
  local file = io.open("{body}-" .. number, "rb")
  bodies[number] = file:read("*a")
  file:close()
end
wrk.body = bodies[1]
{several}
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\n{{"requests": %d, "microseconds": %d, "failed": %d, "median": %f, "p99": %f}}\\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""

# With this wrk calls Lua for each request, so that it is there only where it is needed.
_SEVERAL = """
local requests, last = {}, 0

function request()
  if #requests == 0 then
    for number, body in ipairs(bodies) do
      requests[number] = wrk.format(nil, nil, nil, body)
    end
  end
  last = last % #requests + 1
  return requests[last]
end
"""


@dataclasses.dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    median_ms: float
    p99_ms: float

    @property
    def a_second(self) -> float:
        return self.requests / self.seconds


class Wrk:
    """Posts each of `bodies` in turn. Its files go to `directory`."""

    def __init__(self, directory: Path, *bodies: bytes) -> None:
        directory.mkdir()
        for number, body in enumerate(bodies, 1):
            (directory / f"body-{number}").write_bytes(body)
        self._script = directory / "post.lua"
        several = _SEVERAL if len(bodies) > 1 else ""
        self._script.write_text(
            _SCRIPT.format(body=directory / "body", count=len(bodies), several=several), encoding="utf-8")

    def run(self, url: str, connections: int, seconds: int) -> Load:
        """RuntimeError if anything was answered with another status than 2xx or not at all."""
        ran = subprocess.run(
            ["wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s",
             "--timeout=10s", f"--script={self._script}", url],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds + 30)
        result = json.loads(ran.stdout.decode().strip().splitlines()[-1])
        if result["failed"] or not result["requests"]:
            raise RuntimeError(f"{url}: {result['failed']} of {result['requests']} requests failed")
        return Load(result["requests"], result["microseconds"] / 1e6, result["median"] / 1e3,
                    result["p99"] / 1e3)
