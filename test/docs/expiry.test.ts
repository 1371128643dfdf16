// docs/expiry.md lists a fleet with two operations of AWS that the emulator does not have: their paths and members are those
// of botocore's model, and the script of the page runs against a server that answers in that shape.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createKey } from "../../src/emulator/certificate/key.js";
import { createPki, issueCertificate } from "../support/pki.js";
import { programWords } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const page = readFileSync(new URL("../../docs/expiry.md", import.meta.url), "utf8");
const script = /```sh\n(api=[^]*?)```/.exec(page)?.[1] ?? "";

describe("the recipe for a fleet", () => {
  it.skipIf(!requireTools("the fleet recipe by botocore's model", "botocore-1.44"))(
    "uses paths and members of botocore's model",
    async () => {
      const code = `
import json, os, sys
sys.path.insert(0, os.environ["ROLESANYWHERE_TS_BOTOCORE"])
import botocore.session
model = botocore.session.Session().get_service_model("rolesanywhere")
many, one = model.operation_model("ListSubjects"), model.operation_model("GetSubject")
detail = one.output_shape.members["subject"].members
print(json.dumps({
  "signing": model.signing_name,
  "uris": [many.http["requestUri"], one.http["requestUri"]],
  "query": sorted(shape.serialization["name"] for shape in many.input_shape.members.values()),
  "summary": sorted(many.output_shape.members["subjects"].member.members),
  "credential": sorted(detail["credentials"].member.members)}))`;
      const { stdout } = await runProgram("python3", ["-c", code], {
        env: { ROLESANYWHERE_TS_BOTOCORE: process.env["ROLESANYWHERE_TS_BOTOCORE"] },
      });
      expect(JSON.parse(stdout)).toEqual({
        signing: "rolesanywhere",
        uris: ["/subjects", "/subject/{subjectId}"],
        query: ["nextToken", "pageSize"],
        summary: expect.arrayContaining(["enabled", "lastSeenAt", "subjectId", "x509Subject"]) as unknown,
        credential: expect.arrayContaining(["failed", "seenAt", "x509CertificateData"]) as unknown,
      });
    },
  );

  it.skipIf(!requireTools("the fleet recipe", "jq"))(
    "lists the newest certificate of each enabled subject",
    async () => {
      const { root } = createPki();
      const issue = (name: string) => issueCertificate(createKey("ec-p256"), { subject: [["CN", name]] }, root).pem;
      const subjects = [
        {
          subjectId: "one",
          enabled: true,
          credentials: [
            { seenAt: "2026-02-01", x509CertificateData: issue("new") },
            { seenAt: "2026-01-01", x509CertificateData: issue("old") },
          ],
        },
        {
          subjectId: "two",
          enabled: false,
          credentials: [{ seenAt: "2026-01-01", x509CertificateData: issue("off") }],
        },
      ];
      const asked: string[] = [];
      const server = createServer(({ url = "", headers }, response) => {
        asked.push(/Credential=[^,]*\/(\w+)\/aws4_request/.exec(headers.authorization ?? "")?.[1] ?? "unsigned");
        const subject = subjects.find(({ subjectId }) => url === `/subject/${subjectId}`);
        response.end(JSON.stringify(url === "/subjects?pageSize=100" ? { subjects } : { subject }));
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const home = createScratch("fleet");
      mkdirSync(join(home, "bin"));
      const words = programWords()
        .map((word) => `'${word}'`)
        .join(" ");
      writeFileSync(join(home, "bin/rolesanywhere-ts"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
      const local = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const text = script
        .replace("https://rolesanywhere.us-east-1.amazonaws.com", local)
        .replaceAll("--settings-profile auditor", "--service rolesanywhere --region us-east-1");
      const { stdout, stderr, status } = await runProgram("sh", ["-c", text], {
        cwd: home,
        env: {
          HOME: home,
          PATH: `${join(home, "bin")}:${process.env["PATH"] ?? ""}`,
          AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
          AWS_SECRET_ACCESS_KEY: "example",
        },
      });
      server.close();
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(asked).toEqual(["rolesanywhere", "rolesanywhere"]);
      expect(readdirSync(join(home, "fleet"))).toEqual(["one.pem"]);
      expect(stdout).toMatch(/^ok .*one\.pem +CN=new$/m);
    },
  );
});
