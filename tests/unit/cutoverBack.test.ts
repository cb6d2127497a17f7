import { expect } from "chai";
import { all } from "../../components/model/words";
import { MemoryClock } from "../support/memoryClock";
import { order, runCutover, settings } from "../support/memoryCutover";
import { MemoryDriver, type Method } from "../support/memoryDriver";

function world() {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  return { clock, driver };
}

describe("a cutover that does not pass its gate", () => {
  it("leaves the traffic when an instance is not ready, and names it, its answer and what serves", async () => {
    const { clock, driver } = world();
    driver.slots.green.running = 1;
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Aborted");
    expect(failure?.message).contain("POST_SCALE_UP: readiness: 1 of 2 instances ready after 30 s");
    expect(failure?.message).contain("shop-green-1: exited with code 1");
    expect(failure?.message).contain("Traffic did not move: now blue 100 % / green 0 % serves.");
    expect(driver.writes).deep.equal([]);
  });

  it("leaves the traffic when a smoke request fails", async () => {
    const { clock, driver } = world();
    const gate = { ...settings().gate, smoke: settings().gate.smoke.map((test) => ({ ...test, contains: "welcome" })) };
    const { failure } = await runCutover(driver, clock, order({ settings: settings({ gate }) }));
    expect(failure?.message).contain(
      'POST_TEST_TRAFFIC_SHIFT: smoke home: shop-green-0: GET http://127.0.0.1:50060/ → body without "welcome"',
    );
    expect(driver.writes).deep.equal([]);
  });

  it("asks for as many instances as the live slot has now", async () => {
    const { clock, driver } = world();
    driver.slots.blue.replicas = driver.slots.blue.running = 3;
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.message).contain("2 instances exist, 3 are needed");
  });

  it("looks once more before the first write", async () => {
    const { clock, driver } = world();
    const at = new Date(clock.now()).toISOString();
    const evidence = {
      slot: "green",
      release: order().toRelease.id,
      at,
      until: "2030-01-01",
      verdict: "pass",
    } as const;
    driver.onCall = (method) => {
      if (method === "saveRecord" && driver.history[0]?.stages.length === 2) driver.slots.green.release = "other";
    };
    const { failure } = await runCutover(driver, clock, order({ evidence }));
    expect(failure?.message).contain("PRE_PRODUCTION_TRAFFIC_SHIFT: green runs release other, not 1.1.0-bbbbbbbbbbbb");
    expect(driver.writes).deep.equal([]);
  });

  it("moves nothing when the history cannot be written at all", async () => {
    const { clock, driver } = world();
    driver.fault = (method) => (method === "saveRecord" ? "before" : undefined);
    const { error } = await runCutover(driver, clock, order());
    expect(error?.message).contain("the history cannot be written: saveRecord failed.\nTraffic did not move.");
    expect(driver.writes).deep.equal([]);
  });

  it("moves nothing when the journal fails just before the first write", async () => {
    const { clock, driver } = world();
    driver.fault = (method) =>
      method === "saveRecord" && driver.history[0]?.stages.length === 4 ? "before" : undefined;
    const { failure } = await runCutover(driver, clock, order());
    expect(failure).include({ completion: "Aborted" });
    expect(driver.writes).deep.equal([]);
  });
});

