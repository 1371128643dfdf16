import { parseRoleArn } from "../../aws/arn.js";
import type { AssumeRoleParameters, CompleteHop } from "../../aws/assume-role.js";
import { sessionDurationSeconds } from "../../aws/duration-limits.js";
import { parseRoleSessionName } from "../../aws/duration.js";
import type { RoleSessionName } from "../../aws/duration.js";
import { UsageError } from "../../errors.js";
import { parseExternalId, parsePolicy, onlyOne, parseSourceIdentity, parseTag } from "../../settings/hop-parameters.js";
import type { VendSettingsSources } from "../../settings/vend-settings.js";
import type { OptionValues } from "../line/arguments.js";
import type { assumeRoleOptions } from "../options/assume-role.js";

export type AssumeRoleRequest = CompleteHop & {
  readonly DurationSeconds: number;
};

/** Inputs for the parameters besides the flags. */
export interface RequestSources {
  readonly readText: VendSettingsSources["readText"];
  readonly now: Date;
  /** A number in [0, 1), for the default session name. */
  readonly random: number;
}

/**
 * Converts the flags to parameters of AssumeRole.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARN`
 */
export function toAssumeRoleRequest(
  roleArn: string,
  options: OptionValues<typeof assumeRoleOptions>,
  { readText, now, random }: RequestSources,
): AssumeRoleRequest {
  const { "session-name": name, "external-id": externalId, "source-identity": sourceIdentity, policy } = options;
  return {
    RoleArn: parseRoleArn(roleArn, "the role").text,
    RoleSessionName:
      name === undefined ? defaultSessionName(now, random) : parseRoleSessionName(name, "--session-name"),
    DurationSeconds: parseDuration(options.duration ?? sessionDurationSeconds.default),
    ...(externalId === undefined ? {} : { ExternalId: parseExternalId(externalId, "--external-id") }),
    ...(sourceIdentity === undefined
      ? {}
      : { SourceIdentity: parseSourceIdentity(sourceIdentity, "--source-identity") }),
    ...(policy === undefined
      ? {}
      : { Policy: parsePolicy({ value: policy, origin: { kind: "flag", setting: "policy" } }, readText) }),
    ...(options["policy-arn"] === undefined
      ? {}
      : { PolicyArns: options["policy-arn"].map((arn) => ({ arn: onlyOne(arn, "--policy-arn") })) }),
    ...(options.tag === undefined ? {} : { Tags: options.tag.map((tag) => parseTag(tag, "--tag")) }),
    ...(options["transitive-tag-key"] === undefined
      ? {}
      : {
          TransitiveTagKeys: options["transitive-tag-key"].map((key) => onlyOne(key, "--transitive-tag-key")),
        }),
    ...parseMfa(options["mfa-serial"], options["mfa-token"]),
  };
}

/** Makes a unique name that is readable in CloudTrail: `rolesanywhere-ts-20261122T101112Z-3f9a`. */
function defaultSessionName(now: Date, random: number): RoleSessionName {
  const time = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const mark = Math.floor(random * 0x10000)
    .toString(16)
    .padStart(4, "0");
  return parseRoleSessionName(`rolesanywhere-ts-${time}-${mark}`, "the session name");
}

function parseDuration(seconds: number): number {
  const { minimum, maximum } = sessionDurationSeconds;
  if (seconds >= minimum && seconds <= maximum) return seconds;
  throw new UsageError("ERR_SETTING", `--duration is ${seconds}, expected ${minimum}-${maximum} seconds`, {
    hints: ["the role's own MaxSessionDuration, an hour unless raised, limits it as well"],
  });
}

function parseMfa(
  serial: string | undefined,
  token: string | undefined,
): Pick<AssumeRoleParameters, "SerialNumber" | "TokenCode"> {
  if (serial === undefined) {
    if (token === undefined) return {};
    throw new UsageError("ERR_SETTING", "--mfa-token is given without --mfa-serial", {
      hints: ["name the device with --mfa-serial arn:aws:iam::111122223333:mfa/NAME"],
    });
  }
  if (!/^[\w+=/:,.@-]{9,256}$/.test(serial)) {
    throw new UsageError("ERR_SETTING", `--mfa-serial is "${serial}", expected the serial number or ARN of a device`, {
      hints: ['list yours with "aws iam list-mfa-devices"'],
    });
  }
  return { SerialNumber: serial, ...(token === undefined ? {} : { TokenCode: parseTokenCode(token, "--mfa-token") }) };
}

/**
 * @param text May have blanks between the digits.
 * @throws UsageError `ERR_SETTING` unless six digits.
 */
export function parseTokenCode(text: string, subject: string): string {
  const digits = text.replaceAll(/\s/g, "");
  if (/^\d{6}$/.test(digits)) return digits;
  throw new UsageError("ERR_SETTING", `${subject} is not six digits`, {
    hints: [
      /^\d{1,5}$/.test(digits) && subject.startsWith("--")
        ? "a number loses its leading zero in some shells: write the code in quotes"
        : "take the code that the device shows",
    ],
  });
}
