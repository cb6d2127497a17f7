import { expect } from "chai";
import { all } from "../../components/model/words";
import { MemoryClock } from "../support/memoryClock";
import { order, runCutover, settings } from "../support/memoryCutover";
import { MemoryDriver } from "../support/memoryDriver";

function world() {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  return { clock, driver };
}

describe("an unconfirmed change", () => {
  it("is kept alive by renewals through a bake that is much longer", async () => {
    const { clock, driver } = world();
    const bake = { ...settings().bake, durationMs: 600_000 };
    const { record } = await runCutover(driver, clock, order({ settings: settings({ bake }) }));
    expect(record?.completion).equal("Promoted");
    expect(driver.times("renew")).least(600_000 / 15_000);
  });

  it("is not renewed before it is open, nor after it is permanent", async () => {
    const { clock, driver } = world();
    // A long gate before, and a long drain after.
    driver.slots.green.status = 503;
    driver.takes = (method) => (method === "drain" ? 60_000 : 0);
    let renewedWithout = 0;
    driver.onCall = (method, nth) => {
      if (method === "condition" && nth === 25) driver.slots.green.status = 200;
      if (method === "renew" && driver.live().transaction === undefined) renewedWithout += 1;
    };
    expect((await runCutover(driver, clock, order())).record?.completion).equal("Promoted");
    expect(renewedWithout).equal(0);
  });

  it("falls back when the process dies, at every stage after the shift", async () => {
    for (const at of ["probePublic", "traffic", "renew", "commit"] as const) {
      const { clock, driver } = world();
      driver.fault = (method) => (method === at ? "kill before" : undefined);
      const { killed } = await runCutover(driver, clock, order());
      expect(killed, at).equal(true);
      expect(driver.live().weights).deep.equal(all("green"));
      clock.advance(15_000);
      expect(driver.live())
        .deep.include({ weights: all("blue") })
        .and.not.have.property("transaction");
    }
  });

  it("that cannot be renewed for a moment is not given up, even right after a long gate", async () => {
    const { clock, driver } = world();
    driver.fault = (method, nth) => (method === "renew" && nth <= 2 ? "before" : undefined);
    driver.slots.green.status = 503;
    driver.onCall = (method, nth) => {
      if (method === "condition" && nth === 25) driver.slots.green.status = 200;
    };
    expect((await runCutover(driver, clock, order())).record?.completion).equal("Promoted");
  });

  it("that cannot be renewed at all falls back, and the cutover ends with what serves then", async () => {
    const { clock, driver } = world();
    driver.fault = (method) => (method === "renew" ? "before" : undefined);
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(driver.live().weights).deep.equal(all("blue"));
    expect(failure?.record.weights).deep.equal(all("blue"));
  });

  it("that fell back makes the cutover fail when it is to be made permanent", async () => {
    const { clock, driver } = world();
    driver.onCall = (method) => {
      if (method === "commit") clock.advance(3_600_000);
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(failure?.message).contain("BAKE_TIME: the switch could not be made permanent");
    expect(failure?.message).contain("Now blue 100 % / green 0 % serves");
    expect(driver.live().weights).deep.equal(all("blue"));
  });

  it("that was made permanent is not called lost by a renewal that came too late", async () => {
    const { clock, driver } = world();
    // The way back is committed after 14.5 s, while a renewal is on its way that was sent after 11.2 s.
    driver.slots.green.errorPercent = 20;
    driver.takes = (method) => ({ renew: 3700, commit: 500, probePublic: 400 })[method as string] ?? 0;
    const began = clock.now();
    let late = false;
    driver.onCall = (method) => {
      if (method === "renew" && driver.live().transaction === undefined) late = clock.now() === began + 14_900;
    };
    const bake = { ...settings().bake, intervalMs: 4000 };
    const { failure } = await runCutover(driver, clock, order({ settings: settings({ bake }) }));
    expect(late).equal(true);
    expect(failure?.completion).equal("RolledBack");
    expect(failure?.message).not.contain("no longer open");
  });
});
