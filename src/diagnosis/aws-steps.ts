import { defaultTimeouts } from "../aws/http/exchange.js";
import type { PathContext, PathFacts, PathStep } from "./certificate/path-step.js";
import { known } from "./certificate/path-step.js";
import type { Finding } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";
import { askForCallerIdentity, askForHop, askForScope, askForSession } from "./service.js";
import { checkTokenSize } from "./token-size.js";

/** Steps that must not fail before a session is requested. */
const sound: readonly FindingCode[] = [
  "SETTINGS",
  "SETTINGS_ARNS",
  "SETTINGS_REGION",
  "SETTINGS_SCOPE",
  "CERTIFICATE_FILE",
  "KEY_FILE",
  "INTERMEDIATES_FILE",
  "PASSWORD_FILE",
  "PIN_FILE",
  "CERTIFICATE",
  "CERTIFICATE_VERSION",
  "CERTIFICATE_AUTHORITY",
  "KEY_USAGE",
  "CERTIFICATE_SUBJECT",
  "CERTIFICATE_EXTENSIONS",
  "CERTIFICATE_SIGNATURE",
  "KEY_TYPE",
  "CERTIFICATE_VALIDITY",
  "KEY",
  "KEY_MATCH",
  "CHAIN",
  "CHAIN_LENGTH",
  "CHAIN_VALIDITY",
  "TRUST_ANCHOR",
  "CHAIN_AUTHORITY",
  "CHAIN_PATH_LENGTH",
  "CHAIN_NAMES",
  "CHAIN_EXTENSIONS",
  "CHAIN_SIGNATURE",
  "CONNECTION",
  "TLS",
];

/** Builds the steps that need AWS: the session, chained roles, the scope, the size of the token, and the caller. */
export function awsSteps(context: PathContext): readonly PathStep[] {
  if (context.offline) return [];
  return [
    {
      code: "CREATE_SESSION",
      subject: "CreateSession",
      needs: sound,
      run: async ({ settings, identity }) => {
        const send = context.createSend(known(settings));
        const anchors = await context.trustAnchors();
        const { findings, session } = await askForSession(
          known(settings),
          known(identity),
          { ...context, send, overallMs: defaultTimeouts.overallMs },
          { certificate: true, clock: true, trustAnchor: anchors.length > 0 },
        );
        await known(identity).close?.();
        return session === undefined ? { findings } : { findings, facts: { session } };
      },
    },
    { code: "HOP", subject: "hops", needs: ["CREATE_SESSION"], run: (facts) => assumeAllRoles(facts, context) },
    {
      code: "SCOPE",
      subject: "scope",
      needs: ["CREATE_SESSION", "HOP"],
      run: async ({ settings, last }) => {
        const { proxy, variables } = context.stsConnection(known(settings));
        const calls = { ...context, send: context.createSend(known(settings)), overallMs: defaultTimeouts.overallMs };
        const asked = await askForScope(known(settings), known(last), { ...calls, proxy, variables });
        return { findings: asked.findings, facts: { last: asked.session ?? known(last) } };
      },
    },
    {
      code: "TOKEN_SIZE",
      subject: "session token",
      needs: ["CREATE_SESSION", "HOP", "SCOPE"],
      run: ({ last }) => ({ findings: [checkTokenSize(known(last), context.documentBytes(known(last)))] }),
    },
    {
      code: "CALLER_IDENTITY",
      subject: "GetCallerIdentity",
      needs: ["CREATE_SESSION", "HOP", "SCOPE"],
      run: async ({ settings, last }) => ({
        findings: [await askForCallerIdentity(known(last), context.stsConnection(known(settings)))],
      }),
    },
  ];
}

async function assumeAllRoles(
  { settings, session }: PathFacts,
  context: PathContext,
): Promise<{ readonly findings: readonly Finding[]; readonly facts: Pick<PathFacts, "last"> }> {
  const { hops } = known(settings);
  const findings: Finding[] = [];
  let last = known(session);
  for (const index of hops.keys()) {
    const asked = await askForHop(index, known(settings), last, context.stsConnection(known(settings)), context.now());
    findings.push(...asked.findings);
    if (asked.session === undefined) break;
    last = asked.session;
  }
  return { findings, facts: { last } };
}
