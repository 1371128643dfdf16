import type { MessagePort } from "node:worker_threads";
import type { JobHandler, JobTable, Reply } from "./job.js";
import { toFailure } from "./wire.js";
import type { ThreadAnswer, ThreadRequest } from "./wire.js";

/** Runs jobs in a thread, as the pool asks through `port`. */
export function serveJobs(port: MessagePort, jobs: JobTable): void {
  const open = new Map<number, OpenJob>();
  const answer = (value: ThreadAnswer, transfer: readonly ArrayBuffer[] = []) => port.postMessage(value, transfer);
  port.on("message", (request: ThreadRequest) => {
    if (request.kind === "open") {
      open.set(request.job, openJob(jobs, request.name, request.settings));
      return;
    }
    const job = open.get(request.job);
    if (job === undefined) return;
    if (request.kind === "close") {
      open.delete(request.job);
      void job.close();
      return;
    }
    const { call } = request;
    job.call(request.input).then(
      ({ output, transfer }) => answer({ call, output }, transfer),
      (error: unknown) => answer({ call, failure: toFailure(error) }),
    );
  });
}

export interface OpenJob {
  call(input: unknown): Promise<Reply<unknown>>;
  close(): Promise<void>;
}

/** Creates a job. Its first call rejects if that fails. */
export function openJob(jobs: JobTable, name: string, settings: unknown): OpenJob {
  // The types of the pool's methods tie the name to its settings and inputs.
  const create = jobs[name] as ((settings: unknown) => JobHandler<unknown, unknown>) | undefined;
  const created = (async () => {
    if (create === undefined) throw new TypeError(`there is no job "${name}"`);
    return create(settings);
  })();
  let tail: Promise<unknown> = created;
  tail.catch(() => undefined);
  return {
    call(input) {
      const done = Promise.all([created, tail]).then(([handler]) => handler.run(input));
      tail = done.catch(() => undefined);
      return done;
    },
    async close() {
      await tail.catch(() => undefined);
      await created.then(
        (handler) => handler.close?.(),
        () => undefined,
      );
    },
  };
}
