import { expect } from "chai";
import fc from "fast-check";
import { forPhase, judge, type Judgement, type Objective } from "../../components/model/objective";
import { advance, conclude, holds, NOTHING, type Limits, type Tally } from "../../components/model/tally";
import { VERDICTS } from "../../components/model/words";
import { objective } from "../support/objective";

describe("judging a value", () => {
  const rows: [Pick<Objective, "pass" | "fail">, number, string][] = [
    [{ pass: "< 1" }, 0.5, "pass"],
    [{ pass: "< 1" }, 1, "fail"],
    [{ pass: "< 1" }, Infinity, "fail"],
    [{ fail: ">= 10" }, 9, "pass"],
    [{ fail: ">= 10" }, 10, "fail"],
    [{ pass: "< 1", fail: "> 5" }, 0, "pass"],
    [{ pass: "< 1", fail: "> 5" }, 3, "inconclusive"],
    [{ pass: "< 1", fail: "> 5" }, 6, "fail"],
    [{ pass: "> 1", fail: "> 5" }, 6, "error"],
    [{ pass: "< 1" }, NaN, "error"],
    [{ fail: "!= 0" }, NaN, "error"],
    [{ pass: "below 1" }, 0, "error"],
    [{ pass: "< 1", fail: "above 5" }, 0, "error"],
    [{}, 0, "error"],
  ];
  for (const [conditions, value, verdict] of rows) {
    it(`says ${verdict} of ${value} by ${JSON.stringify(conditions)}`, () =>
      expect(judge({ value, detail: "x" }, conditions).verdict).equal(verdict));
  }

  it("takes no data for inconclusive, and says why there is none", () => {
    const found = judge({ missing: "no series" }, { pass: "< 1" });
    expect(found).deep.equal({ verdict: "inconclusive", detail: "no series", without: "missing" });
  });
});

const limitsOf = (changes: Partial<Limits> = {}): Limits => ({
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  noData: "hold",
  ...changes,
});

type Mark = "p" | "f" | "i" | "e" | "t" | "m" | "g";
const MARKS: Record<Mark, Judgement> = {
  p: { verdict: "pass", detail: "good" },
  f: { verdict: "fail", detail: "bad" },
  i: { verdict: "inconclusive", detail: "between" },
  e: { verdict: "error", detail: "refused" },
  t: { verdict: "timeout", detail: "late" },
  m: { verdict: "inconclusive", detail: "no series", without: "missing" },
  g: { verdict: "inconclusive", detail: "2 of 10", without: "gathering" },
};

/** Counts measurements until the objective is decided. */
function run(marks: string, changes: Partial<Limits> = {}) {
  const limits = limitsOf(changes);
  let tally: Tally = NOTHING;
  for (const [i, mark] of marks.split("").entries()) {
    const next = advance(tally, MARKS[mark as Mark], limits);
    tally = next.tally;
    if (next.done !== undefined) return { done: next.done, after: i + 1, tally, limits };
  }
  return { done: undefined, after: marks.length, tally, limits };
}

