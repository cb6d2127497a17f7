import { expect } from "chai";
import fc from "fast-check";
import { difference, quantile, total, type Histogram } from "../../components/model/histogram";

const bounds = [0.1, 0.5, 1];
const of = (...counts: number[]): Histogram => ({ bounds, counts });

describe("a histogram", () => {
  it("tells what was counted between two readings", () => {
    expect(difference(of(1, 2, 3, 4), of(2, 2, 5, 4)).counts).deep.equal([1, 0, 2, 0]);
  });

  it("takes everything for new when the counter was restarted", () => {
    expect(difference(of(5, 5, 5, 5), of(6, 6, 6, 1)).counts).deep.equal([6, 6, 6, 1]);
  });

  it("takes everything for new when the bounds are others", () => {
    const before = { bounds: [0.2, 0.5, 1], counts: [1, 1, 1, 1] };
    expect(difference(before, of(2, 2, 2, 2)).counts).deep.equal([2, 2, 2, 2]);
  });

  const rows: [string, Histogram, number, number | undefined][] = [
    ["nothing was counted", of(0, 0, 0, 0), 0.95, undefined],
    ["all are in the first bucket", of(100, 0, 0, 0), 0.5, 0.05],
    ["the rank is inside a later bucket", of(50, 50, 0, 0), 0.75, 0.3],
    ["the rank is the last of a bucket", of(95, 0, 5, 0), 0.95, 0.1],
    ["it lies above all bounds", of(0, 0, 0, 10), 0.95, Infinity],
    ["one in twenty lies above all bounds", of(95, 0, 0, 5), 0.95, 0.1],
  ];
  for (const [when, histogram, q, value] of rows) {
    it(`has a quantile ${value === undefined ? "not at all" : `of ${value}`} when ${when}`, () => {
      const found = quantile(histogram, q);
      if (value === undefined || value === Infinity) expect(found).equal(value);
      else expect(found).closeTo(value, 1e-9);
    });
  }

  const histogram = fc
    .array(fc.nat({ max: 1000 }), { minLength: 4, maxLength: 4 })
    .map((counts): Histogram => ({ bounds, counts }));

  it("has quantiles that rise with their share", () => {
    fc.assert(
      fc.property(
        histogram,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (h, a, b) => {
          fc.pre(total(h) > 0);
          const low = quantile(h, Math.min(a, b)) ?? NaN;
          const high = quantile(h, Math.max(a, b)) ?? NaN;
          expect(high).least(low);
        },
      ),
    );
  });

  it("never counts less than nothing, and adds up when nothing was restarted", () => {
    fc.assert(
      fc.property(histogram, histogram, (before, more) => {
        const after = of(...before.counts.map((count, i) => count + (more.counts[i] ?? 0)));
        expect(difference(before, after).counts).deep.equal(more.counts);
        expect(difference(before, more).counts.every((count) => count >= 0)).equal(true);
      }),
    );
  });
});
