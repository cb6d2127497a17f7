import { expect } from "chai";
import fc from "fast-check";
import { allows, worst, type Evidence } from "../../components/gates/evidence";
import { VERDICTS, type Verdict } from "../../components/model/words";

const now = Date.parse("2026-03-01T12:00:00.000Z");
const evidence: Evidence = {
  slot: "green",
  release: "g1",
  at: "2026-03-01T12:00:00.000Z",
  until: "2026-03-01T12:10:00.000Z",
  verdict: "pass",
  durationMs: 1000,
  checks: [],
};

describe("evidence", () => {
  const rows: [string, Evidence | undefined, number, boolean][] = [
    ["it is fresh", evidence, now + 1, true],
    ["it was gathered this very moment", evidence, now, true],
    ["its time ends this very moment", evidence, now + 600_000, true],
    ["its time is over", evidence, now + 600_001, false],
    ["it is from the future", evidence, now - 1, false],
    ["there is none", undefined, now, false],
    ["it is for the other slot", { ...evidence, slot: "blue" }, now, false],
    ["it is for another release", { ...evidence, release: "g2" }, now, false],
    ["its time cannot be read", { ...evidence, until: "soon" }, now, false],
    ["its beginning cannot be read", { ...evidence, at: "" }, now, false],
    ...VERDICTS.filter((verdict) => verdict !== "pass").map((verdict): [string, Evidence, number, boolean] => [
      `it ended with ${verdict}`,
      { ...evidence, verdict },
      now,
      false,
    ]),
  ];
  for (const [when, found, at, allowed] of rows) {
    it(`${allowed ? "allows" : "does not allow"} traffic when ${when}`, () =>
      expect(allows(found, "green", "g1", at)).equal(allowed));
  }
});

describe("the worst of several verdicts", () => {
  it("is inconclusive when there is none: no evidence is a failed gate", () => expect(worst([])).equal("inconclusive"));

  it("passes exactly when all do, and is one of them", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Verdict>(...VERDICTS), { minLength: 1 }), (verdicts) => {
        const found = worst(verdicts);
        expect(verdicts).include(found);
        expect(found === "pass").equal(verdicts.every((verdict) => verdict === "pass"));
      }),
    );
  });
});
