import { expect } from "chai";
import fc from "fast-check";
import { meets, parseCondition, specimens, type Condition, type Operator } from "../../components/model/condition";
import { fill, promDuration, unknownPlaces, variablesOf } from "../../components/model/template";

const operators: Operator[] = ["<", "<=", ">", ">=", "==", "!="];
const conditions: fc.Arbitrary<Condition> = fc.record({
  operator: fc.constantFrom(...operators),
  limit: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
});

describe("a condition", () => {
  it("is an operator and a number, with or without a space", () => {
    expect(parseCondition("< 1")).deep.equal({ operator: "<", limit: 1 });
    expect(parseCondition(">=0.5 ")).deep.equal({ operator: ">=", limit: 0.5 });
    expect(parseCondition("!= -1e3")).deep.equal({ operator: "!=", limit: -1000 });
  });

  for (const wrong of ["", "1", "=< 1", "< ", "< one", "= 1", "< 1 %", "< NaN", "< 1e999", "<< 1", "> 1 2"]) {
    it(`is not ${JSON.stringify(wrong)}`, () => expect(parseCondition(wrong)).equal(undefined));
  }

  it("is what was written, whatever the number", () => {
    fc.assert(
      fc.property(conditions, ({ operator, limit }) => {
        expect(parseCondition(`${operator} ${limit}`)).deep.equal({ operator, limit: Number(String(limit)) });
      }),
    );
  });

  it("is not met by NaN, whatever it says", () => {
    fc.assert(fc.property(conditions, (condition) => !meets(NaN, condition)));
  });

  it("is met by some value exactly when it is met by one of its specimens", () => {
    fc.assert(
      fc.property(conditions, conditions, fc.double({ noNaN: true }), (a, b, value) => {
        const shown = specimens([a, b], { least: -Infinity, most: Infinity });
        for (const both of [true, false]) {
          const holds = (x: number) => (both ? meets(x, a) && meets(x, b) : !meets(x, a) && !meets(x, b));
          if (holds(value)) expect(shown.some(holds)).equal(true);
        }
      }),
    );
  });
});

describe("a template", () => {
  const filling = { slot: "green", release: "1.1.0-bbb", version: "1.1.0", service: "shop", interval: "5s" };

  it("is filled in, with spaces or without", () => {
    expect(fill(`up{slot="{{slot}}",app="{{ service }}"}[{{interval}}]`, filling)).equal(
      `up{slot="green",app="shop"}[5s]`,
    );
  });

  it("fills in values in the form that its place needs", () => {
    expect(fill("/q?v={{version}}", { ...filling, version: "1 & 2" }, encodeURIComponent)).equal("/q?v=1%20%26%202");
  });

  it("does not fill in what was filled in", () => {
    expect(fill("{{version}}", { ...filling, version: "{{slot}}" })).equal("{{slot}}");
  });

  it("tells which variables it uses, and what cannot be filled in", () => {
    expect(variablesOf("{{slot}} {{slot}} {{version}} {{pod}}")).deep.equal(["slot", "version"]);
    expect(unknownPlaces("{{slot}} {{pod}} {{ Slot }}")).deep.equal(["{{pod}}", "{{Slot}}"]);
    expect(unknownPlaces(`up{slot="{{slot}"}`)).deep.equal(["{{"]);
    expect(unknownPlaces(`sum(rate(x{a="b"}[1m])) by (c)`)).deep.equal([]);
  });

  it("writes an interval as PromQL does", () => {
    expect([5000, 90_000, 1500, 250].map(promDuration)).deep.equal(["5s", "90s", "1500ms", "250ms"]);
  });
});
