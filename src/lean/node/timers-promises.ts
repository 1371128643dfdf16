// `node:timers/promises` for the lean edition.

const startTimer = globalThis.setTimeout;

export { sleep as setTimeout };

function sleep(
  ms: number,
  _value?: undefined,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    startTimer(resolve, ms);
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}
