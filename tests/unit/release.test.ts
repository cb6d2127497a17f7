import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { hashOf, releaseOf, versionOf } from "../../components/model/release";

/** The same value with the keys of each object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reordered(entry)]),
  );
}

describe("a hash", () => {
  it("does not depend on the order of keys", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => hashOf(reordered(value)) === hashOf(value)));
  });

  it("is the same exactly when the values are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect(hashOf(a) === hashOf(b)).equal(isDeepStrictEqual(written(a), written(b)));
      }),
    );
  });

  const different: [string, unknown, unknown][] = [
    ["the order of a list", [1, 2], [2, 1]],
    ["a number and its text", { a: 1 }, { a: "1" }],
    ["null and the text null", null, "null"],
    ["an empty list and an empty object", [], {}],
    ["null and an absent key", { a: null }, {}],
  ];
  for (const [what, a, b] of different) it(`tells apart ${what}`, () => expect(hashOf(a)).not.equal(hashOf(b)));

  it("takes an undefined key for an absent one", () => expect(hashOf({ a: undefined, b: 1 })).equal(hashOf({ b: 1 })));
});

describe("a release", () => {
  const text = fc.string({ minLength: 1 });

  it("is another when its version, artefact or configuration is", () => {
    fc.assert(
      fc.property(text, text, fc.jsonValue(), text, (version, artefact, config, more) => {
        const { id } = releaseOf(version, artefact, config);
        expect(releaseOf(version, artefact, config).id).equal(id);
        expect(releaseOf(version + more, artefact, config).id).not.equal(id);
        expect(releaseOf(version, artefact + more, config).id).not.equal(id);
        expect(releaseOf(version, artefact, { config, more }).id).not.equal(id);
      }),
    );
  });

  it("shows its version first, and gives it back", () => {
    fc.assert(
      fc.property(text, text, (version, artefact) => {
        const { id } = releaseOf(version, artefact, {});
        expect(id.startsWith(`${version}-`)).equal(true);
        expect(versionOf(id)).equal(version);
      }),
    );
  });
});
