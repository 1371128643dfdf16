import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InternalError } from "../../errors.js";
import type { InputOf, Job, JobTable, OutputOf, SettingsOf } from "./job.js";
import type { Jobs } from "./jobs.js";
import { openJob } from "./serve-jobs.js";
import { threadCode } from "./thread-code.js";
import { fromFailure } from "./wire.js";
import type { ThreadAnswer, ThreadRequest } from "./wire.js";

/** Runs jobs in threads that start when they are needed. Without threads, jobs run in the calling thread. */
export interface WorkerPool<T extends JobTable = Jobs> {
  /** Opens a job in the thread with the fewest. */
  open<N extends keyof T & string>(name: N, settings: SettingsOf<T, N>): Job<InputOf<T, N>, OutputOf<T, N>>;
  /** Ends the threads. Calls under way reject. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions<T extends JobTable> {
  /** Maximum number of threads; 0 for none. */
  readonly size: number;
  /** The script of a thread; undefined for no threads. */
  readonly code: string | undefined;
  /** The jobs, for the calling thread. */
  readonly loadJobs: () => Promise<T>;
  /** Rejects all calls with its reason, and ends the threads. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens a pool for the jobs of jobs.ts. By default, it leaves one processor to the calling thread. */
export function openWorkerPool(options: { readonly size?: number; readonly signal?: AbortSignal } = {}): WorkerPool {
  const { size = Math.min(maxThreads, availableParallelism() - 1), signal } = options;
  return createWorkerPool({ size, code: threadCode, loadJobs: async () => (await import("./jobs.js")).jobs, signal });
}

/** More threads than this cost memory and gain little: the calling thread has to read and write for all of them. */
const maxThreads = 4;
/** Calls that wait in a thread. The others wait in the pool, so that the end of a pool drops them. */
const maxPosted = 2;

export function createWorkerPool<T extends JobTable>(options: WorkerPoolOptions<T>): WorkerPool<T> {
  const { code, loadJobs, signal } = options;
  const threads = new Set<Thread>();
  let size = code === undefined ? 0 : options.size;
  let ended: { readonly reason: unknown } | undefined;
  const end = async (reason: unknown) => {
    ended ??= { reason };
    signal?.removeEventListener("abort", onAbort);
    await Promise.all([...threads].map((thread) => thread.end(reason)));
  };
  const onAbort = () => void end(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();

  const choose = (): Thread | undefined => {
    for (const thread of threads) if (thread.failed) threads.delete(thread);
    const [first] = [...threads].sort((one, other) => one.jobs - other.jobs);
    if (first !== undefined && (first.jobs === 0 || threads.size >= size)) return first;
    if (size < 1 || code === undefined) return undefined;
    try {
      const thread = new Thread(code);
      threads.add(thread);
      return thread;
    } catch {
      // Permissions of the process or limits of its environment forbid threads.
      size = threads.size;
      return first;
    }
  };
  return {
    open<N extends keyof T & string>(name: N, settings: SettingsOf<T, N>): Job<InputOf<T, N>, OutputOf<T, N>> {
      if (ended !== undefined) return endedJob(ended.reason);
      const thread = choose();
      const job = thread === undefined ? inlineJob(loadJobs, name, settings) : thread.open(name, settings);
      return {
        async call(input, transfer = []) {
          // oxlint-disable-next-line typescript/only-throw-error -- as for any AbortSignal
          if (ended !== undefined) throw ended.reason;
          return (await job.call(input, transfer)) as OutputOf<T, N>;
        },
        close: () => job.close(),
      };
    },
    close: () => end(new InternalError("the pool of threads is closed")),
  };
}

function endedJob<Input, Output>(reason: unknown): Job<Input, Output> {
  return { call: () => Promise.reject(reason), close: () => undefined };
}

function inlineJob(loadJobs: () => Promise<JobTable>, name: string, settings: unknown): Job<unknown, unknown> {
  const job = loadJobs().then((jobs) => openJob(jobs, name, settings));
  job.catch(() => undefined);
  return {
    call: async (input) => (await (await job).call(input)).output,
    close: () => void job.then((opened) => opened.close()),
  };
}

interface Call {
  readonly request: ThreadRequest;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class Thread {
  jobs = 0;
  failed = false;
  readonly #worker: Worker;
  readonly #waiting: { readonly id: number; readonly call: Call }[] = [];
  readonly #posted = new Map<number, Call>();
  #ids = 0;
  #failure: unknown;

  constructor(code: string) {
    // The flags of this process, such as a loader, are not for this script.
    this.#worker = new Worker(code, { eval: true, execArgv: [], argv: [] });
    // Idle threads must not keep the process alive.
    this.#worker.unref();
    this.#worker.on("message", (answer: ThreadAnswer) => this.#settle(answer));
    this.#worker.on("messageerror", (error) => void this.end(lost(error.message)));
    this.#worker.on("error", (error) => this.#fail(lost(error instanceof Error ? error.message : String(error))));
    this.#worker.on("exit", (status) => this.#fail(lost(`exit status ${status}`)));
  }

  open(name: string, settings: unknown): Job<unknown, unknown> {
    const job = ++this.#ids;
    this.jobs++;
    this.#post({ kind: "open", job, name, settings });
    let closed = false;
    let underWay = 0;
    const closeWhenDone = () => {
      if (closed && underWay === 0) this.#post({ kind: "close", job });
    };
    return {
      call: async (input, transfer = []) => {
        underWay++;
        try {
          return await this.#call(job, input, transfer);
        } finally {
          underWay--;
          closeWhenDone();
        }
      },
      close: () => {
        if (closed) return;
        closed = true;
        this.jobs--;
        closeWhenDone();
      },
    };
  }

  async end(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #call(job: number, input: unknown, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.failed) return Promise.reject(this.#failure);
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      const request = { kind: "call", job, call: id, input } as const;
      this.#waiting.push({ id, call: { request, transfer, resolve, reject } });
      this.#postNext();
    });
  }

  #postNext(): void {
    while (this.#posted.size < maxPosted) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { id, call } = next;
      try {
        this.#post(call.request, call.transfer);
      } catch (error) {
        // What cannot be cloned is the caller's fault alone.
        call.reject(error);
        continue;
      }
      this.#posted.set(id, call);
    }
    if (this.#posted.size > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  #settle(answer: ThreadAnswer): void {
    // An answer that was on its way when the thread was ended: the process waits for that end.
    if (this.failed) return;
    const call = this.#posted.get(answer.call);
    this.#posted.delete(answer.call);
    if ("failure" in answer) call?.reject(fromFailure(answer.failure));
    else call?.resolve(answer.output);
    this.#postNext();
  }

  #post(request: ThreadRequest, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.failed) this.#worker.postMessage(request, transfer);
  }

  #fail(reason: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.#failure = reason;
    for (const call of [...this.#posted.values(), ...this.#waiting.map((each) => each.call)]) call.reject(reason);
    this.#posted.clear();
    this.#waiting.length = 0;
    this.#worker.unref();
  }
}

function lost(what: string): InternalError {
  return new InternalError(`a thread ended before it answered: ${what}`);
}
