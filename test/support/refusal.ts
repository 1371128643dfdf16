/** Returns the error that the work fails with. */
export async function refusalOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; hints: readonly string[] }> {
  const error = await work.then(
    () => undefined,
    (found: unknown) => found as { code: string; message: string; hints: readonly string[] },
  );
  if (error === undefined) throw new Error("it was not refused");
  return error;
}
