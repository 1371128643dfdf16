import { createServer, request as sendRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState, Role, TipConfiguration } from "../../src/emulator/state/memory.js";

/** Account in which AWS's own tools can create trust anchors, Roles Anywhere profiles and roles. */
export interface AccountStandIn {
  readonly url: string;
  /** Operations that created something, in order. */
  readonly made: readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * Puts a server in front of an emulator. Requests of rolesanywhere and IAM that create an anchor, profile or role
 * change the emulator's state; all others (sessions, STS) are forwarded unchanged.
 */
export async function startAccountStandIn(emulator: Emulator): Promise<AccountStandIn> {
  const made: string[] = [];
  const server = createServer((request, response) => {
    readBody(request)
      .then(async (body) => {
        const answer = answerManagement(emulator, request, body);
        if (answer === undefined) {
          await passThrough(emulator.url, request, response, body);
          return;
        }
        made.push(answer.operation);
        response.writeHead(answer.statusCode, { "Content-Type": answer.type }).end(answer.body);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Answer {
  readonly operation: string;
  readonly statusCode: number;
  readonly type: string;
  readonly body: string;
}

function answerManagement(emulator: Emulator, { method, url }: IncomingMessage, body: Buffer): Answer | undefined {
  if (method !== "POST") return undefined;
  if (url === "/trustanchors") return createTrustAnchor(emulator, JSON.parse(body.toString()) as TrustAnchorInput);
  if (url === "/profiles") return createProfile(emulator, JSON.parse(body.toString()) as ProfileInput);
  const form = new URLSearchParams(body.toString());
  if (form.get("Action") === "CreateRole") return createRole(emulator, form);
  if (form.get("Action") === "AttachRolePolicy") return query("AttachRolePolicy", "");
  return undefined;
}

interface TrustAnchorInput {
  readonly name: string;
  readonly enabled?: boolean;
  readonly source: { readonly sourceType: string; readonly sourceData: { readonly x509CertificateData: string } };
}

function createTrustAnchor(emulator: Emulator, { name, enabled = false, source }: TrustAnchorInput): Answer {
  const trustAnchorArn = arnOf(emulator.state(), "trust-anchor");
  const certificates = source.sourceData.x509CertificateData;
  emulator.updateState((state) => ({
    ...state,
    trustAnchors: [...state.trustAnchors, { arn: trustAnchorArn, enabled, certificates }],
  }));
  return json("CreateTrustAnchor", { trustAnchor: { trustAnchorArn, name, enabled, source } });
}

interface ProfileInput {
  readonly name: string;
  readonly enabled?: boolean;
  readonly durationSeconds?: number;
  readonly roleArns: readonly string[];
  readonly tipConfiguration?: TipConfiguration;
}

function createProfile(
  emulator: Emulator,
  { name, enabled = false, durationSeconds = 3600, roleArns, tipConfiguration }: ProfileInput,
): Answer {
  const profileArn = arnOf(emulator.state(), "profile");
  const profile = {
    arn: profileArn,
    name,
    enabled,
    durationSeconds,
    acceptRoleSessionName: false,
    roleArns,
    ...(tipConfiguration === undefined ? {} : { tipConfiguration }),
  };
  emulator.updateState((state) => ({ ...state, profiles: [...state.profiles, profile] }));
  return json("CreateProfile", { profile: { profileArn, name, enabled, durationSeconds, roleArns } });
}

interface TrustStatement {
  readonly Principal: { readonly Service: string };
  readonly Action: readonly string[];
  readonly Condition: {
    readonly ArnEquals: { readonly "aws:SourceArn": string };
    readonly StringEquals: Readonly<Record<string, string>>;
  };
}

function createRole(emulator: Emulator, form: URLSearchParams): Answer {
  const name = form.get("RoleName") ?? "";
  const { Statement } = JSON.parse(form.get("AssumeRolePolicyDocument") ?? "") as {
    readonly Statement: readonly [TrustStatement];
  };
  const [{ Principal, Action, Condition }] = Statement;
  const equals = Object.entries(Condition.StringEquals);
  const under = (prefix: string) =>
    Object.fromEntries(
      equals.flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [])),
    );
  const role: Role = {
    arn: `arn:aws:iam::${emulator.state().accountId}:role/${name}`,
    roleId: `AROA${name.toUpperCase().padEnd(17, "A")}`,
    maxSessionDurationSeconds: 3600,
    trust: {
      principals: [Principal.Service],
      actions: Action,
      sourceArn: Condition.ArnEquals["aws:SourceArn"],
      principalTags: under("aws:PrincipalTag/"),
      originIdentity: under("aws:OriginIdentity/"),
    },
  };
  emulator.updateState((state) => ({ ...state, roles: [...state.roles, role] }));
  return query(
    "CreateRole",
    `<CreateRoleResult><Role><Path>/</Path><RoleName>${name}</RoleName><Arn>${role.arn}</Arn></Role></CreateRoleResult>`,
  );
}

function arnOf({ accountId, region }: EmulatorState, type: string): string {
  return `arn:aws:rolesanywhere:${region}:${accountId}:${type}/${crypto.randomUUID()}`;
}

function json(operation: string, value: unknown): Answer {
  return { operation, statusCode: 201, type: "application/json", body: JSON.stringify(value) };
}

function query(operation: string, result: string): Answer {
  const body = `<${operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">${result}</${operation}Response>`;
  return { operation, statusCode: 200, type: "text/xml", body };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Forwards the headers unchanged: the signature covers `Host`. */
function passThrough(to: string, request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(to);
    const { method, url: path, headers } = request;
    const onward = sendRequest({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response).on("finish", resolve);
    });
    onward.on("error", reject).end(body);
  });
}
