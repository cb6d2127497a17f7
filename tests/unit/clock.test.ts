import { expect } from "chai";
import { describeMs, systemClock } from "../../components/model/clock";

describe("the clock", () => {
  it("ends a sleep early, and without an error, when its signal aborts", async () => {
    const stop = new AbortController();
    const asleep = systemClock.sleep(3_600_000, stop.signal);
    stop.abort();
    await asleep;
    await systemClock.sleep(3_600_000, stop.signal);
  });

  it("sleeps no time for a time that is over", () => systemClock.sleep(-1));

  const rows: [number, string][] = [
    [0, "0 ms"],
    [849.6, "850 ms"],
    [999.9, "1 s"],
    [1000, "1 s"],
    [12_340, "12.3 s"],
    [59_999, "1 min"],
    [60_000, "1 min"],
    [119_999, "2 min"],
    [125_000, "2 min 5 s"],
  ];
  for (const [ms, says] of rows) it(`tells ${ms} ms as ${says}`, () => expect(describeMs(ms)).equal(says));
});
