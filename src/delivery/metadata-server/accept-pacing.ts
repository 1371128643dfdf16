import { monotonicMs } from "../../aws/monotonic.js";

/** Maximum time that responses wait for connections to be accepted, in milliseconds. */
const maxHoldMs = 10;

/**
 * Accepts waiting connections before responses go out. The event loop accepts one connection per iteration. With hundreds
 * of busy connections an iteration takes tens of milliseconds, and a new connection behind a thousand others would wait
 * for seconds. Delaying responses by a few milliseconds keeps iterations short while new connections arrive.
 *
 * @see https://github.com/libuv/libuv/pull/3696
 */
export class AcceptPacing {
  /** Whether a connection was accepted since the last iteration. */
  #accepted = false;
  #holding = false;
  #turnEndedMs: number | undefined;
  #held: (() => void)[] = [];

  /** Call this for each accepted connection, because others may be waiting. */
  connected(): void {
    this.#accepted = true;
    if (this.#holding) return;
    this.#holding = true;
    setImmediate(() => this.#endTurn());
  }

  /** Runs the task now, or once no connection waits to be accepted. */
  run(task: () => void): void {
    if (this.#holding) this.#held.push(task);
    else task();
  }

  /** Runs all delayed tasks now. */
  release(): void {
    for (const task of this.#held.splice(0)) task();
  }

  #endTurn(): void {
    const now = monotonicMs();
    // The iteration that accepted the first connection may have been long; only later ones count.
    this.#turnEndedMs ??= now;
    if (this.#accepted && now - this.#turnEndedMs < maxHoldMs) {
      this.#accepted = false;
      setImmediate(() => this.#endTurn());
      return;
    }
    this.#holding = false;
    this.#turnEndedMs = undefined;
    this.release();
  }
}
