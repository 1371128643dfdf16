import type { IdentityContext, IdentitySource } from "../../src/identity/source.js";
import { resolveIdentitySource } from "../../src/settings/identity-settings.js";
import { createLookup } from "../../src/settings/lookup.js";

/** Reads the identity settings from flags. */
export function identitySource(flags: Readonly<Record<string, string | boolean>>): IdentitySource {
  return resolveIdentitySource(createLookup({ flags, variables: {}, profile: undefined }));
}

/** Creates the context of a run without terminal, home or variables; `lines` collects its trace. */
export function identityContext(
  more: Partial<IdentityContext> = {},
): IdentityContext & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    homeDirectory: undefined,
    variables: {},
    platform: "linux",
    descriptors: new Map(),
    prompt: undefined,
    debug: (line) => void lines.push(String(line)),
    now: () => new Date(),
    lines,
    ...more,
  };
}
