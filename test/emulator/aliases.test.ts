import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState } from "../../src/emulator/state/memory.js";
import { sessionArns } from "../support/emulator-flags.js";
import { keyOf } from "../support/pki.js";
import { send, sendCreateSession } from "../support/x509-signer.js";

let emulator: Emulator;
let original: EmulatorState;

beforeAll(async () => {
  emulator = await startEmulator();
  original = emulator.state();
});
afterAll(() => emulator.stop());
afterEach(() => emulator.updateState(() => original));

const anchorAlias = "arn:aws:rolesanywhere:us-east-1:111122223333:alias/trust-anchor/corp";
const profileAlias = "arn:aws:rolesanywhere:us-east-1:111122223333:alias/profile/team/web";

async function create(body: object = {}) {
  const leaf = issueCertificate(keyOf("ec-p256"), { subject: [["CN", "web"]] }, emulator.root);
  return sendCreateSession({ url: emulator.url, leaf, body: { ...sessionArns(emulator), ...body } });
}

const aliases = (method: string, body?: unknown) =>
  send(emulator.url, {
    method,
    path: "/_emulator/aliases",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe("aliases", () => {
  it("stand for a trust anchor and a profile in CreateSession, and never in the answer", async () => {
    const { trustAnchors, profiles } = original;
    const set = await aliases("POST", [
      { name: "corp", arn: trustAnchors[0]!.arn },
      { name: "team/web", arn: profiles[0]!.arn },
    ]);
    expect(set.json.aliases.map(({ aliasArn }: { aliasArn: string }) => aliasArn)).toEqual([anchorAlias, profileAlias]);
    const answer = await create({ trustAnchorArn: anchorAlias, profileArn: profileAlias });
    expect(answer.statusCode).toBe(201);
    expect(answer.json.subjectArn).toMatch(/^arn:aws:rolesanywhere:us-east-1:111122223333:subject\/[0-9a-f-]{36}$/);
  });

  it("are not found until they are set, are case-sensitive and belong to one kind", async () => {
    expect(await create({ trustAnchorArn: anchorAlias })).toMatchObject({ statusCode: 404 });
    await aliases("POST", { name: "corp", arn: original.trustAnchors[0]!.arn });
    expect(await create({ trustAnchorArn: anchorAlias })).toMatchObject({ statusCode: 201 });
    expect(await create({ trustAnchorArn: anchorAlias.replace("corp", "Corp") })).toMatchObject({ statusCode: 404 });
    expect(await create({ profileArn: profileAlias.replace("team/web", "corp") })).toMatchObject({ statusCode: 404 });
    expect(await create({ trustAnchorArn: profileAlias })).toMatchObject({ statusCode: 400 });
  });

  it("move to another profile at once, whose rules then hold", async () => {
    const [first, named] = original.profiles;
    await aliases("POST", { name: "team/web", arn: first!.arn });
    const refused = await create({ profileArn: profileAlias, roleSessionName: "mine" });
    expect(refused).toMatchObject({ statusCode: 403, json: { message: "Not authorized to set roleSessionName" } });
    await aliases("POST", { name: "team/web", arn: named!.arn });
    expect(await create({ profileArn: profileAlias, roleSessionName: "mine" })).toMatchObject({ statusCode: 201 });
    expect((await aliases("GET")).json.aliases).toEqual([
      { name: "team/web", arn: named!.arn, aliasArn: profileAlias },
    ]);
    await aliases("DELETE");
    expect(await create({ profileArn: profileAlias })).toMatchObject({ statusCode: 404 });
  });

  it("do not count in a trust policy, which has to name the trust anchor itself", async () => {
    const [anchor] = original.trustAnchors;
    await aliases("POST", { name: "corp", arn: anchor!.arn });
    const requireSource = (sourceArn: string) =>
      emulator.updateState((state) => ({
        ...state,
        roles: state.roles.map((role) => ({ ...role, trust: { ...role.trust, sourceArn } })),
      }));
    requireSource(anchorAlias);
    expect(await create({ trustAnchorArn: anchorAlias })).toMatchObject({ statusCode: 403 });
    requireSource(anchor!.arn);
    expect(await create({ trustAnchorArn: anchorAlias })).toMatchObject({ statusCode: 201 });
  });

  it.each([
    [{ name: "1st", arn: "" }],
    [{ name: "a//b", arn: "" }],
    [{ name: "a/", arn: "" }],
    [{ name: "AWS/x", arn: "" }],
    [{ name: "a".repeat(257), arn: "" }],
    [{ name: "a b", arn: "" }],
  ])("are refused with the name $name", async ({ name }) => {
    const answer = await aliases("POST", { name, arn: original.profiles[0]!.arn });
    expect(answer.statusCode).toBe(400);
    expect(emulator.state()).toEqual(original);
  });

  it("are refused for what there is not, or without a name", async () => {
    const { statusCode, json } = await aliases("POST", { name: "x", arn: "arn:aws:iam::111122223333:role/Demo" });
    expect([statusCode, json.message]).toEqual([
      400,
      "found no trust anchor or profile arn:aws:iam::111122223333:role/Demo",
    ]);
    expect(await aliases("POST", { name: "x" })).toMatchObject({ statusCode: 400 });
  });
});
