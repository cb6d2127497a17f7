import { expect } from "chai";
import type { ResourceFigure, RouteFigure, Sample, SourceSettings } from "../../components/model/objective";
import type { Source } from "../../components/objectives/source";
import { sourceOf } from "../../components/objectives/sources/sourceOf";
import { MemoryClock } from "../support/memoryClock";
import { MemoryDriver } from "../support/memoryDriver";
import { refusal, sampleContext } from "../support/objective";

/** A source at work on the memory platform, with all traffic on green. */
function rig(settings: SourceSettings) {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  driver.move({ blue: 0, green: 100 });
  const source: Source = sourceOf(settings);
  const context = sampleContext({}, { clock, driver });
  return {
    clock,
    driver,
    green: driver.slots.green,
    prime: () => source.prime?.(context) ?? Promise.resolve(),
    sample: async (afterMs = 5000): Promise<Sample> => {
      clock.advance(afterMs);
      return source.sample(context);
    },
  };
}

const valueOf = (sample: Sample) => ("value" in sample ? sample.value : sample.missing);

describe("the route as a source", () => {
  const route = (figure: RouteFigure, minRequests = 1) => rig({ kind: "route", figure, minRequests });
  const rows: [RouteFigure, number, string][] = [
    ["requests", 500, "500 requests in 5 s"],
    ["requestsPerSecond", 100, "100 requests a second"],
    ["errorPercent", 10, "10 % of 500 requests failed"],
    ["p50", 55, "p50 55 ms of 500 requests"],
    ["p95", 95.5, "p95 96 ms of 500 requests"],
    ["p99", 99.1, "p99 99 ms of 500 requests"],
  ];
  for (const [figure, value, detail] of rows) {
    it(`gives ${figure} of the slot since the sample before`, async () => {
      const { green, prime, sample } = route(figure);
      green.errorPercent = 10;
      await prime();
      await sample();
      const found = await sample();
      expect(valueOf(found)).closeTo(value, 0.001);
      expect(found).include({ detail });
    });
  }

  it("gives no share and no latency of no requests, but counts them", async () => {
    for (const figure of ["errorPercent", "p95"] as const) {
      const { driver, prime, sample } = route(figure);
      driver.rate = 0;
      await prime();
      expect(valueOf(await sample())).contain("0 requests in 5 s reached green, 1 needed");
    }
    const { driver, prime, sample } = route("requests");
    driver.rate = 0;
    await prime();
    expect(valueOf(await sample())).equal(0);
  });

  it("gives no share of fewer requests than are wanted", async () => {
    const { prime, sample } = route("errorPercent", 501);
    await prime();
    expect(valueOf(await sample())).contain("501 needed");
  });

  it("gives a latency above every bound as one that meets no limit", async () => {
    const { green, prime, sample } = route("p95");
    green.latencySeconds = 30;
    await prime();
    expect(await sample()).deep.equal({ value: Infinity, detail: "p95 above 5 s of 500 requests" });
  });

  it("is of the slot that is judged, not of the other one", async () => {
    const { driver, prime, sample } = route("errorPercent");
    driver.slots.blue.errorPercent = 100;
    driver.move({ blue: 50, green: 50 });
    await prime();
    expect(valueOf(await sample())).equal(0);
  });
});

describe("resources as a source", () => {
  const resource = (figure: ResourceFigure, memoryLimitMiB?: number) =>
    rig({ kind: "resource", figure, ...(memoryLimitMiB === undefined ? {} : { memoryLimitMiB }) });

  it("gives the figure of the instance that is worst off", async () => {
    const { green, sample } = resource("cpuPercent");
    green.cpuPercent = 71.2;
    expect(await sample()).deep.equal({ value: 71.2, detail: "at most 71.2 % CPU (shop-green-0)" });
  });

  it("gives memory in percent of the limit, or of the machine's", async () => {
    const limited = resource("memoryPercent", 200);
    limited.green.memoryMiB = 150;
    expect(valueOf(await limited.sample())).equal(75);
    const whole = resource("memoryPercent");
    whole.green.memoryMiB = 1;
    expect(valueOf(await whole.sample()))
      .greaterThan(0)
      .lessThan(1);
  });

  it("counts restarts since the watch began", async () => {
    const { green, prime, sample } = resource("restarts");
    green.restarts = 3;
    await prime();
    expect(valueOf(await sample())).equal(0);
    green.restarts = 5;
    expect(valueOf(await sample())).equal(2);
  });

  it("takes a figure that is missing for an error", async () => {
    const { green, sample } = resource("memoryMiB");
    expect(await refusal(sample())).equal("memoryMiB of shop-green-0 is not known");
    green.running = 0;
    expect(await refusal(sample())).contain("(exited with code 1)");
  });

  it("has no data of a slot without instances", async () => {
    const { green, sample } = resource("restarts");
    green.replicas = 0;
    expect(valueOf(await sample())).equal("green has no instance");
  });

  it("refuses to judge another release", async () => {
    const { green, sample } = resource("restarts");
    green.release = "2.0.0-cccccccccccc";
    expect(await refusal(sample())).equal(
      "green runs release 2.0.0-cccccccccccc, not 1.1.0-bbbbbbbbbbbb, which is the one to judge",
    );
  });
});

describe("logs as a source", () => {
  const logs = (pattern: string) => rig({ kind: "logs", pattern });

  it("counts the lines that match since the sample before, each once", async () => {
    const { green, clock, prime, sample } = logs("ERROR|panic");
    const line = (text: string) => green.logs.push({ at: clock.now(), instance: "shop-green-0", text });
    line("ERROR before the watch");
    clock.advance(1);
    await prime();
    line("ERROR one");
    line("all is well");
    expect(await sample()).deep.equal({
      value: 1,
      detail: "1 of 2 lines match /ERROR|panic/; shop-green-0: ERROR one",
    });
    expect(valueOf(await sample())).equal(0);
    line("panic: two");
    line("panic: three");
    expect(valueOf(await sample())).equal(2);
  });

  it("counts what a sample that failed did not see", async () => {
    const { green, clock, driver, prime, sample } = logs("ERROR");
    await prime();
    green.logs.push({ at: clock.now(), instance: "shop-green-0", text: "ERROR one" });
    driver.fault = (method) => (method === "logs" ? "before" : undefined);
    expect(await refusal(sample())).contain("logs failed");
    driver.fault = () => undefined;
    expect(valueOf(await sample())).equal(1);
  });

  it("has no data of a slot without instances", async () => {
    const { green, prime, sample } = logs("ERROR");
    green.replicas = 0;
    await prime();
    expect(valueOf(await sample())).contain("green has no instance");
  });
});
