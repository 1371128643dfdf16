import { readFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate } from "../emulator/certificate/authority.js";
import { createKey } from "../emulator/certificate/key.js";
import { parseFaultArgument } from "../emulator/faults/argument.js";
import type { Fault } from "../emulator/faults/inject.js";
import { fileNames, writePrivate, writePublic } from "../emulator/folder.js";
import { revocationListPath } from "../emulator/server.js";
import { startEmulator as start } from "../emulator/start-emulator.js";
import type { Emulator as Running } from "../emulator/start-emulator.js";
import { explainStartFailure } from "../emulator/start-failure.js";
import type { EmulatorState } from "../emulator/state/memory.js";
import { inOptionWords } from "./option-words.js";
import { startEmulatorOptionNames } from "./option-names.js";
import { refuseKeys, refuseUnknown } from "./refuse-options.js";
import type { Emulator, EmulatorIdentity, IssueIdentityOptions, StartEmulatorOptions } from "./emulator-options.js";

function parseFault(fault: Fault | string): Fault {
  try {
    return parseFaultArgument(fault);
  } catch (error) {
    throw inOptionWords(error);
  }
}

/** Implements `startEmulator`; loaded at the first call. */
export async function openEmulator({ faults = [], ...options }: StartEmulatorOptions): Promise<Emulator> {
  refuseKeys({ ...options, faults });
  refuseUnknown(options, startEmulatorOptionNames);
  const running = await start({ ...options, faults: faults.map(parseFault) }).catch((error: unknown) => {
    throw inOptionWords(explainStartFailure(error, options));
  });
  const state = running.state();
  const identities = {
    ec: readIdentity(running.folder, fileNames.ec, fileNames.ecKey),
    rsa: readIdentity(running.folder, fileNames.rsa, fileNames.rsaKey),
  };
  const issue = createIssuer(running);
  const { certificate, privateKey, intermediates } = identities.ec;
  const arns = listArns(state);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= running.stop());
  return {
    ...arns,
    url: running.url,
    port: Number(new URL(running.url).port),
    folder: running.folder,
    configFile: running.configFile,
    environment: running.variables,
    accountId: state.accountId,
    region: state.region,
    identities,
    providerOptions: {
      certificate,
      privateKey,
      intermediates,
      trustAnchorArn: arns.trustAnchorArn,
      profileArn: arns.profileArns.demo,
      roleArn: arns.roleArns.demo,
      endpoint: running.url,
      environment: running.variables,
    },
    issueIdentity: issue,
    state: () => running.state(),
    updateState: (change) => running.updateState(change),
    requests: () => running.requests(),
    count: (operation) => running.count(operation),
    clearRequests: () => running.clearRequests(),
    addFaults: (...more) => running.addFaults(...more.map(parseFault)),
    clearFaults: () => running.clearFaults(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listArns({ trustAnchors, profiles, roles }: EmulatorState) {
  const profile = (name: string) => profiles.find((entry) => entry.name === name)?.arn ?? "";
  const role = (name: string) => roles.find(({ arn }) => arn.endsWith(`:role/${name}`))?.arn ?? "";
  return {
    trustAnchorArn: trustAnchors[0]?.arn ?? "",
    profileArns: { demo: profile("Demo"), named: profile("Named"), disabled: profile("Disabled") },
    roleArns: {
      demo: role("Demo"),
      short: role("Short"),
      untrusting: role("Untrusting"),
      target: role("Target"),
      partner: role("Partner"),
      last: role("Last"),
    },
  };
}

function createIssuer(running: Running): (options?: IssueIdentityOptions) => EmulatorIdentity {
  let issued = 0;
  return ({ commonName = "client", uri, revocable = false, notBefore, notAfter, key: kind = "ec-p256" } = {}) => {
    issued++;
    const key = createKey(kind);
    const spec = {
      subject: [["CN", commonName]] as const,
      extendedKeyUsage: ["clientAuth"] as const,
      ...(uri === undefined ? {} : { alternativeNames: [["uri", uri]] as const }),
      ...(revocable ? { revocationPoints: [`${running.url}${revocationListPath}`] } : {}),
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(notAfter === undefined ? {} : { notAfter }),
    };
    const { pem } = issueCertificate(key, spec, running.intermediate);
    const [file, keyFile] = [`issued-${issued}.pem`, `issued-${issued}-key.pem`];
    writePublic(join(running.folder, file), pem);
    writePrivate(join(running.folder, keyFile), key.privateKeyPem);
    return readIdentity(running.folder, file, keyFile);
  };
}

function readIdentity(folder: string, certificateFile: string, keyFile: string): EmulatorIdentity {
  const [certificate, privateKey, intermediates] = [certificateFile, keyFile, fileNames.intermediate].map((file) =>
    join(folder, file),
  ) as [string, string, string];
  return {
    certificate,
    privateKey,
    intermediates,
    certificatePem: readFileSync(certificate, "utf8"),
    privateKeyPem: readFileSync(privateKey, "utf8"),
    intermediatesPem: readFileSync(intermediates, "utf8"),
  };
}
