import { expect } from "chai";
import fc from "fast-check";
import { duration, parseDuration, writeDuration } from "../../components/config/duration";

describe("durations", () => {
  const readings: [text: string, ms: number | undefined][] = [
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["1.1m", 66_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    [" 5s ", 5000],
    ["0s", 0],
    ["60", undefined],
    ["5 s", undefined],
    ["-5s", undefined],
    ["5S", undefined],
    ["1m30s", undefined],
    [".5s", undefined],
    ["s", undefined],
    ["", undefined],
  ];
  for (const [text, ms] of readings) {
    it(`reads ${JSON.stringify(text)} as ${ms === undefined ? "no duration" : `${ms} ms`}`, () => {
      expect(parseDuration(text)).to.equal(ms);
    });
  }

  const writings: [ms: number, text: string][] = [
    [0, "0ms"],
    [999, "999ms"],
    [1000, "1s"],
    [90_000, "90s"],
    [120_000, "2m"],
    [86_400_000, "1d"],
  ];
  for (const [ms, text] of writings) {
    it(`writes ${ms} ms as ${text}`, () => {
      expect(writeDuration(ms)).to.equal(text);
    });
  }

  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(parseDuration(writeDuration(ms))).to.equal(ms);
      }),
    );
  });

  it("reads a number of any unit as that many of its milliseconds", () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])), (n, unit) => {
        expect(parseDuration(`${n}${unit}`)).to.equal(n * units[unit]);
      }),
    );
  });

  it("reads any text as a length of time that is not negative, or as none", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseDuration(text) ?? 0).to.be.at.least(0);
      }),
    );
  });

  it("keeps to the limits of a key, both included", () => {
    const limited = duration({ min: "1s", max: "1m" });
    for (const text of ["1s", "30s", "1m"]) expect(limited.safeParse(text).success, text).to.equal(true);
    for (const text of ["999ms", "61s"]) expect(limited.safeParse(text).success, text).to.equal(false);
  });

  it("refuses a wait that timers cannot wait", () => {
    expect(duration().safeParse("24d").success).to.equal(true);
    expect(duration().safeParse("25d").success).to.equal(false);
  });
});
