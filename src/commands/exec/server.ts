import { servedEnvironment } from "../../delivery/child-environment.js";
import { createToken, digestToken } from "../../delivery/metadata-server/authorization.js";
import { startMetadataServer } from "../../delivery/metadata-server/metadata-server.js";
import { RolesAnywhereError } from "../../errors.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { keepFresh } from "../../vending/keep-fresh.js";
import { vendThroughCache } from "../../vending/cache/vend-through-cache.js";
import type { CacheUse } from "../../vending/cache/vend-through-cache.js";
import { parseRoleArn, roleName } from "../../aws/arn.js";
import { hideDefaultCredentials } from "./hidden-default-profile.js";
import type { Invocation } from "../invocation.js";
import { createVendContext } from "../sources/vend-context.js";

export interface ChildServer {
  /** The child's environment. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/**
 * Gets the first session from the cache or AWS, serves it on loopback and refreshes it. Only the child has the token.
 *
 * @throws RolesAnywhereError if the first session cannot be obtained.
 */
export async function startChildServer(
  settings: VendSettings,
  cache: CacheUse,
  invocation: Invocation,
): Promise<ChildServer> {
  const context = createVendContext(settings.debug, invocation);
  const session = keepFresh({
    vend: () => invocation.timeLimit.within(vendThroughCache(settings, cache, context)),
    onFailed: ({ error }) => {
      if (session.current() === undefined) return;
      const reason = error instanceof RolesAnywhereError ? error.message : "unexpected fault";
      invocation.stderr.write(`rolesanywhere-ts: the session could not be renewed yet: ${reason}\n`);
    },
  });
  try {
    await session.start();
    const token = createToken();
    const server = await startMetadataServer({
      bindings: [
        { name: "exec", roleArn: servedRole(settings), session, tokenDigest: digestToken(token), hops: new Map() },
      ],
      listen: [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    });
    const [address] = server.addresses;
    const port = address?.kind === "tcp" ? address.port : 0;
    const files = hideDefaultCredentials(invocation);
    const endpoints = {
      container: { url: `http://127.0.0.1:${port}/credentials`, token },
      metadataUrl: undefined,
      region: settings.region.value,
    };
    return {
      env: {
        ...servedEnvironment(invocation.variables, endpoints, roleName(servedRole(settings))),
        ...files.variables,
      },
      stop: async () => {
        session.stop();
        files.remove();
        await server.drain(0);
      },
    };
  } catch (error) {
    session.stop();
    throw error;
  }
}

function servedRole({ hops, roleArn }: VendSettings) {
  const last = hops.at(-1);
  return last === undefined ? roleArn.value : parseRoleArn(last.value.RoleArn, "the last chained role");
}
