import { parseRoleArn, roleName } from "../../aws/arn.js";
import type { RoleArn } from "../../aws/arn.js";
import { UsageError } from "../../errors.js";
import type { ReadSources } from "../../settings/sources.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { refuseBriefScope } from "../sources/lasting-scope.js";
import type { BindingEntry } from "./bindings-file.js";

/** One role to serve, from the command line or the bindings file. */
export interface BindingPlan {
  readonly name: string;
  /** The role whose credentials are served, after role chaining. */
  readonly roleArn: RoleArn;
  readonly settings: VendSettings;
  /** The token's file; undefined for a file that exists only for this run. */
  readonly tokenFile: string | undefined;
  readonly hops: readonly RoleArn[];
}

/** The flags from which one binding is made for each `--role-arn`. */
export interface BindingFlags {
  readonly roleArns: readonly string[];
  readonly tokenFiles: readonly string[];
  readonly hopArns: readonly string[];
}

/** A binding with the sources of its settings. */
export interface ReadBinding {
  readonly entry: BindingEntry;
  readonly sources: ReadSources;
}

/**
 * One binding for each role, or a single one with the role from the environment or the profile.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function toEntries({ roleArns, tokenFiles, hopArns }: BindingFlags): readonly BindingEntry[] {
  const count = Math.max(1, roleArns.length);
  if (tokenFiles.length > 0 && tokenFiles.length !== count) {
    throw new UsageError("ERR_ARGUMENT", `--token-file is given ${tokenFiles.length} times for ${count} roles`, {
      hints: ["give one token file for each --role-arn, in the same order, or none"],
    });
  }
  return Array.from({ length: count }, (_, index): BindingEntry => {
    const roleArn = roleArns[index];
    return {
      name: undefined,
      tokenFile: tokenFiles[index],
      hopArns,
      flags: roleArn === undefined ? {} : { "role-arn": roleArn },
    };
  });
}

/** @throws UsageError `ERR_INPUT` if two bindings have the same name, and errors of resolving settings. */
export function planBindings(
  bindings: readonly ReadBinding[],
  hopSubject: string,
): readonly [BindingPlan, ...BindingPlan[]] {
  const plans = bindings.map(({ entry, sources }): BindingPlan => {
    const settings = refuseBriefScope(resolveVendSettings(sources));
    const last = settings.hops.at(-1)?.value.RoleArn;
    const roleArn = last === undefined ? settings.roleArn.value : parseRoleArn(last, "the last chained role");
    return {
      name: entry.name ?? roleName(roleArn),
      roleArn,
      settings,
      tokenFile: entry.tokenFile,
      hops: entry.hopArns.map((text) => parseRoleArn(text, hopSubject)),
    };
  });
  const names = plans.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UsageError("ERR_INPUT", `two bindings have the name "${twice}"`, {
      hints: ["give each binding a name of its own in a file, with --bindings"],
    });
  }
  return plans as unknown as readonly [BindingPlan, ...BindingPlan[]];
}
