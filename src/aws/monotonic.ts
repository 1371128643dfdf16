/**
 * Milliseconds since this process started, by a clock that is never set. `performance.now()` does the same, but its first
 * use loads `node:perf_hooks`, which takes a millisecond of each cache miss.
 */
export function monotonicMs(): number {
  return process.uptime() * 1000;
}
