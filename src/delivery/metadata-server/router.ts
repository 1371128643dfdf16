import { roleName } from "../../aws/arn.js";
import type { RoleArn } from "../../aws/arn.js";
import type { Answer, MaybeLater, ServedSession, SessionSnapshot } from "./answer.js";
import { andThen, answerWithSession, failure, json, text } from "./answer.js";
import { findByToken } from "./authorization.js";
import type { TokenDigest } from "./authorization.js";
import {
  formatContainerDocument,
  formatIdentityDocument,
  formatMetadataDocument,
  formatProfileDocument,
} from "./documents.js";
import { maxTokenTtlSeconds, parseTokenTtl } from "./metadata-tokens.js";
import type { MetadataTokens } from "./metadata-tokens.js";
import type { RequestHeaders } from "./request-headers.js";
import type { CertificateLife } from "./server-metrics.js";

export interface ServedRole {
  readonly roleArn: RoleArn;
  readonly session: ServedSession;
}

/** One role and the token that gives access to it. */
export interface Binding extends ServedRole {
  /** Names the binding in paths and metrics; unique on a server. */
  readonly name: string;
  readonly tokenDigest: TokenDigest;
  /** Roles that the same token gives access to at `/role-arn/ARN`, by ARN. */
  readonly hops: ReadonlyMap<string, ServedRole>;
}

export interface Dialects {
  readonly container: boolean;
  /** The EC2 instance metadata service, version 2 only. It serves the first binding. */
  readonly metadata: boolean;
}

export interface RouterOptions {
  readonly bindings: readonly [Binding, ...Binding[]];
  readonly dialects: Dialects;
  /** The response of region routes. If undefined, they respond with 404. */
  readonly region: string | undefined;
  readonly tokens: MetadataTokens;
  readonly formatMetrics: () => string;
  /** The certificate behind each session, by name. */
  readonly certificates: ReadonlyMap<string, CertificateLife>;
  readonly now: () => number;
}

export interface RoutedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: RequestHeaders;
}

export interface RoutedAnswer {
  /** The route's name for the metrics. */
  readonly route: string;
  readonly answer: Answer;
}

interface Route {
  readonly name: string;
  readonly method: "GET" | "PUT";
  /** An exact path, or with `rest` the part before the last segment. */
  readonly path: string;
  readonly rest?: boolean;
  handle(request: RoutedRequest, rest: string): MaybeLater<Answer>;
}

const ttlHeader = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds";
const notFound = text(404, "404 page not found\n");

/** Creates the function that handles all routes. Paths may end with a slash and start with several. */
export function createRouter(options: RouterOptions): (request: RoutedRequest) => MaybeLater<RoutedAnswer> {
  const routes = [
    ...(options.dialects.container ? containerRoutes(options) : []),
    ...(options.dialects.metadata ? metadataRoutes(options) : []),
    ...operationRoutes(options),
  ];
  return (request) => {
    // An endpoint that ends with a slash produces paths that start with two.
    const path = (request.target.split("?", 1)[0] as string).replace(/^\/{2,}/, "/").replace(/\/$/, "");
    const route = routes.find((candidate) => matches(candidate, path));
    if (route === undefined) return { route: "other", answer: notFound };
    if (route.method !== request.method) {
      return { route: route.name, answer: text(405, "", { Allow: route.method }) };
    }
    const { name } = route;
    return andThen(route.handle(request, path.slice(route.path.length)), (answer) => ({ route: name, answer }));
  };
}

function matches({ path: own, rest }: Route, path: string): boolean {
  return rest === true ? path.startsWith(own) && path.length > own.length : path === own;
}

const dayMs = 86_400_000;

/** Formats the document of a session once, and forgets it with the session. */
function oncePerSession(format: (snapshot: SessionSnapshot) => string): (snapshot: SessionSnapshot) => string {
  const documents = new WeakMap<SessionSnapshot["credentials"], string>();
  return (snapshot) => {
    const document = documents.get(snapshot.credentials) ?? format(snapshot);
    documents.set(snapshot.credentials, document);
    return document;
  };
}

function operationRoutes({ bindings, formatMetrics, certificates, now }: RouterOptions): Route[] {
  const health = (): Answer => {
    const isValid = bindings.every(({ session }) => session.current() !== undefined);
    const ends = Array.from(
      certificates,
      ([name, { notAfter }]) =>
        `${name}: the certificate expires in ${((notAfter.getTime() - now()) / dayMs).toFixed(1)} days\n`,
    );
    return text(isValid ? 200 : 503, [isValid ? "ok\n" : "no valid session\n", ...ends].join(""));
  };
  return [
    { name: "healthz", method: "GET", path: "/healthz", handle: health },
    { name: "metrics", method: "GET", path: "/metrics", handle: () => text(200, formatMetrics()) },
  ];
}

