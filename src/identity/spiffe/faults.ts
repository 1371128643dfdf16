import { IdentityError, NetworkError, systemCode } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { oneLine } from "../../printable.js";
import { ProtobufError } from "./protobuf.js";
import type { SvidRequest } from "./request.js";
import { entryHint } from "./svid.js";

/** Fault of the connection or the protocol, not yet explained for a certificate. */
export class WorkloadFault extends Error {
  readonly kind: "connection" | "protocol" | "timeout" | "status";
  /** gRPC status; 0 for other kinds. */
  readonly status: number;

  constructor(
    kind: WorkloadFault["kind"],
    text: string,
    details: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(text, { cause: details.cause });
    this.kind = kind;
    this.status = details.status ?? 0;
  }
}

/** @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const statuses = { invalidArgument: 3, deadlineExceeded: 4, permissionDenied: 7, unimplemented: 12, unavailable: 14 };

const startAgent = "start the agent, and compare the path with socket_path in its configuration";

/** Creates the error for users: explains what the agent, or its absence, means for the certificate. */
export function explainFault(fault: unknown, { address, name }: SvidRequest): IdentityError | NetworkError {
  if (fault instanceof ProtobufError) return wrongSocket(address, `its answer does not decode: ${fault.message}`);
  if (!(fault instanceof WorkloadFault)) throw fault;
  const { kind, status, message: said, cause } = fault;
  if (kind === "protocol") return wrongSocket(address, said);
  if (kind === "timeout") return tooSlow(address, said);
  if (kind === "connection") return unreachable(address, systemCode(cause), said);
  const words = oneLine(said).slice(0, 200);
  if (status === statuses.permissionDenied) {
    return new IdentityError("ERR_SPIFFE_IDENTITY", message`the SPIFFE agent of ${name} refused: ${words}`, {
      hints: [entryHint],
    });
  }
  if (status === statuses.deadlineExceeded) return tooSlow(address, words);
  if (status === statuses.unimplemented || status === statuses.invalidArgument) return wrongSocket(address, words);
  return new NetworkError(
    "ERR_SPIFFE_AGENT",
    `the SPIFFE agent at ${address} answers with gRPC status ${status}: ${words}`,
    {
      hints: [
        status === statuses.unavailable ? "wait until the agent is ready, then try again" : "see the log of the agent",
      ],
    },
  );
}

function unreachable(address: string, code: string, said: string): IdentityError | NetworkError {
  if (code === "EACCES" || code === "EPERM") {
    return new IdentityError("ERR_SPIFFE_PERMISSION", `permission denied on the SPIFFE agent's socket ${address}`, {
      hints: ['run "ls -l" on the socket and its folders: the user that runs this program must be able to write to it'],
    });
  }
  const reasons: Readonly<Record<string, readonly [reason: string, hint: Text]>> = {
    ENOENT: ["no such socket", startAgent],
    ENOTDIR: ["no such socket", startAgent],
    ECONNREFUSED: ["nothing listens there", "start the agent; one that was killed leaves its socket behind"],
  };
  const [reason, hint] = reasons[code] ?? [said, startAgent];
  return new NetworkError("ERR_SPIFFE_AGENT", `no SPIFFE agent at ${address}: ${reason}`, { hints: [hint] });
}

function tooSlow(address: string, said: string): NetworkError {
  return new NetworkError("ERR_SPIFFE_TIMEOUT", `no answer from the SPIFFE agent at ${address}: ${oneLine(said)}`, {
    hints: ["see the log of the agent: attesting this process may take long, or another program listens on the socket"],
  });
}

function wrongSocket(address: string, said: string): IdentityError {
  return new IdentityError(
    "ERR_SPIFFE_PROTOCOL",
    `${address} is not a SPIFFE Workload API: ${oneLine(said).slice(0, 200)}`,
    {
      hints: ["name the agent's public socket: its admin socket and other programs' sockets have no Workload API"],
    },
  );
}
