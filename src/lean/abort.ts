// `AbortController` and `AbortSignal`, as far as the program uses them.

type Listener = () => void;

class LeanSignal {
  aborted = false;
  reason: unknown;
  readonly #listeners: Listener[] = [];

  static any(signals: readonly LeanSignal[]): LeanSignal {
    const any = new LeanSignal();
    for (const signal of signals) {
      if (signal.aborted) any.abort(signal.reason);
      else signal.addEventListener("abort", () => any.abort(signal.reason));
    }
    return any;
  }

  addEventListener(_abort: "abort", listener: Listener): void {
    this.#listeners.push(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

class LeanController {
  readonly signal = new LeanSignal();

  abort(reason: unknown): void {
    this.signal.abort(reason);
  }
}

Object.assign(globalThis, { AbortController: LeanController, AbortSignal: LeanSignal });
