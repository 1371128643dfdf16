import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { inputError } from "../input-error.js";
import { formatLocation } from "../s3/object-store.js";
import type { OpenedObject } from "../s3/persistent-store.js";
import type { Member } from "./archive.js";

type Named = Pick<Member, "name"> & Partial<Pick<Member, "special">>;

const shownNames = 10;

/** The names of an archive's members, for the message when none of them is selected. Keeps only those that it shows. */
export class NamesFound {
  readonly #shown: string[] = [];
  #more = 0;

  constructor(members: readonly Named[] = []) {
    for (const member of members) this.add(member);
  }

  add(member: Named): void {
    if (member.name.endsWith("/")) return;
    if (this.#shown.length < shownNames) this.#shown.push(`found ${describeMember(member)}`);
    else this.#more++;
  }

  hints(): readonly Text[] {
    return this.#more === 0 ? this.#shown : [...this.#shown, `and ${this.#more} more`];
  }
}

/** Describes a member, and what it is if not a file: `"latest.csv", a symbolic link to "a.csv"`. */
export function describeMember({ name, special }: Named): string {
  if (special === undefined) return `"${name}"`;
  const target = special.target === undefined ? "" : ` to "${special.target}"`;
  return `"${name}", a ${special.kind}${target}`;
}

export function noMemberWanted(object: OpenedObject, names: NamesFound): Error {
  return inputError(formatLocation(object), "no member of the archive is wanted", [
    message`choose members with ${setting("member")}, such as ${setting("member")} "*.txt"`,
    ...names.hints(),
  ]);
}
