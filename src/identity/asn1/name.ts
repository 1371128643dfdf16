import { Asn1Error, type Element, elementsOf, expectElement, oidOf, sequenceOf, tags } from "./der.js";

/** Attribute whose value is still encoded. */
export interface RawAttribute {
  readonly type: string;
  readonly value: Element;
}

/** Returns the attributes of a name, grouped by relative name. @throws Asn1Error */
export function readName(name: Element | undefined): readonly (readonly RawAttribute[])[] {
  return sequenceOf(name, "name").map((relative) =>
    elementsOf(expectElement(relative, tags.set, "relative name")).map((attribute) => {
      const [type, value] = sequenceOf(attribute, "attribute");
      if (value === undefined) throw new Asn1Error("attribute value is missing");
      return { type: oidOf(type, "attribute type"), value };
    }),
  );
}
