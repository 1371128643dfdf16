/** Longest time, in milliseconds, that answers wait for connections to be let in. */
const maxHoldMs = 10;

/**
 * Lets waiting connections in before answers go out. The event loop accepts one connection a turn, however long the turn;
 * with hundreds of busy connections a turn takes tens of milliseconds, and a newcomer behind a thousand others would wait
 * for seconds. Holding answers back keeps the turns short for as long as newcomers arrive, a few milliseconds at most.
 *
 * @see https://github.com/libuv/libuv/pull/3696
 */
export class AcceptPacing {
  /** Whether a connection came since the last turn ended. */
  #accepted = false;
  #holding = false;
  #turnEndedMs: number | undefined;
  #held: (() => void)[] = [];

  /** A connection was accepted, so that others may be waiting. */
  connected(): void {
    this.#accepted = true;
    if (this.#holding) return;
    this.#holding = true;
    setImmediate(() => this.#endTurn());
  }

  /** Runs the task now, or when nobody waits to be let in. */
  run(task: () => void): void {
    if (this.#holding) this.#held.push(task);
    else task();
  }

  /** Runs what was held back, at once. */
  release(): void {
    for (const task of this.#held.splice(0)) task();
  }

  #endTurn(): void {
    const now = performance.now();
    // The turn in which the first one came may have been a long one; it is the turns after it that are to be short.
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
