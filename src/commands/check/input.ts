import { quoteValue } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import type { MaterialSource } from "../../identity/material-source.js";
import type { Sourced } from "../../origin.js";
import { parseMaterialFlag } from "../../settings/material-source.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { checkOptions } from "../options/check.js";
import { cachedCertificateOptions } from "../sources/credential-source.js";

export const checkCommandOptions = {
  ...checkOptions,
  ...cachedCertificateOptions,
  "cert-store": { ...cachedCertificateOptions["cert-store"], kind: "list" },
} as const;

/** The parsed command line of `check`. */
export interface CheckInput {
  /** The AWS profile to check; if undefined, settings and `AWS_PROFILE` decide. */
  readonly profile: string | undefined;
  readonly scope: "methods" | "offline" | "whole path" | "all certificates";
  /** Folders of `--cert-store`, whose certificates `--all` lists too. */
  readonly folders: readonly string[];
  /** Certificate settings from the command line of `check`. They take precedence over those of a profile. */
  readonly given: OptionValues<typeof cachedCertificateOptions>;
  readonly trustAnchorBundle: Sourced<MaterialSource> | undefined;
  readonly environmentFile: string | undefined;
  /** Whether to download revocation lists. */
  readonly fetchesLists: boolean;
  readonly repair: "no" | "ask" | "unasked";
  readonly form: "text" | "json";
  readonly debug: boolean;
}

/**
 * @throws UsageError `ERR_CONFLICT` for two different profiles, for a profile with `--all`, and for several folders
 *   without it.
 */
export function toCheckInput({ options, positionals }: Arguments<typeof checkCommandOptions>): CheckInput {
  const { profile: byFlag, offline, methods, json, fix, yes, "fetch-crl": fetchCrl, ...rest } = options;
  const { "environment-file": environmentFile, "trust-anchor-bundle": bundle, all, ...others } = rest;
  const { "cert-store": stores = [], ...settings } = others;
  const profile = nameProfile(byFlag, positionals[0]);
  if (all === true && profile !== undefined) {
    throw new UsageError("ERR_CONFLICT", `--all lists every profile, and ${quoteValue(profile)} is named too`, {
      hints: ["leave out the one or the other"],
    });
  }
  const given = all === true || stores.length === 0 ? settings : { ...settings, "cert-store": oneStore(stores) };
  return {
    profile,
    scope:
      all === true ? "all certificates" : methods === true ? "methods" : offline === true ? "offline" : "whole path",
    folders: stores,
    given,
    trustAnchorBundle: parseMaterialFlag("trust-anchor-bundle", bundle),
    environmentFile,
    fetchesLists: fetchCrl === true,
    repair: fix !== true ? "no" : yes === true ? "unasked" : "ask",
    form: json === true ? "json" : "text",
    debug: given.debug === true,
  };
}

function oneStore([store = "", ...others]: readonly string[]): string {
  if (others.length === 0) return store;
  throw new UsageError("ERR_CONFLICT", "--cert-store is given several times without --all", {
    hints: ["name one folder, or list them all with --all"],
  });
}

function nameProfile(byFlag: string | undefined, word: string | undefined): string | undefined {
  if (byFlag === undefined || word === undefined || byFlag === word) return byFlag ?? word;
  throw new UsageError(
    "ERR_CONFLICT",
    `two profiles are named: ${quoteValue(word)} and --profile ${quoteValue(byFlag)}`,
    {
      hints: ["name one of them"],
    },
  );
}
