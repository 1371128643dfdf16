import { FaultSyntaxError, readFaults } from "./faults/inject.js";
import type { FaultQueue } from "./faults/inject.js";
import type { ReceivedRequest } from "./signature/received-request.js";
import type { RequestLog } from "./request-record.js";
import { authorize } from "./authorize.js";
import { clearAliases, listAliases, setAlias } from "./state/aliases.js";
import { StateError } from "./state/schema.js";
import type { StateFile } from "./state/file.js";

/** Paths below this belong to the emulator. No AWS service uses them. */
export const controlPrefix = "/_emulator/";

interface ControlParts {
  readonly state: StateFile;
  readonly faults: FaultQueue;
  readonly log: RequestLog;
  readonly sealingKey: Buffer;
  readonly now: () => Date;
}

interface ControlAnswer {
  readonly statusCode: number;
  readonly body: object;
}

/**
 * Responds to `GET`, `POST`, `PUT` and `DELETE` on `/_emulator/` and `faults`, `requests`, `aliases`, `state` and
 * `authorize`.
 */
export function answerControl(
  request: ReceivedRequest,
  { state, faults, log, sealingKey, now }: ControlParts,
): ControlAnswer {
  const ok = (body: object) => ({ statusCode: 200, body });
  const handlers: Readonly<Record<string, () => ControlAnswer>> = {
    "GET faults": () => ok({ faults: faults.list() }),
    "POST faults": () => {
      faults.add(...readFaults(parseJson(request)));
      return ok({ faults: faults.list() });
    },
    "DELETE faults": () => {
      faults.clear();
      return ok({ faults: [] });
    },
    "GET requests": () => ok({ counts: log.counts(), requests: log.list() }),
    "DELETE requests": () => {
      log.clear();
      return ok({ counts: {}, requests: [] });
    },
    "GET aliases": () => ok({ aliases: listAliases(state.read()) }),
    "POST aliases": () => {
      const value = parseJson(request);
      state.write((Array.isArray(value) ? value : [value]).reduce(setAlias, state.read()));
      return ok({ aliases: listAliases(state.read()) });
    },
    "DELETE aliases": () => {
      state.write(clearAliases(state.read()));
      return ok({ aliases: [] });
    },
    "POST authorize": () => ok(authorize(parseJson(request), { state: state.read(), now: now(), sealingKey })),
    "GET state": () => ok(state.read()),
    "PUT state": () => {
      state.write(parseJson(request));
      return ok(state.read());
    },
  };
  const name = `${request.method} ${request.path.slice(controlPrefix.length)}`;
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (handler === undefined) {
    return { statusCode: 404, body: { message: `found ${name}, expected one of ${Object.keys(handlers).join(", ")}` } };
  }
  try {
    return handler();
  } catch (error) {
    if (error instanceof FaultSyntaxError || error instanceof SyntaxError || error instanceof StateError) {
      return { statusCode: 400, body: { message: error.message } };
    }
    throw error;
  }
}

function parseJson({ body }: ReceivedRequest): unknown {
  return JSON.parse(body.toString("utf8"));
}
