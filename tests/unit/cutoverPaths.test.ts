import { expect } from "chai";
import { COURSE } from "../../components/model/stages";
import { all } from "../../components/model/words";
import { MemoryClock } from "../support/memoryClock";
import { order, runCutover, settings } from "../support/memoryCutover";
import { MemoryDriver } from "../support/memoryDriver";

function world() {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  return { clock, driver };
}

describe("a cutover that succeeds", () => {
  it("goes through every stage in order and leaves the new slot with all the traffic, confirmed", async () => {
    const { clock, driver } = world();
    const { record, error } = await runCutover(driver, clock, order());
    expect(error).equal(undefined);
    expect(record?.stages.map((stage) => stage.stage)).deep.equal(COURSE.switch);
    expect(record?.stages.map((stage) => stage.verdict)).deep.equal(COURSE.switch.map(() => "pass"));
    expect(driver.live())
      .deep.include({ weights: all("green") })
      .and.not.have.property("transaction");
  });

  it("records who, what, when, how long, the traffic and the drain", async () => {
    const { clock, driver } = world();
    const began = clock.now();
    const { record } = await runCutover(driver, clock, order());
    expect(record).deep.include({
      service: "shop",
      stack: "test",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: "1.0.0-aaaaaaaaaaaa",
      toRelease: "1.1.0-bbbbbbbbbbbb",
      startedAt: new Date(began).toISOString(),
      endedAt: new Date(clock.now()).toISOString(),
      totalMs: clock.now() - began,
      weights: all("green"),
      written: [all("green")],
      completion: "Promoted",
      drained: { finished: 3, cut: 0, waitedMs: 40 },
      switchTimes: { firstNewMs: 4, lastOldMs: 9 },
      traffic: { requests: 3000, failed: 0 },
      who: "tester",
    });
    expect(record).not.have.property("reason");
    expect(driver.history).deep.equal([record]);
  });

  it("writes canary steps in rising order inside one transaction, and watches each but the last", async () => {
    const { clock, driver } = world();
    const wanted = order({ settings: settings({ steps: [5, 25, 100] }) });
    const { record } = await runCutover(driver, clock, wanted);
    expect(driver.writes.map((write) => write.weights)).deep.equal([
      { blue: 95, green: 5 },
      { blue: 75, green: 25 },
      all("green"),
    ]);
    expect(new Set(driver.writes.map((write) => write.transaction?.id))).deep.equal(new Set([record?.id]));
    const shift = record?.stages.find((stage) => stage.stage === "PRODUCTION_TRAFFIC_SHIFT");
    expect(shift?.durationMs).equal(20_000);
    expect(driver.times("commit")).equal(1);
  });

  it("goes on after a write whose answer was lost, and one that did not arrive", async () => {
    for (const how of ["before", "after"] as const) {
      const { clock, driver } = world();
      driver.fault = (method, nth) => (method === "writeRoute" && nth === 2 ? how : undefined);
      const wanted = order({ settings: settings({ steps: [5, 25, 100] }) });
      expect((await runCutover(driver, clock, wanted)).record?.completion).equal("Promoted");
      expect(driver.writes.length).equal(3);
    }
  });

  it("does not ask the whole gate again while the evidence counts, and asks for readiness all the same", async () => {
    const { clock, driver } = world();
    const at = new Date(clock.now()).toISOString();
    const until = new Date(clock.now() + 600_000).toISOString();
    const evidence = { slot: "green", release: "1.1.0-bbbbbbbbbbbb", at, until, verdict: "pass" } as const;
    const { record } = await runCutover(driver, clock, order({ evidence }));
    expect(record?.stages.map((stage) => stage.detail).slice(1, 3)).deep.equal([
      "2 of 2 instances ready",
      "evidence for 1.1.0-bbbbbbbbbbbb in green is 1 s old",
    ]);
  });

  it("asks the whole gate again when the evidence is for another release", async () => {
    const { clock, driver } = world();
    const at = new Date(clock.now()).toISOString();
    const until = new Date(clock.now() + 600_000).toISOString();
    const evidence = { slot: "green", release: "1.1.0-cccccccccccc", at, until, verdict: "pass" } as const;
    const { record } = await runCutover(driver, clock, order({ evidence }));
    expect(record?.stages[2]?.detail).equal("4 checks passed");
  });

  it("waits for the public address to follow the write", async () => {
    const { clock, driver } = world();
    driver.propagationMs = 3000;
    const { record } = await runCutover(driver, clock, order());
    expect(record?.completion).equal("Promoted");
    expect(record?.cutoverMs).least(3000);
  });

  it("stands although the old slot could not be drained, and says so", async () => {
    const { clock, driver } = world();
    driver.fault = (method) => (method === "drain" ? "before" : undefined);
    const { record } = await runCutover(driver, clock, order());
    expect(record).include({ completion: "Promoted", reason: "CLEAN_UP: drain failed" });
    expect(driver.live().weights).deep.equal(all("green"));
  });

  it("stands although its record could not be written at the end, and says so", async () => {
    const { clock, driver } = world();
    driver.fault = (method) => (method === "saveRecord" && driver.times("commit") > 0 ? "before" : undefined);
    const { record, said } = await runCutover(driver, clock, order());
    expect(record?.completion).equal("Promoted");
    expect(said).include("this cutover ended with Promoted, but its record could not be written: saveRecord failed");
  });

  it("bakes for no time when the config sets none, even without traffic", async () => {
    const { clock, driver } = world();
    driver.rate = 0;
    const bake = { ...settings().bake, durationMs: 0 };
    const { record } = await runCutover(driver, clock, order({ settings: settings({ bake }) }));
    expect(record?.stages.find((stage) => stage.stage === "BAKE_TIME")).include({ verdict: "pass", durationMs: 0 });
  });
});

