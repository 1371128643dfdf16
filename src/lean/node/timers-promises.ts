// `node:timers/promises` for the lean edition.

export { sleep as setTimeout };

function sleep(
  ms: number,
  _value?: undefined,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}