function containerRoutes({ bindings }: RouterOptions): Route[] {
  const respond = (role: ServedRole, headers: RequestHeaders) =>
    answerWithSession(role.session, ({ credentials }) =>
      json(200, formatContainerDocument(credentials, takesAccountId(headers) ? role.roleArn.accountId : undefined)),
    );
  const authorized =
    (answer: (binding: Binding, headers: RequestHeaders, rest: string) => MaybeLater<Answer>): Route["handle"] =>
    ({ headers }, rest) => {
      const token = headers.get("authorization");
      const binding = findByToken(token, bindings);
      if (binding !== undefined) return answer(binding, headers, rest);
      const found = token === undefined ? "no token provided" : "invalid token provided";
      return failure(401, "Unauthorized", `${found}: send the binding's token in the Authorization header`);
    };
  return [
    { name: "credentials", method: "GET", path: "/credentials", handle: authorized(respond) },
    {
      name: "credentials",
      method: "GET",
      path: "/credentials/",
      rest: true,
      handle: authorized((binding, headers, name) =>
        decoded(name) === binding.name
          ? respond(binding, headers)
          : failure(404, "NotFound", "this token does not open a binding of that name"),
      ),
    },
    {
      name: "role-arn",
      method: "GET",
      path: "/role-arn/",
      rest: true,
      handle: authorized((binding, headers, arn) => {
        const hop = binding.hops.get(decoded(arn) ?? "");
        return hop === undefined
          ? failure(403, "AccessDenied", "this role is not in the list of roles to assume on demand")
          : respond(hop, headers);
      }),
    },
  ];
}

/** Some releases of version 3 of the AWS SDK for .NET reject unknown members. */
function takesAccountId(headers: RequestHeaders): boolean {
  return headers.get("user-agent")?.includes("aws-sdk-dotnet-core/3.") !== true;
}

function metadataRoutes({ bindings: [first], region, tokens }: RouterOptions): Route[] {
  const name = roleName(first.roleArn);
  const { accountId } = first.roleArn;
  const get = (routeName: string, path: string, answer: (rest: string) => MaybeLater<Answer>, rest = false): Route => ({
    name: routeName,
    method: "GET",
    path,
    rest,
    handle: ({ headers }, piece) => withMetadataToken(headers, tokens, () => answer(piece)),
  });
  const regional = (render: (region: string) => Answer) => () => (region === undefined ? notFound : render(region));
  const credentials = (extension?: { readonly accountId: string }) => {
    const document = oncePerSession(({ credentials: held, obtainedAtMs }) =>
      formatMetadataDocument(held, new Date(obtainedAtMs), extension),
    );
    return (rest: string): MaybeLater<Answer> =>
      decoded(rest) === name ? answerWithSession(first.session, (snapshot) => text(200, document(snapshot))) : notFound;
  };
  const profile = () =>
    answerWithSession(first.session, ({ obtainedAtMs }) =>
      text(200, formatProfileDocument(first.roleArn, new Date(obtainedAtMs))),
    );
  return [
    { name: "token", method: "PUT", path: "/latest/api/token", handle: ({ headers }) => issueToken(headers, tokens) },
    get("instance-profile", "/latest/meta-data/iam/info", profile),
    ...(
      [
        ["/latest/meta-data/iam/security-credentials", credentials()],
        ["/latest/meta-data/iam/security-credentials-extended", credentials({ accountId })],
      ] as const
    ).flatMap(([path, answer]) => [
      get("role-name", path, () => text(200, name)),
      get("security-credentials", `${path}/`, answer, true),
    ]),
    get(
      "region",
      "/latest/meta-data/placement/region",
      regional((value) => text(200, value)),
    ),
    get(
      "availability-zone",
      "/latest/meta-data/placement/availability-zone",
      regional((value) => text(200, `${value}a`)),
    ),
    get(
      "identity-document",
      "/latest/dynamic/instance-identity/document",
      regional((value) => text(200, formatIdentityDocument(value, accountId))),
    ),
  ];
}

function issueToken(headers: RequestHeaders, tokens: MetadataTokens): Answer {
  const ttlSeconds = parseTokenTtl(headers.get("x-aws-ec2-metadata-token-ttl-seconds"));
  if (ttlSeconds === undefined) {
    return text(400, `invalid token TTL: expected ${ttlHeader} from 1 to ${maxTokenTtlSeconds}`);
  }
  return text(200, tokens.issue(ttlSeconds), { [ttlHeader]: String(ttlSeconds) });
}

function withMetadataToken(
  headers: RequestHeaders,
  tokens: MetadataTokens,
  answer: () => MaybeLater<Answer>,
): MaybeLater<Answer> {
  const token = headers.get("x-aws-ec2-metadata-token");
  // Without a token, this would be version 1 of the metadata service, which a web page can reach through a browser.
  if (token === undefined) return text(401, "no token provided");
  const secondsLeft = tokens.secondsLeft(token);
  if (secondsLeft === undefined) return text(401, "invalid token provided");
  return andThen(answer(), (found) => ({
    ...found,
    headers: { ...found.headers, [ttlHeader]: String(secondsLeft) },
  }));
}

function decoded(piece: string): string | undefined {
  try {
    return decodeURIComponent(piece);
  } catch {
    return undefined;
  }
}
