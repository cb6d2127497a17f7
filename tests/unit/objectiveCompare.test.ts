import { expect } from "chai";
import fc from "fast-check";
import { compare, mannWhitney, smallestP, type Comparison } from "../../components/model/compare";

const comparison = (changes: Partial<Comparison> = {}): Comparison => ({
  test: "mannWhitney",
  direction: "increase",
  effectSize: 0.25,
  confidence: 0.95,
  minSamples: 10,
  ...changes,
});

const around = (middle: number) => Array.from({ length: 12 }, (_, i) => middle + (i - 5.5) / 10);

describe("the Mann-Whitney U test", () => {
  it("gives the p value that R and SciPy give with the normal approximation", () => {
    expect(mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12], "either")).closeTo(0.11134688653, 1e-6);
  });

  it("corrects for ties", () => {
    // By hand: U = 13 of 16, Σ(t³ − t) = 48, σ² = 16/12 × (9 − 48/56) = 10.857, z = 4.5/σ = 1.3657, p = 2 × 0.08602.
    expect(mannWhitney([2, 3, 3, 4], [1, 2, 2, 3], "either")).closeTo(0.17203, 1e-4);
  });

  it("sees nothing where all values are the same", () => {
    expect(mannWhitney([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], "increase")).equal(1);
  });

  const samples = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), {
    minLength: 1,
    maxLength: 20,
  });
  const P = fc.constantFrom("increase", "decrease", "either");

  it("gives a probability, and the mirrored one for mirrored samples", () => {
    fc.assert(
      fc.property(samples, samples, P, (a, b, direction) => {
        const p = mannWhitney(a, b, direction);
        expect(p).within(0, 1 + 1e-6);
        const mirrored = direction === "increase" ? "decrease" : direction === "decrease" ? "increase" : "either";
        expect(mannWhitney(b, a, mirrored)).closeTo(p, 1e-6);
      }),
    );
  });

  it("gives nothing smaller than what two samples without an overlap give", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 30 }), P, (n, direction) => {
        const low = Array.from({ length: n }, (_, i) => i);
        const high = low.map((value) => value + 1000);
        const [a, b] = direction === "decrease" ? [low, high] : [high, low];
        expect(mannWhitney(a, b, direction)).closeTo(smallestP(n, direction), 1e-9);
      }),
    );
  });
});

describe("a comparison with the active slot", () => {
  it("fails what is clearly and considerably worse", () => {
    const { verdict, detail } = compare(around(20), around(10), comparison());
    expect(verdict).equal("fail");
    expect(detail).contain("mean 20 against 10 of the active slot (+100 %), p < 0.001, 12 and 12 values");
  });

  const rows: [string, number[], number[], Partial<Comparison>, string][] = [
    ["the same", around(10), around(10), {}, "pass"],
    ["clearly worse, but by too little to matter", around(11.5), around(10), {}, "pass"],
    ["better", around(5), around(10), {}, "pass"],
    ["lower, where lower is worse", around(5), around(10), { direction: "decrease" }, "fail"],
    ["lower, where any change is worse", around(5), around(10), { direction: "either" }, "fail"],
    ["something, where there was nothing", around(1), Array<number>(12).fill(0), {}, "fail"],
    ["nothing, where there was nothing", Array<number>(12).fill(0), Array<number>(12).fill(0), {}, "pass"],
    ["beyond every bound", Array<number>(12).fill(Infinity), around(1), {}, "fail"],
    ["worse by a mean of negative values", around(-5), around(-10), {}, "fail"],
    ["too little to be compared", around(20).slice(0, 9), around(10), {}, "inconclusive"],
    ["against too little", around(20), around(10).slice(0, 9), {}, "inconclusive"],
    ["nothing at all", [], [], { minSamples: 0 }, "inconclusive"],
    ["NaN", [...around(20), NaN], around(10), {}, "error"],
  ];
  for (const [what, candidate, baseline, changes, verdict] of rows) {
    it(`says ${verdict} of ${what}`, () =>
      expect(compare(candidate, baseline, comparison(changes)).verdict).equal(verdict));
  }

  it("is total", () => {
    const values = fc.array(fc.double(), { maxLength: 15 });
    fc.assert(
      fc.property(values, values, fc.nat(12), (a, b, minSamples) => {
        const { verdict } = compare(a, b, comparison({ minSamples }));
        expect(["pass", "fail", "inconclusive", "error"]).include(verdict);
        if (Math.min(a.length, b.length) < minSamples) expect(verdict).equal("inconclusive");
      }),
    );
  });
});
