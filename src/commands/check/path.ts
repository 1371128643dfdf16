import { readerShellOf } from "../../aws/reader-shell.js";
import type { SharedFile } from "../../aws/shared-config.js";
import { defaultTimeouts } from "../../aws/http/exchange.js";
import { createSender } from "../../aws/http/send.js";
import { certificatePath } from "../../diagnosis/certificate/path.js";
import { checkCompetingSources, describeSdkSources } from "../../diagnosis/profile/competing-sources.js";
import type { Finding } from "../../diagnosis/finding.js";
import type { PathContext } from "../../diagnosis/certificate/path-step.js";
import { checkProfileCommand } from "../../diagnosis/profile/command.js";
import { checkRoles, describeProfileSource } from "../../diagnosis/profile/origin.js";
import { checkRoleProfiles, checkSharedFiles } from "../../diagnosis/profile/shared-files.js";
import { formatProcessDocument } from "../../delivery/process-document.js";
import { readTrustAnchors } from "../../diagnosis/certificate/trust-anchors.js";
import { walkSteps } from "../../diagnosis/walk.js";
import type { ReadSources } from "../../settings/sources.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { stsReach } from "../../vending/sts-connection.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import { version } from "../../version.js";
import { resolveCacheUse } from "../sources/cache-use.js";
import type { CheckInput } from "./input.js";
import { isOwnSource, readCheckedSources, rolesAsHops } from "./settings.js";
import { readAwsContext } from "./aws-context.js";
import type { AwsContext } from "./aws-context.js";
import type { Invocation } from "../invocation.js";
import type { VendContext } from "../../vending/vend.js";
import { createVendContext } from "../sources/vend-context.js";

/**
 * Checks what AWS tools find on this machine, then the path from settings to credentials.
 *
 * @param profile undefined to check the given settings.
 */
export async function checkCertificatePath(
  profile: string | undefined,
  input: CheckInput,
  invocation: Invocation,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const awsContext = readAwsContext(profile, invocation);
  const first = [
    ...checkCompetingSources(awsContext),
    describeSdkSources(awsContext, meantSource(awsContext, invocation)),
    ...checkProfile(profile, awsContext, invocation),
  ];
  first.forEach(onFinding);
  if (awsContext.followed !== undefined && !isOwnSource(awsContext.followed, invocation)) return first;
  const steps = certificatePath(createPathContext(input, awsContext, invocation));
  return [...first, ...(await walkSteps(steps, {}, onFinding))];
}

function checkProfile(
  profile: string | undefined,
  { files, followed }: AwsContext,
  invocation: Invocation,
): readonly Finding[] {
  if (profile === undefined || followed === undefined) return [];
  const { source } = followed;
  const finding = describeProfileSource(
    profile,
    followed,
    isOwnSource(followed, invocation),
    files,
    invocation.platform,
  );
  if (source.kind !== "process") return [finding];
  const { executablePath, platform, variables } = invocation;
  const bytesOf = ({ bytes, exists }: SharedFile) => (exists ? bytes : undefined);
  const contents = { config: bytesOf(files.config), credentials: bytesOf(files.credentials) };
  return [
    finding,
    ...checkRoles(followed, variables),
    checkSharedFiles(contents, source.profile, source.line),
    ...checkRoleProfiles(followed.roles),
    ...checkProfileCommand(source.line, `profile "${source.profile}" in ${source.file}`, {
      executablePath,
      platform,
      variables,
    }),
  ];
}

/** Returns the key that should give the credentials, if the profile gets them from a line of this program. */
function meantSource({ followed }: AwsContext, invocation: Invocation): "role_arn" | "credential_process" | undefined {
  if (followed?.source.kind !== "process" || !isOwnSource(followed, invocation)) return undefined;
  return followed.roles.length === 0 ? "credential_process" : "role_arn";
}

function createPathContext(
  { given, scope, fetchesLists, trustAnchorBundle, debug }: CheckInput,
  { followed }: AwsContext,
  invocation: Invocation,
): PathContext {
  const context = createVendContext(debug, invocation);
  let known: ReadSources | undefined;
  let anchors: ReturnType<PathContext["trustAnchors"]> | undefined;
  const sources = () => (known ??= readCheckedSources(given, followed, invocation));
  return {
    ...context,
    userAgent: `rolesanywhere-ts/${version}`,
    offline: scope === "offline",
    createListFetch: fetchesLists
      ? (settings) => async (url) => (await import("./fetch-list.js")).fetchList(url, settings, invocation)
      : undefined,
    documentBytes: (session) => formatProcessDocument(session).length,
    resolveSettings() {
      // An invalid cache setting must fail here too, as in a vend.
      const settings = resolveVendSettings(sources());
      resolveCacheUse(sources().lookup, invocation);
      return { ...settings, hops: [...settings.hops, ...rolesAsHops(followed?.roles ?? [])] };
    },
    createSend: ({ verifySsl, caBundle }, timeouts = defaultTimeouts) =>
      createSender({
        verifySsl: verifySsl.value,
        caBundle,
        timeouts,
        variables: invocation.variables,
        debug: context.debug,
      }),
    proxyFor: async ({ endpoint }) => (await import("../../aws/http/proxy.js")).findProxy(endpoint.value, invocation),
    stsConnection: (settings) => stsConnection(settings, context),
    trustAnchors: () => (anchors ??= readTrustAnchors(trustAnchorBundle, context)),
    inspectCache: async (leaf) => {
      const { inspectCache } = await import("../../diagnosis/cache.js");
      // The tool that reads the profile assumes roles of source_profile, so their sessions are not in this cache.
      const settings = resolveVendSettings(sources());
      const use = resolveCacheUse(sources().lookup, invocation);
      return inspectCache({ use, settings, leaf, now: context.now(), shell: readerShellOf(invocation) });
    },
  };
}

function stsConnection(
  settings: VendSettings,
  { debug, variables }: Pick<VendContext, "debug" | "variables">,
): StsConnection {
  return {
    ...stsReach(settings),
    region: settings.region.value,
    variables,
    overallMs: defaultTimeouts.overallMs,
    debug,
  };
}