describe("an objective's tally", () => {
  const decided: [string, Partial<Limits>, string, number][] = [
    ["ppf", {}, "fail", 3],
    ["pfpfpf", { failureLimit: 2 }, "fail", 6],
    ["pi", {}, "inconclusive", 2],
    ["eeeee", {}, "error", 5],
    ["peeeet", {}, "timeout", 6],
    ["ppp", { count: 3 }, "pass", 3],
    ["pepep", { count: 3 }, "pass", 5],
    ["f", { count: 1, failureLimit: 1 }, "fail", 1],
    ["gggp", { count: 4 }, "pass", 4],
    ["gg", { count: 2 }, "inconclusive", 2],
    ["m", { noData: "fail" }, "fail", 1],
    ["mm", { noData: "pass", count: 2 }, "pass", 2],
  ];
  for (const [marks, limits, verdict, after] of decided) {
    it(`decides ${verdict} after ${marks} with ${JSON.stringify(limits)}`, () =>
      expect(run(marks, limits)).include({ done: verdict, after }));
  }

  const concluded: [string, Partial<Limits>, string, string][] = [
    ["", {}, "inconclusive", "nothing is known"],
    ["p", {}, "pass", "1 passed"],
    ["mmm", {}, "inconclusive", "no series"],
    ["mmp", {}, "pass", "2 without data"],
    ["pmmmm", {}, "pass", "1 passed"],
    ["pmmmmm", {}, "inconclusive", "the last 5 measurements had no data"],
    ["pmmemmm", {}, "inconclusive", "the last 5 measurements had no data"],
    ["mmmmmmm", {}, "inconclusive", "no series"],
    ["f", { failureLimit: 2 }, "fail", "each time"],
    ["ff", { failureLimit: 2 }, "fail", "each time"],
    ["ffp", { failureLimit: 2 }, "pass", "2 failed"],
    ["eee", {}, "error", "3 errors"],
    ["ett", {}, "timeout", "late"],
    ["eepeee", {}, "pass", "5 errors"],
    ["pp", { count: 3 }, "inconclusive", "2 of 3"],
    ["ggg", {}, "inconclusive", "2 of 10"],
  ];
  for (const [marks, limits, verdict, says] of concluded) {
    it(`concludes ${verdict} from ${marks === "" ? "nothing" : marks} with ${JSON.stringify(limits)}`, () => {
      const { tally, done, limits: all } = run(marks, limits);
      const found = conclude(tally, all);
      expect(found.verdict).equal(verdict);
      expect(found.detail).contain(says);
      expect(done).equal(undefined);
    });
  }

  it("waits for data only while data is all it lacks", () => {
    const holding = (marks: string, changes: Partial<Limits> = {}) =>
      holds(run(marks, changes).tally, limitsOf(changes));
    expect(holding("m")).equal(true);
    expect(holding("pm")).equal(false);
    expect(holding("f", { failureLimit: 1 })).equal(false);
    expect(holding("m", { noData: "pass" })).equal(false);
    expect(holding("")).equal(false);
  });

  const marks = fc.string({ unit: fc.constantFrom("p", "f", "i", "e", "t", "m", "g"), maxLength: 40 });
  const limits = fc.record(
    {
      failureLimit: fc.nat(4),
      inconclusiveLimit: fc.nat(4),
      consecutiveErrorLimit: fc.nat(4),
      noData: fc.constantFrom("hold", "pass", "fail"),
      count: fc.integer({ min: 1, max: 12 }),
    },
    { requiredKeys: ["failureLimit", "inconclusiveLimit", "consecutiveErrorLimit", "noData"] },
  ) as fc.Arbitrary<Limits>;

  it("passes only what has a value that passed, and every limit kept", () => {
    fc.assert(
      fc.property(marks, limits, (sequence, wanted) => {
        const { tally, done } = run(sequence, wanted);
        const verdict = done ?? conclude(tally, wanted).verdict;
        expect(VERDICTS).include(verdict);
        if (verdict !== "pass") return;
        expect(tally.passed).least(1);
        expect(tally.failed).most(wanted.failureLimit);
        expect(tally.inconclusive).most(wanted.inconclusiveLimit);
        expect(tally.errorsInARow).most(wanted.consecutiveErrorLimit);
      }),
    );
  });

  it("is decided as it would be concluded, and never bettered by more failures", () => {
    fc.assert(
      fc.property(marks, limits, (sequence, wanted) => {
        const { tally, done } = run(sequence, wanted);
        const found = conclude(tally, wanted).verdict;
        if (done !== undefined) expect(done).equal(found);
        const worse = conclude(advance(tally, MARKS.f, wanted).tally, wanted).verdict;
        if (found === "fail") expect(worse).equal("fail");
      }),
    );
  });

  it("does not change the tally it is given", () => {
    fc.assert(
      fc.property(marks, limits, (sequence, wanted) => {
        const { tally } = run(sequence, wanted);
        const before = structuredClone(tally);
        for (const mark of "pfietmg") advance(tally, MARKS[mark as Mark], wanted);
        expect(tally).deep.equal(before);
      }),
    );
  });
});

describe("the objectives of a phase", () => {
  const compare = {
    test: "mannWhitney",
    direction: "increase",
    effectSize: 0.25,
    confidence: 0.95,
    minSamples: 10,
  } as const;

  it("are those that name it", () => {
    const gate = objective({ name: "g", when: ["gate"] });
    expect(forPhase([gate, objective()], "gate")).deep.equal([gate]);
  });

  it("compare in the steps alone, where both slots serve", () => {
    const both = objective({ name: "both", pass: "< 1", compare });
    const alone = objective({ name: "alone", compare });
    expect(forPhase([both, alone], "steps")).deep.equal([both, alone]);
    expect(forPhase([both, alone], "bake")).deep.equal([objective({ name: "both", pass: "< 1" })]);
  });
});
