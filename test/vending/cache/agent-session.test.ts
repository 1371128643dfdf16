import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { SpiffeSource } from "../../../src/identity/material-source.js";
import type { Sourced } from "../../../src/origin.js";
import { openAgentSlot } from "../../../src/vending/cache/agent-session.js";
import { createScratch } from "../../support/scratch.js";
import { settingsOf, vendContext } from "../../support/vend-settings.js";

const arn = "arn:aws:rolesanywhere:us-east-1:111122223333:";
const settings = settingsOf({
  flags: ["--trust-anchor-arn", `${arn}trust-anchor/TA_ID`, "--profile-arn", `${arn}profile/PROFILE_ID`],
  roleArn: (name) => `arn:aws:iam::111122223333:role/${name}`,
});
const sourceOf = (uri: string): Sourced<SpiffeSource> => ({
  value: { kind: "spiffe", uri, label: uri },
  origin: { kind: "flag", setting: "certificate" },
});

it("keeps sessions apart by agent, SPIFFE ID and hint, and finds one however its agent is named", () => {
  const folder = createScratch("agent-session");
  chmodSync(folder, 0o700);
  const context = vendContext({ variables: { SPIFFE_ENDPOINT_SOCKET: "unix:///a.sock" } });
  const entryOf = (uri: string) => openAgentSlot(settings, sourceOf(uri), folder, context)?.slot.entryName;
  expect(entryOf("spiffe:unix:///a.sock")).toBe(entryOf("spiffe:"));
  const uris = ["spiffe:", "spiffe:unix:///b.sock", "spiffe:?spiffe-id=spiffe://a/b", "spiffe:?hint=spiffe://a/b"];
  expect(new Set(uris.map(entryOf)).size).toBe(uris.length);
});

it("goes without a cache that cannot be used, and refuses a source that does not parse all the same", () => {
  const folder = createScratch("agent-session");
  chmodSync(folder, 0o700);
  mkdirSync(join(folder, "seal.key"));
  const context = vendContext();
  expect(openAgentSlot(settings, sourceOf("spiffe:unix:///a.sock"), folder, context)).toBeUndefined();
  expect(context.lines).toEqual([expect.stringMatching(/^cache: not used: /)]);
  expect(openAgentSlot(settings, sourceOf("spiffe:unix:///a.sock"), undefined, context)).toBeUndefined();
  expect(() => openAgentSlot(settings, sourceOf("spiffe:"), undefined, context)).toThrow(/names no socket/);
});
