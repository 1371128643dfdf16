import { resolve } from "node:path";
import { readerShellOf } from "../aws/reader-shell.js";
import { expandHome } from "../aws/shared-config.js";
import type { FileSource, MaterialSource } from "../identity/material-source.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { PathContext, PathStep } from "./certificate/path-step.js";
import { known } from "./certificate/path-step.js";
import { checkReadable, inspectFile } from "./files.js";
import type { NamedFile } from "./files.js";
import { pass, skip } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { renderText } from "../message.js";

interface FileStep {
  readonly code: FindingCode;
  readonly noun: string;
  readonly secret: boolean;
  /** Whether to omit the step if the setting is absent. */
  readonly optional?: boolean;
  readonly of: (settings: VendSettings) => Sourced<MaterialSource> | undefined;
}

const files: readonly FileStep[] = [
  { code: "CERTIFICATE_FILE", noun: "certificate", secret: false, of: ({ identity }) => identity.certificate },
  {
    code: "KEY_FILE",
    noun: "private key",
    secret: true,
    of: ({ identity }) => identity.privateKey ?? identity.certificate,
  },
  { code: "INTERMEDIATES_FILE", noun: "intermediates", secret: false, of: ({ identity }) => identity.intermediates },
  {
    code: "PASSWORD_FILE",
    noun: "password file",
    secret: true,
    optional: true,
    of: ({ identity }) => asFile(identity.passwordFile),
  },
  {
    code: "PIN_FILE",
    noun: "PIN file",
    secret: true,
    optional: true,
    of: ({ identity }) => asFile(identity.pkcs11PinFile),
  },
];

function asFile(path: Sourced<string> | undefined): Sourced<FileSource> | undefined {
  return path === undefined ? undefined : { ...path, value: { kind: "file", path: path.value, label: path.value } };
}

/** Builds the steps that check that the files in the settings are readable, and that secrets are private. */
export function fileSteps(context: PathContext): readonly PathStep[] {
  const shell = readerShellOf(context);
  return files.map(({ code, noun, secret, optional = false, of }) => ({
    code,
    subject: noun,
    needs: ["SETTINGS", "SETTINGS_ARNS"],
    run({ settings }) {
      const source = of(known(settings));
      if (source === undefined) return { findings: optional ? [] : [skip(code, noun, "not given")] };
      if (!namesFile(source))
        return { findings: [pass(code, noun, `not a file (${renderText(describeOrigin(source.origin))})`)] };
      const file = namedFile(source, secret, context);
      const readable = checkReadable(code, file);
      return {
        findings:
          readable.level === "pass"
            ? [readable, ...inspectFile(file, { platform: context.platform, shell })]
            : [readable],
      };
    },
  }));
}

/** Tells whether a setting is a path, not a URI, a handle, a variable or a stream. */
export function namesFile(setting: Sourced<MaterialSource>): setting is Sourced<FileSource> {
  return setting.value.kind === "file";
}

export function namedFile(
  { value, origin }: Sourced<FileSource>,
  secret: boolean,
  context: Pick<PathContext, "homeDirectory" | "workingDirectory">,
): NamedFile {
  const path = resolve(context.workingDirectory, expandHome(value.path, context.homeDirectory));
  return { path, subject: `${value.path} (${renderText(describeOrigin(origin))})`, secret };
}
