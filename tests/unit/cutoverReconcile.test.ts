import { expect } from "chai";
import type { CutoverRecord } from "../../components/model/record";
import { all } from "../../components/model/words";
import { MemoryClock } from "../support/memoryClock";
import { without } from "../support/without";
import { order, runCutover, settings } from "../support/memoryCutover";
import { MemoryDriver } from "../support/memoryDriver";
import { firstDeployment as earlier } from "../support/memoryPlatform";

function world() {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  return { clock, driver };
}

const interrupted: CutoverRecord = {
  ...without(earlier, "weights", "completion", "endedAt"),
  id: "20260201T000000000Z-000000",
  kind: "switch",
  from: "blue",
  to: "green",
  stages: [
    {
      stage: "PRODUCTION_TRAFFIC_SHIFT",
      startedAt: "2026-02-01T00:00:00.000Z",
      durationMs: 1,
      verdict: "pass",
      detail: "",
    },
  ],
};

describe("reconciling a cutover with what is live", () => {
  const drifted = { blue: 80, green: 20 };

  it("refuses a route that somebody else moved, and shows both values and the ways out", async () => {
    const { clock, driver } = world();
    driver.history = [earlier];
    driver.move(drifted);
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Aborted");
    expect(failure?.message).contain(
      "RECONCILE: the route was moved by somebody else: live is blue 80 % / green 20 %, the last record says " +
        "blue 100 % / green 0 %. Set activeSlot to the slot that serves, or rollout.onDrift to adopt",
    );
    expect(driver.live().weights).deep.equal(drifted);
    expect(driver.writes).deep.equal([]);
  });

  it("refuses it the second time too: a refusal is no agreement", async () => {
    const { clock, driver } = world();
    driver.history = [earlier];
    driver.move(drifted);
    await runCutover(driver, clock, order());
    clock.advance(1000);
    expect((await runCutover(driver, clock, order())).failure?.message).contain("moved by somebody else");
    expect(driver.live().weights).deep.equal(drifted);
  });

  it("starts from what is live when the config adopts it", async () => {
    const { clock, driver } = world();
    driver.history = [earlier];
    driver.move(drifted);
    const { record } = await runCutover(driver, clock, order({ settings: settings({ onDrift: "adopt" }) }));
    expect(record?.completion).equal("Promoted");
    expect(record?.stages[0]?.detail).contain("adopted live: blue 80 % / green 20 %");
  });

  it("takes all the traffic back to the old slot after it adopted a split route", async () => {
    const { clock, driver } = world();
    driver.history = [earlier];
    driver.move(drifted);
    driver.slots.green.errorPercent = 20;
    const { failure } = await runCutover(driver, clock, order({ settings: settings({ onDrift: "adopt" }) }));
    expect(failure?.completion).equal("RolledBack");
    expect(driver.live().weights).deep.equal(all("blue"));
  });

  it("closes the record of an interrupted cutover as Aborted, and does not take its weights for drift", async () => {
    const { clock, driver } = world();
    driver.history = [{ ...interrupted, written: [{ blue: 50, green: 50 }] }, earlier];
    driver.move({ blue: 50, green: 50 });
    const { record } = await runCutover(driver, clock, order());
    expect(record?.completion).equal("Promoted");
    expect(driver.history[1]).deep.include({
      completion: "Aborted",
      reason: "interrupted after PRODUCTION_TRAFFIC_SHIFT; then blue 50 % / green 50 % served",
      weights: { blue: 50, green: 50 },
    });
  });

  it("closes several interrupted records, and knows the traces of each", async () => {
    const { clock, driver } = world();
    const later = { ...interrupted, id: "20260202T000000000Z-000000", stages: [], written: [] };
    driver.history = [later, { ...interrupted, written: [{ blue: 50, green: 50 }] }, earlier];
    driver.move({ blue: 50, green: 50 });
    const { record } = await runCutover(driver, clock, order());
    expect(record?.completion).equal("Promoted");
    expect(driver.history.map((other) => other.completion)).deep.equal(["Promoted", "Aborted", "Aborted", "Promoted"]);
    expect(driver.history[1]?.reason).contain("interrupted before its first stage ended");
  });

  it("refuses drift that followed an interruption, each time", async () => {
    const { clock, driver } = world();
    driver.history = [{ ...interrupted, written: [{ blue: 50, green: 50 }] }, earlier];
    driver.move(drifted);
    for (const time of [1, 2]) {
      expect((await runCutover(driver, clock, order())).failure?.message, `time ${time}`).contain(
        "moved by somebody else",
      );
      clock.advance(1000);
    }
  });

  it("knows its own weights again after a failed cutover that could not read the route at its end", async () => {
    const { clock, driver } = world();
    const unread = without(earlier, "weights");
    driver.history = [
      { ...unread, id: "20260201T000000000Z-000000", completion: "Failed", written: [all("green"), all("blue")] },
      { ...earlier, weights: all("green") },
    ];
    expect((await runCutover(driver, clock, order())).record?.completion).equal("Promoted");
  });

  it("waits for an interrupted cutover's change to fall back", async () => {
    const { clock, driver } = world();
    driver.history = [{ ...interrupted, written: [all("green")] }, earlier];
    driver.move(all("green"));
    driver.live().transaction = { id: interrupted.id, expiresAt: clock.now() + 15_000, fallback: all("blue") };
    const { record, said } = await runCutover(driver, clock, order());
    expect(record?.completion).equal("Promoted");
    expect(record?.stages[0]).include({ detail: "live: blue 100 % / green 0 %, revision 4", durationMs: 15_000 });
    expect(said[0]).contain("waiting for it to end or fall back");
  });

  it("refuses while another cutover keeps renewing its change, and names it", async () => {
    const { clock, driver } = world();
    driver.move(all("green"));
    driver.live().transaction = { id: "theirs", expiresAt: clock.now() + 15_000, fallback: all("blue") };
    driver.onCall = (method) => {
      const open = driver.route?.transaction;
      if (method === "readRoute" && open !== undefined) open.expiresAt = clock.now() + 15_000;
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Aborted");
    expect(failure?.message).contain("cutover theirs is running; wait for it to end");
    expect(driver.writes).deep.equal([]);
  });

  it("leaves it at that when another cutover has given the wanted slot everything meanwhile", async () => {
    const { clock, driver } = world();
    driver.move(all("green"));
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.message).contain("green serves already: another cutover ended meanwhile");
    expect(driver.writes).deep.equal([]);
  });

  it("fails when there is no route", async () => {
    const { clock, driver } = world();
    driver.route = undefined;
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.message).contain("there is no live route");
  });
});