describe("the way back", () => {
  it("is taken when the public address never shows the new slot", async () => {
    const { clock, driver } = world();
    driver.propagationMs = Infinity;
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(failure?.message).contain(
      "POST_PRODUCTION_TRAFFIC_SHIFT: 0 of 10 answers in a row came from green after 20 s",
    );
    expect(driver.live())
      .deep.include({ weights: all("blue") })
      .and.not.have.property("transaction");
  });

  it("is taken on a breach in the bake; the error tells the cause, what serves and what to do", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(failure?.message).equal(
      "shop: blue → green (release 1.1.0-bbbbbbbbbbbb) was taken back.\n" +
        "BAKE_TIME: errors: 20.00 % of 500 requests failed (limit 1 %)\n" +
        "Now blue 100 % / green 0 % serves, release 1.0.0-aaaaaaaaaaaa. " +
        "Fix 1.1.0-bbbbbbbbbbbb and run `pulumi up` again, or set activeSlot back to blue.",
    );
    expect(failure?.record).deep.include({ weights: all("blue"), written: [all("green"), all("blue")] });
    expect(driver.live())
      .deep.include({ weights: all("blue") })
      .and.not.have.property("transaction");
  });

  it("is taken for each other objective: latency, restarts, capacity", async () => {
    const breaks: [string, (driver: MemoryDriver) => void][] = [
      ["latency: p95 975 ms (limit 500 ms)", ({ slots }) => (slots.green.latencySeconds = 0.7)],
      ["latency: p95 above 5 s", ({ slots }) => (slots.green.latencySeconds = 60)],
      ["restarts: 6 restarts in the bake (limit 0)", ({ slots }) => (slots.green.restarts = 3)],
      ["capacity: 1 instances are not running", ({ slots }) => (slots.green.running = 1)],
    ];
    for (const [says, breakIt] of breaks) {
      const { clock, driver } = world();
      // Traffic counted before a change of latency would hide what all later requests have.
      const [when, nthCall] = says.startsWith("latency") ? (["probePublic", 1] as const) : (["traffic", 2] as const);
      driver.onCall = (method, nth) => {
        if (method === when && nth === nthCall) breakIt(driver);
      };
      const { failure } = await runCutover(driver, clock, order());
      expect(failure?.completion, says).equal("RolledBack");
      expect(failure?.message).contain(`BAKE_TIME: ${says}`);
    }
  });

  it("is not taken for a breach within the failure limit", async () => {
    const { clock, driver } = world();
    driver.onCall = (method, nth) => {
      if (method === "traffic") driver.slots.green.errorPercent = nth === 3 ? 50 : 0;
    };
    expect((await runCutover(driver, clock, order())).record?.completion).equal("Promoted");
  });

  it("is taken when the counters cannot be read", async () => {
    const { clock, driver } = world();
    driver.fault = (method) => (method === "traffic" ? "before" : undefined);
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(failure?.message).contain("BAKE_TIME: capacity: traffic failed");
  });

  it("is not taken when the counters cannot be read once", async () => {
    for (const missing of [1, 2]) {
      const { clock, driver } = world();
      driver.fault = (method, nth) => (method === "traffic" && nth === missing ? "before" : undefined);
      expect((await runCutover(driver, clock, order())).record?.completion, `call ${missing}`).equal("Promoted");
    }
  });

  it("is taken at a canary step whose every measurement is a breach, however few there are", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    const bake = { ...settings().bake, failureLimit: 5 };
    const wanted = order({ settings: settings({ steps: [10, 100], bake }) });
    const { failure } = await runCutover(driver, clock, wanted);
    expect(failure?.message).contain("PRODUCTION_TRAFFIC_SHIFT: at blue 90 % / green 10 %: errors: 20.00 %");
    expect(failure?.record.written).deep.equal([{ blue: 90, green: 10 }, all("blue")]);
  });

  it("is taken when no traffic is seen: at once with `fail`, after the limit with `hold`, never with `pass`", async () => {
    const bakes = [
      { noTraffic: "fail", completion: "RolledBack", durationMs: 30_000 },
      { noTraffic: "hold", completion: "RolledBack", durationMs: 60_000 },
      { noTraffic: "pass", completion: "Promoted", durationMs: 30_000 },
    ] as const;
    for (const { noTraffic, completion, durationMs } of bakes) {
      const { clock, driver } = world();
      driver.rate = 0;
      const wanted = order({ settings: settings({ bake: { ...settings().bake, noTraffic } }) });
      const { record } = await runCutover(driver, clock, wanted);
      expect(record?.completion, noTraffic).equal(completion);
      expect(record?.stages.find((stage) => stage.stage === "BAKE_TIME")).include({ durationMs });
    }
  });

  it("needs neither the history, the metrics nor the new slot", async () => {
    const { clock, driver } = world();
    const unneeded: Method[] = ["saveRecord", "records", "traffic", "drain", "switchTimes", "probeInstance", "logs"];
    driver.slots.green.errorPercent = 20;
    driver.fault = (method) => (driver.times("traffic") >= 3 && unneeded.includes(method) ? "before" : undefined);
    const { failure, said } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("RolledBack");
    expect(driver.live().weights).deep.equal(all("blue"));
    expect(said.join("\n")).contain("the journal could not be written: saveRecord failed");
  });

  it("does not drain the new slot before the public address has left it", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    driver.onCall = (method) => {
      if (method === "writeRoute" && driver.writes.length === 1) driver.propagationMs = Infinity;
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Failed");
    expect(driver.times("drain")).equal(0);
    expect(failure?.message).contain("and so did the way back");
    expect(failure?.message).contain("Now blue 100 % / green 0 % serves");
  });

  it("insists when the route refuses for a moment", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    driver.fault = (method, nth) => (method === "writeRoute" && nth > 1 && nth < 5 ? "before" : undefined);
    expect((await runCutover(driver, clock, order())).failure?.completion).equal("RolledBack");
    expect(driver.live().weights).deep.equal(all("blue"));
  });

  it("waits for the route to fall back by itself when it cannot be written, and tells what then serves", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    driver.fault = (method, nth) => (method === "writeRoute" && nth > 1 ? "before" : undefined);
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Failed");
    expect(failure?.record.weights).deep.equal(all("blue"));
    expect(driver.live())
      .deep.include({ weights: all("blue") })
      .and.not.have.property("transaction");
  });

  it("does not lead to an old slot without a running instance: the new slot keeps all, for good", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    driver.onCall = (method) => {
      if (method === "traffic") driver.slots.blue.running = 0;
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.completion).equal("Failed");
    expect(failure?.message).contain("blue has no running instance, so green serves");
    expect(failure?.message).contain("Now blue 0 % / green 100 % serves");
    clock.advance(3_600_000);
    expect(driver.live().weights).deep.equal(all("green"));
  });

  it("gives the new slot everything when the old slot died at a canary step", async () => {
    const { clock, driver } = world();
    driver.slots.green.errorPercent = 20;
    driver.onCall = (method) => {
      if (method === "traffic") driver.slots.blue.running = 0;
    };
    const { failure } = await runCutover(driver, clock, order({ settings: settings({ steps: [5, 100] }) }));
    expect(failure?.completion).equal("Failed");
    clock.advance(3_600_000);
    expect(driver.live().weights).deep.equal(all("green"));
  });

  it("writes nothing when no slot has a running instance", async () => {
    const { clock, driver } = world();
    driver.onCall = (method) => {
      if (method === "traffic") driver.slots.blue.running = driver.slots.green.running = 0;
    };
    const { failure } = await runCutover(driver, clock, order());
    expect(failure?.message).contain("neither blue nor green has a running instance");
    expect(driver.writes.length).equal(1);
  });
});