describe("the first deployment", () => {
  const first = order({ kind: "initial", from: "none", to: "blue", fromRelease: "" });
  const wanted = { ...first, toRelease: { ...first.toRelease, id: "1.0.0-aaaaaaaaaaaa" } };

  it("asks the gate and verifies, and never writes the route", async () => {
    const { clock, driver } = world();
    const { record } = await runCutover(driver, clock, wanted);
    expect(record?.stages.map((stage) => stage.stage)).deep.equal(COURSE.initial);
    expect(record?.completion).equal("Promoted");
    expect(driver.times("writeRoute")).equal(0);
  });

  it("ends with an error, and no revert, when the slot is not ready", async () => {
    const { clock, driver } = world();
    driver.slots.blue.status = 503;
    const { failure } = await runCutover(driver, clock, wanted);
    expect(failure?.completion).equal("Aborted");
    expect(failure?.message).contain("blue (release 1.0.0-aaaaaaaaaaaa) is not ready for its first traffic");
    expect(failure?.message).contain("GET http://127.0.0.1:50050/health → 503");
    expect(driver.times("writeRoute")).equal(0);
  });
});

describe("a fast rollback", () => {
  const back = order({
    kind: "rollback",
    from: "green",
    to: "blue",
    fromRelease: "1.1.0-bbbbbbbbbbbb",
    toRelease: { ...order().toRelease, id: "1.0.0-aaaaaaaaaaaa" },
    settings: settings({ steps: [5, 50, 100] }),
  });

  function served() {
    const made = world();
    made.driver.move(all("green"));
    return made;
  }

  it("asks for readiness only: no smoke, no steps, no bake", async () => {
    const { clock, driver } = served();
    driver.onCall = (method) => expect(method).not.equal("traffic");
    driver.slots.blue.body = "whatever a smoke test would refuse";
    const { record } = await runCutover(driver, clock, back);
    expect(record?.stages.map((stage) => stage.stage)).deep.equal(COURSE.rollback);
    expect(record?.completion).equal("FastRolledBack");
    expect(driver.writes.map((write) => write.weights)).deep.equal([all("blue")]);
    expect(record?.totalMs).most(1000);
  });

  it("works while the live slot has no instance at all", async () => {
    const { clock, driver } = served();
    driver.slots.green.running = 0;
    driver.slots.green.replicas = 0;
    const { record } = await runCutover(driver, clock, back);
    expect(record?.completion).equal("FastRolledBack");
    expect(driver.live().weights).deep.equal(all("blue"));
  });

  it("is not held up by a live slot that is larger", async () => {
    const { clock, driver } = served();
    driver.slots.green.replicas = driver.slots.green.running = 8;
    expect((await runCutover(driver, clock, back)).record?.completion).equal("FastRolledBack");
  });

  it("stands at once, so that a process that dies leaves the standby serving", async () => {
    const { clock, driver } = served();
    driver.fault = (method) => (method === "probePublic" ? "kill before" : undefined);
    expect((await runCutover(driver, clock, back)).killed).equal(true);
    clock.advance(3_600_000);
    expect(driver.live().weights).deep.equal(all("blue"));
  });

  it("leaves the traffic where it is when the standby is not ready", async () => {
    const { clock, driver } = served();
    driver.slots.blue.running = 0;
    const { failure } = await runCutover(driver, clock, back);
    expect(failure?.completion).equal("Aborted");
    expect(driver.live().weights).deep.equal(all("green"));
  });

  it("goes on after a write whose answer was lost, and does not write again", async () => {
    const { clock, driver } = served();
    driver.fault = (method, nth) => (method === "writeRoute" && nth === 1 ? "after" : undefined);
    const { record } = await runCutover(driver, clock, back);
    expect(record?.completion).equal("FastRolledBack");
    expect(driver.writes.length).equal(1);
  });

  it("takes back a write of which it never learned", async () => {
    const { clock, driver } = served();
    driver.fault = (method, nth) => {
      if (method === "writeRoute" && nth === 1) return "after";
      return method === "readRoute" && nth > 1 && nth < 7 ? "before" : undefined;
    };
    const { failure } = await runCutover(driver, clock, back);
    expect(failure?.completion).equal("RolledBack");
    expect(driver.live().weights).deep.equal(all("green"));
  });

  it("stays with the standby when the slot it came from is dead, although it could not be verified", async () => {
    const { clock, driver } = served();
    driver.slots.green.running = 0;
    driver.fault = (method) => (method === "probePublic" ? "before" : undefined);
    const { failure } = await runCutover(driver, clock, back);
    expect(failure?.completion).equal("Failed");
    expect(failure?.message).contain("green has no running instance, so blue serves");
    expect(failure?.record.weights).deep.equal(all("blue"));
    expect(driver.live().weights).deep.equal(all("blue"));
  });
});

describe("a repair of a split route", () => {
  it("gives all the traffic to the active slot in one step", async () => {
    const { clock, driver } = world();
    driver.move({ blue: 30, green: 70 });
    const wanted = order({ kind: "repair", settings: settings({ steps: [5, 100] }) });
    const { record } = await runCutover(driver, clock, wanted);
    expect(record?.completion).equal("Promoted");
    expect(driver.writes.map((write) => write.weights)).deep.equal([all("green")]);
  });
});
