// Kubeconfigs of every layout: what is written is what was there, and the user.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { editUser, findUser } from "../../../src/delivery/kubeconfig/edit.js";

const user = { command: "/usr/local/bin/rolesanywhere-ts", args: ["token", "eks", "--cluster", "c: #1", "--x='\""] };
const exec = {
  apiVersion: "client.authentication.k8s.io/v1",
  ...user,
  interactiveMode: "Never",
  provideClusterInfo: false,
};
const name = fc.constantFrom("prod", "dev", "a/b:c@d", "with blank", "7", "null", "'q'", "é");
const secret = fc.constantFrom<unknown>(
  { token: "abc" },
  { "client-key-data": "LS0tLS1CRUdJTg==" },
  {
    exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws", args: ["eks", "get-token"], env: null },
  },
  { username: "u", password: "a\nb: c" },
  {},
);
const layouts = fc.record({
  indentSeq: fc.boolean(),
  crlf: fc.boolean(),
  comments: fc.boolean(),
  flow: fc.constantFrom("no", "users", "all"),
  json: fc.boolean(),
  lastLineEnd: fc.boolean(),
});
const configs = fc.record({
  users: fc.oneof(
    fc.constantFrom(undefined, null, []),
    fc.uniqueArray(fc.record({ name, user: secret }), { selector: (each) => each.name, maxLength: 4 }),
  ),
  usersFirst: fc.boolean(),
  others: fc.boolean(),
});

function write(
  content: object,
  { indentSeq, crlf, comments, flow, json, lastLineEnd }: typeof layouts extends fc.Arbitrary<infer T> ? T : never,
) {
  if (json) return JSON.stringify(content, undefined, 4);
  let text = stringify(content, {
    indentSeq,
    lineWidth: 0,
    aliasDuplicateObjects: false,
    ...(flow === "all" ? { collectionStyle: "flow" as const } : {}),
  });
  if (flow === "users")
    text = text.replace(
      /^users:\n(?:[ -].*\n)+/m,
      () => `users: ${JSON.stringify((content as { users: unknown }).users)}\n`,
    );
  if (comments && flow !== "all") text = `# first\n\n${text.replaceAll(/^(\w+:.*)$/gm, "# on the key\n$1")}# last\n`;
  if (!lastLineEnd) text = text.trimEnd();
  return crlf ? text.replaceAll("\n", "\r\n") : text;
}

const commentsOf = (text: string) => text.match(/# (?:first|last|on the key)/g)?.length ?? 0;

test("a kubeconfig keeps all that it has, and gets the user", () => {
  fc.assert(
    fc.property(configs, name, layouts, ({ users, usersFirst, others }, added, layout) => {
      const list = users === undefined ? {} : { users };
      const rest = others
        ? {
            clusters: [{ cluster: { server: "https://x", "certificate-authority-data": "QUJD" }, name: "prod" }],
            contexts: null,
            preferences: {},
          }
        : {};
      const content = {
        apiVersion: "v1",
        ...(usersFirst ? list : {}),
        kind: "Config",
        ...rest,
        ...(usersFirst ? {} : list),
      };
      const text = write(content, layout);
      fc.pre(JSON.stringify(parse(text)) === JSON.stringify(content));
      const result = editUser(text, { name: added, user, remark: "was: " }, "config");
      const before: readonly object[] = users ?? [];
      const index = (users ?? []).findIndex((each) => each.name === added);
      const entry = { name: added, user: { exec } };
      expect(parse(result)).toEqual({
        ...content,
        users: index === -1 ? [...before, entry] : before.with(index, entry),
      });
      expect(commentsOf(result)).toBeGreaterThanOrEqual(commentsOf(text));
      const mixes = layout.crlf && !layout.json && layout.flow === "no" && /[^\r]\n/.test(result);
      expect(mixes).toBe(false);
      expect(findUser(result, { name: added, user }, () => false, "config")).toBe("same");
      expect(editUser(result, { name: added, user, remark: undefined }, "config").trimEnd()).toBe(
        editUser(
          editUser(result, { name: added, user, remark: undefined }, "config"),
          { name: added, user, remark: undefined },
          "config",
        ).trimEnd(),
      );
    }),
    { numRuns: 200 },
  );
});

test("every line of a file in lines stays where it is", () => {
  fc.assert(
    fc.property(configs, layouts, ({ users, usersFirst }, layout) => {
      fc.pre(users !== null && users?.length !== 0);
      const list = users === undefined ? {} : { users };
      const content = { apiVersion: "v1", ...(usersFirst ? list : {}), kind: "Config", ...(usersFirst ? {} : list) };
      const text = write(content, { ...layout, json: false, flow: "no", lastLineEnd: true });
      const result = editUser(text, { name: "added", user, remark: undefined }, "config");
      const lines = result.split("\n");
      let at = 0;
      for (const line of text.split("\n")) {
        at = lines.indexOf(line, at) + 1;
        expect(at).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});

test("a user that another one refers to is not replaced, and no other file is written either", () => {
  const text = "users:\n- name: a\n  user: &shared\n    token: secret\n- name: b\n  user: *shared\n";
  expect(() => editUser(text, { name: "a", user, remark: undefined }, "config")).toThrow(
    "config cannot be edited without a loss",
  );
  const added = editUser(text, { name: "c", user, remark: undefined }, "config");
  expect(added.startsWith(text)).toBe(true);
});