describe("a route that somebody else moves while a cutover runs", () => {
  it("stops it before its first write", async () => {
    const { clock, driver } = world();
    driver.onCall = (method, nth) => {
      if (method === "probeInstance" && nth === 1) driver.move({ blue: 60, green: 40 });
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Aborted");
    expect(failure?.message).contain("the route was moved by somebody else since this cutover began");
    expect(driver.writes).deep.equal([]);
  });

  it("is left alone when it moved between the last look and the first write", async () => {
    for (const theirs of [{ blue: 60, green: 40 }, all("green")]) {
      const { clock, driver } = world();
      driver.onCall = (method, nth) => {
        if (method === "writeRoute" && nth === 1) driver.move(theirs);
      };
      const { failure } = await runCutover(driver, clock, order());
      expect(failure?.completion).equal("Aborted");
      expect(failure?.record).deep.include({ written: [], weights: theirs });
      expect(driver.live().weights).deep.equal(theirs);
    }
  });

  it("ends it when the change is taken from it in the bake, and their route is left alone and told", async () => {
    const { clock, driver } = world();
    const theirs = { blue: 60, green: 40 };
    driver.onCall = (method, nth) => {
      if (method === "traffic" && nth === 2) driver.move(theirs);
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Failed");
    expect(failure?.message).contain("BAKE_TIME: the change is no longer open");
    expect(failure?.message).contain(
      "way back: the route was moved by somebody else: blue 60 % / green 40 %, and was left so",
    );
    expect(failure?.record.weights).deep.equal(theirs);
    expect(driver.live().weights).deep.equal(theirs);
  });

  it("counts as taken back when they moved it to the old slot", async () => {
    const { clock, driver } = world();
    driver.onCall = (method, nth) => {
      if (method === "traffic" && nth === 2) driver.move(all("blue"));
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(failure?.record.weights).deep.equal(all("blue"));
    expect(driver.writes.length).equal(1);
  });
});
