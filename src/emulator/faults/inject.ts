import { malformedMember } from "./shape.js";

/** A fault that the emulator injects on request. */
export type Disturbance =
  /** Waits before it responds. */
  | { readonly kind: "latency"; readonly milliseconds: number }
  /** Sends an error instead of the real response. */
  | {
      readonly kind: "error";
      readonly statusCode: number;
      readonly code: string;
      readonly message?: string;
      /** Seconds: `retryAfterSeconds` in the body of a 503 of CreateSession, else the header `Retry-After`. */
      readonly retryAfterSeconds?: number;
    }
  /** Closes the connection without a response. */
  | { readonly kind: "drop" }
  /** Closes the connection in the middle of the response body. */
  | { readonly kind: "truncate" }
  /** Sends the body byte by byte, over this time. */
  | { readonly kind: "slow-body"; readonly milliseconds: number }
  /** Shifts the server's clock; positive is ahead. */
  | { readonly kind: "clock"; readonly seconds: number }
  /** Removes a member from a successful CreateSession response: `credentialSet.0.credentials.sessionToken`. */
  | { readonly kind: "omit"; readonly member: string }
  /** Changes the status of a successful response, such as 200 instead of 201. */
  | { readonly kind: "status"; readonly statusCode: number }
  /** Replaces the body of a successful response. */
  | { readonly kind: "body"; readonly text: string };

/** A fault and the requests that it applies to. */
export type Fault = Disturbance & {
  /** Such as `CreateSession` or `AssumeRole`; all operations by default. */
  readonly operation?: string;
  /** The number of requests; unlimited by default. */
  readonly times?: number;
};

export type FaultKind = Disturbance["kind"];

/** At most one fault of each kind applies to a request. */
export type Disturbances = { readonly [Kind in FaultKind]?: Extract<Disturbance, { kind: Kind }> };

export interface FaultQueue {
  readonly add: (...faults: readonly Fault[]) => void;
  readonly clear: () => void;
  readonly list: () => readonly Fault[];
  /** Takes the faults that apply to the next request of an operation, and counts them down. */
  readonly take: (operation: string) => Disturbances;
}

export function createFaultQueue(initial: readonly Fault[] = []): FaultQueue {
  let faults = [...initial];
  return {
    add: (...more) => void faults.push(...more),
    clear: () => void (faults = []),
    list: () => [...faults],
    take(operation) {
      const met = new Map<FaultKind, Fault>();
      faults = faults.flatMap((fault) => {
        const meets = fault.operation === undefined || fault.operation === operation;
        if (!meets || met.has(fault.kind)) return [fault];
        met.set(fault.kind, fault);
        if (fault.times === undefined) return [fault];
        return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
      });
      return Object.fromEntries(met) as Disturbances;
    },
  };
}

/** What is wrong with a fault's text. */
export class FaultSyntaxError extends Error {}

export const faultSyntax = "[OPERATION:]KIND[=VALUE][*TIMES]";

const parsers: Readonly<Record<string, (value: string) => Disturbance>> = {
  latency: (value) => ({ kind: "latency", milliseconds: parseNumber(value, 1_000) }),
  throttling: (value) => ({
    kind: "error",
    statusCode: parseNumber(value, 400),
    code: "ThrottlingException",
    message: "Rate exceeded",
  }),
  error: (value) => {
    const [status = "", code = "ServiceUnavailable", ...message] = value.split(":");
    const text = message.join(":");
    return { kind: "error", statusCode: parseNumber(status, 503), code, ...(text === "" ? {} : { message: text }) };
  },
  drop: () => ({ kind: "drop" }),
  truncate: () => ({ kind: "truncate" }),
  "slow-body": (value) => ({ kind: "slow-body", milliseconds: parseNumber(value, 5_000) }),
  clock: (value) => ({ kind: "clock", seconds: parseNumber(value, 600) }),
  omit: (value) => ({ kind: "omit", member: value === "" ? "credentialSet" : value }),
  status: (value) => ({ kind: "status", statusCode: parseNumber(value, 200) }),
  body: (value) => ({ kind: "body", text: value }),
};

export const faultNames = Object.keys(parsers);

/**
 * Parses a fault of the command line: `latency=500`, `CreateSession:throttling*2`, `error=503`.
 *
 * @throws FaultSyntaxError
 */
export function parseFault(text: string): Fault {
  const match = /^(?:([A-Z]\w+):)?([a-z-]+)(?:=(.*?))?(?:\*(\d+))?$/s.exec(text);
  const [, operation, name = "", value = "", times] = match ?? [];
  const parser = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
  if (parser === undefined) {
    throw new FaultSyntaxError(`found "${text}", expected ${faultSyntax} with one of ${faultNames.join(", ")}`);
  }
  return {
    ...parser(value),
    ...(operation === undefined ? {} : { operation }),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

/** @throws FaultSyntaxError if the value is not a fault or a list of faults in JSON. */
export function readFaults(value: unknown): readonly Fault[] {
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    const fault: unknown = typeof item === "string" ? parseFault(item) : item;
    const malformed = typeof fault === "object" && fault !== null ? malformedMember({ ...fault }) : "kind";
    if (malformed === undefined) return fault as Fault;
    if (malformed === "kind") {
      throw new FaultSyntaxError(
        `found ${JSON.stringify(item)}, expected an object with a "kind" or a text ${faultSyntax}`,
      );
    }
    throw new FaultSyntaxError(`found ${JSON.stringify(item)}, whose ${malformed} is out of range`);
  });
}

function parseNumber(text: string, otherwise: number): number {
  if (text === "") return otherwise;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new FaultSyntaxError(`found "${text}", expected a number`);
}
