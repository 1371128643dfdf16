import { renderText } from "../../src/message.js";
import { readSettingSources } from "../../src/settings/sources.js";
import { resolveVendSettings } from "../../src/settings/vend-settings.js";
import type { VendSettings } from "../../src/settings/vend-settings.js";
import type { VendContext } from "../../src/vending/vend.js";
import type { EmulatedIdentity } from "./emulated-identity.js";

/** Returns the settings of a run with the identity's flags, its role Demo and more flags, and nothing else. */
export function settingsOf(
  identity: Pick<EmulatedIdentity, "flags" | "roleArn">,
  more: Readonly<Record<string, string | number | boolean | readonly string[]>> = {},
): VendSettings {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < identity.flags.length; index += 2)
    pairs.push([(identity.flags[index] ?? "").slice(2), identity.flags[index + 1] ?? ""]);
  const flags = { ...Object.fromEntries(pairs), "role-arn": identity.roleArn("Demo"), ...more };
  return resolveVendSettings(readSettingSources(flags, {}, emptyEnvironment));
}

const emptyEnvironment = { variables: {}, homeDirectory: undefined, workingDirectory: "/", platform: process.platform };

/** Creates a context without home, terminal or variables; its waits take no time, and it keeps its trace. */
export function vendContext(more: Partial<VendContext> = {}): VendContext & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    ...emptyEnvironment,
    lines,
    prompt: undefined,
    descriptors: new Map(),
    debug: (line) => void lines.push(renderText(line)),
    now: () => new Date(),
    random: () => 0.5,
    sleep: async () => undefined,
    ...more,
  };
}
