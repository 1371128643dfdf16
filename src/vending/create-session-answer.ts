import type { SessionCredentials } from "../aws/credentials.js";
import type { HttpResponse } from "../aws/http/exchange.js";
import { hasForm, isDate, requestIdOf } from "../aws/issued-values.js";
import type { IssuedValue } from "../aws/issued-values.js";
import { ServiceError } from "../errors.js";

/** One session in a CreateSession response, with the service's member names. */
export interface CredentialSetMember {
  readonly credentials: SessionCredentials;
  readonly assumedRoleUser?: {
    /** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION` */
    readonly arn: string;
    /** `AROA…:SESSION` */
    readonly assumedRoleId?: string;
  };
  /** How much of the available space the session policies and tags use, in percent. */
  readonly packedPolicySize?: number;
  readonly roleArn?: string;
  /** Derived from the certificate's common name or serial number, such as `CN=client`. */
  readonly sourceIdentity?: string;
}

/** The response of CreateSession. */
export interface CreateSessionAnswer {
  /** The service returns one session. */
  readonly credentialSet: readonly [CredentialSetMember, ...CredentialSetMember[]];
  /** `arn:aws:rolesanywhere:REGION:ACCOUNT:subject/ID` */
  readonly subjectArn?: string;
  readonly requestId?: string;
}

type Members = Readonly<Record<string, unknown>>;
type Refuse = (fault: string) => ServiceError;

/**
 * Decodes the body of a successful response. Unknown members are ignored.
 *
 * @param endpoint Named in the hint.
 * @throws ServiceError `ERR_SERVICE_RESPONSE`
 */
export function decodeCreateSession(response: HttpResponse, endpoint: string): CreateSessionAnswer {
  const requestId = requestIdOf(response.headers["x-amzn-requestid"]);
  const refuse = (fault: string) =>
    new ServiceError("ERR_SERVICE_RESPONSE", `the answer of CreateSession ${fault}`, {
      service: "rolesanywhere",
      operation: "CreateSession",
      statusCode: response.statusCode,
      serviceCode: "",
      requestId,
      hints: [`check that ${endpoint} is an IAM Roles Anywhere endpoint, and that no proxy answers in its place`],
    });
  const body = parseJson(response.body);
  if (body === undefined) throw refuse("is not a JSON object");
  const { credentialSet, subjectArn } = body;
  const [first, ...others] = Array.isArray(credentialSet) ? credentialSet.map(object) : [];
  if (first === undefined) throw refuse("has no credentials in it (credentialSet is empty)");
  return {
    credentialSet: [
      decodeMember(first, refuse),
      ...others.flatMap((other) => (other === undefined ? [] : [decodeMember(other, refuse)])),
    ],
    ...optional("subjectArn", "arn", subjectArn, refuse),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function decodeMember(entry: Members, refuse: Refuse): CredentialSetMember {
  const { packedPolicySize, roleArn, sourceIdentity } = entry;
  const { arn, assumedRoleId } = object(entry["assumedRoleUser"]) ?? {};
  const user = optional("arn", "arn", arn, refuse);
  return {
    credentials: decodeCredentials(object(entry["credentials"]) ?? {}, refuse),
    ...(user.arn === undefined
      ? {}
      : { assumedRoleUser: { arn: user.arn, ...optional("assumedRoleId", "assumedRoleId", assumedRoleId, refuse) } }),
    ...(typeof packedPolicySize === "number" ? { packedPolicySize } : {}),
    ...optional("roleArn", "arn", roleArn, refuse),
    ...optional("sourceIdentity", "sourceIdentity", sourceIdentity, refuse),
  };
}

function decodeCredentials(members: Members, refuse: Refuse): SessionCredentials {
  const member = (name: IssuedValue): string => {
    const value = members[name];
    if (typeof value !== "string" || value === "") throw refuse(`lacks ${name}`);
    if (!hasForm(name, value)) throw malformed(name, refuse);
    return value;
  };
  const [accessKeyId, secretAccessKey, sessionToken] = [
    member("accessKeyId"),
    member("secretAccessKey"),
    member("sessionToken"),
  ];
  const expiration = new Date(member("expiration"));
  if (!isDate(expiration)) throw malformed("expiration", refuse);
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

/** Returns a member that the service may leave out. */
function optional<Name extends string>(
  name: Name,
  kind: IssuedValue,
  value: unknown,
  refuse: Refuse,
): { readonly [N in Name]?: string } {
  if (typeof value !== "string") return {};
  if (!hasForm(kind, value)) throw malformed(name, refuse);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the object has only the member of that name
  return { [name]: value } as { readonly [N in Name]?: string };
}

/** Does not show the value, which may be a secret. */
function malformed(name: string, refuse: Refuse): ServiceError {
  return refuse(`has a malformed ${name}, expected one line of the characters that AWS uses there`);
}

function parseJson(text: string): Members | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}
