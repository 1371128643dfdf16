/** What a job answers. The memory of `transfer` moves to the caller. */
export interface Reply<Output> {
  readonly output: Output;
  readonly transfer?: readonly ArrayBuffer[];
}

/** Work for a thread: created once with its settings, then called with one input after the other. */
export interface JobHandler<Input, Output> {
  run(input: Input): Reply<Output> | Promise<Reply<Output>>;
  /** Frees what the job holds. */
  close?(): void;
}

/** Jobs by name. Settings, inputs and outputs are structured clones. */
export type JobTable = Readonly<Record<string, (settings: never) => JobHandler<never, unknown>>>;

export type SettingsOf<T extends JobTable, N extends keyof T> = Parameters<T[N]>[0];
export type InputOf<T extends JobTable, N extends keyof T> = Parameters<ReturnType<T[N]>["run"]>[0];
export type OutputOf<T extends JobTable, N extends keyof T> =
  Awaited<ReturnType<ReturnType<T[N]>["run"]>> extends Reply<infer Output> ? Output : never;

/** A job as its callers see it. */
export interface Job<Input, Output> {
  /** Calls run one after the other, and reject with what the job throws. */
  call(input: Input, transfer?: readonly ArrayBuffer[]): Promise<Output>;
  /** Frees what the job holds, after the calls made so far. */
  close(): void;
}
