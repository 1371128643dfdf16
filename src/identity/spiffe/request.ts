import { isIP } from "node:net";
import { UsageError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin, type Sourced } from "../../origin.js";
import type { SpiffeSource } from "../material-source.js";

/** Address at which an agent serves the SPIFFE Workload API. */
export type WorkloadEndpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Names an SVID and the agent to ask for it. */
export interface SvidRequest {
  readonly endpoint: WorkloadEndpoint;
  /** Endpoint as written: `unix:///run/spire/agent.sock`. */
  readonly address: string;
  readonly spiffeId: string | undefined;
  readonly hint: string | undefined;
  /** Name of the source in messages. */
  readonly name: Text;
}

const variableName = "SPIFFE_ENDPOINT_SOCKET";
const example = "spiffe:unix:///run/spire/agent.sock";

/**
 * Parses `spiffe:`, `spiffe:unix:///run/spire/agent.sock` and `spiffe:tcp://127.0.0.1:8081`, each with `?spiffe-id=` or
 * `?hint=`. Without an address, `SPIFFE_ENDPOINT_SOCKET` names it.
 *
 * @throws UsageError `ERR_SETTING`
 * @see https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Workload_Endpoint.md
 */
export function parseSvidRequest(
  source: Sourced<SpiffeSource>,
  variables: Readonly<Record<string, string | undefined>>,
): SvidRequest {
  const where = describeOrigin(source.origin);
  const { uri } = source.value;
  const [given = "", query = ""] = splitOnce(uri.slice("spiffe:".length), "?");
  const name = message`"${uri}" (${where})`;
  if (given.startsWith("//")) {
    throw new UsageError("ERR_SETTING", message`${where} is the SPIFFE ID "${uri}", expected the address of an agent`, {
      hints: [`to choose this ID among several, write spiffe:?spiffe-id=${uri}`],
    });
  }
  const chosen = parseQuery(query, name);
  if (given !== "") return { ...chosen, address: given, endpoint: parseEndpoint(given, name), name };
  const named = variables[variableName] ?? "";
  if (named === "") {
    throw new UsageError("ERR_SETTING", message`${name} names no socket, and ${variableName} is not set`, {
      hints: [`set ${variableName}=unix:///run/spire/agent.sock, or write ${example}`],
    });
  }
  const found = message`${variableName} "${named}"`;
  return { ...chosen, address: named, endpoint: parseEndpoint(named, found), name: message`"${uri}" (${found})` };
}

function parseEndpoint(address: string, name: Text): WorkloadEndpoint {
  const unix = /^unix:(?:\/\/)?(\/[^/].*)$/.exec(address)?.[1];
  if (unix !== undefined) return { kind: "unix", path: decode(unix, name) };
  const tcp = /^tcp:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(address);
  const host = tcp?.[1] ?? tcp?.[2] ?? "";
  const port = Number(tcp?.[3]);
  if (isIP(host) === 0 || port < 1 || port > 65_535) {
    throw new UsageError(
      "ERR_SETTING",
      message`${name} is not the address of a Workload API, expected unix:///PATH or tcp://IP:PORT`,
      {
        hints: [`write ${example}, or spiffe:tcp://127.0.0.1:8081`],
      },
    );
  }
  if (!/^127\.|^::1$/.test(host)) {
    throw new UsageError("ERR_SETTING", message`${name} is on another host, expected a loopback address`, {
      hints: ["the agent sends private keys unencrypted: let it listen on a unix socket or on 127.0.0.1"],
    });
  }
  return { kind: "tcp", host, port };
}

function parseQuery(
  query: string,
  name: Text,
): { readonly spiffeId: string | undefined; readonly hint: string | undefined } {
  const values = new Map<string, string>();
  for (const pair of query.split("&").filter((text) => text !== "")) {
    const [key = "", value = ""] = splitOnce(pair, "=");
    if ((key !== "spiffe-id" && key !== "hint") || value === "" || values.has(key)) {
      throw new UsageError(
        "ERR_SETTING",
        message`${name} has "${pair}" after its ?, expected spiffe-id=ID or hint=HINT`,
        {
          hints: ["write spiffe:?spiffe-id=spiffe://example.org/app, for example"],
        },
      );
    }
    values.set(key, decode(value, name));
  }
  const spiffeId = values.get("spiffe-id");
  if (spiffeId !== undefined && !/^spiffe:\/\/[^/]/.test(spiffeId)) {
    throw new UsageError(
      "ERR_SETTING",
      message`${name} has the SPIFFE ID "${spiffeId}", expected spiffe://TRUST_DOMAIN/PATH`,
      {
        hints: ["write the whole ID, as the registration entry has it"],
      },
    );
  }
  return { spiffeId, hint: values.get("hint") };
}

function decode(text: string, name: Text): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError("ERR_SETTING", message`${name} has a % that begins no percent-encoding`, {
      hints: ["write %25 for the character itself"],
    });
  }
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
