import { expect } from "chai";
import { monitor, type MonitorContext, type ObjectiveMeasurement } from "../../components/objectives/monitor";
import type { SampleContext, Source } from "../../components/objectives/source";
import type { Objective, Sample } from "../../components/model/objective";
import { MemoryClock } from "../support/memoryClock";
import { MemoryDriver } from "../support/memoryDriver";
import { objective } from "../support/objective";

type Behaviour = (context: SampleContext, nth: number) => Sample | Promise<Sample>;

const good: Behaviour = () => ({ value: 0, detail: "0" });
const bad: Behaviour = () => ({ value: 9, detail: "9" });
const missing: Behaviour = () => ({ missing: "no series" });
const never = () => new Promise<Sample>(() => undefined);
const refused: Behaviour = () => {
  throw new Error("connection refused");
};

/** Each objective's source is played by the behaviour that its pattern names. */
function watch(
  parts: Record<string, Behaviour | { behaves: Behaviour; changes: Partial<Objective>; prime?: () => Promise<void> }>,
  context: Partial<MonitorContext> = {},
) {
  const clock = new MemoryClock();
  const begun = clock.now();
  const objectives = Object.entries(parts).map(([name, part]) =>
    objective({
      name,
      source: { kind: "logs", pattern: name },
      ...(typeof part === "function" ? {} : part.changes),
    }),
  );
  const calls: string[] = [];
  const sourceOf: NonNullable<MonitorContext["sourceOf"]> = (settings) => {
    const name = settings.kind === "logs" ? settings.pattern : "";
    const part = parts[name];
    if (part === undefined) throw new Error(`no behaviour for ${name}`);
    let nth = 0;
    const source: Source = {
      async sample(given) {
        calls.push(`${name} ${given.slot} ${(clock.now() - begun) / 1000}`);
        nth += 1;
        return (typeof part === "function" ? part : part.behaves)(given, nth);
      },
    };
    return typeof part === "function" || part.prime === undefined ? source : { ...source, prime: part.prime };
  };
  const told: ObjectiveMeasurement[] = [];
  const watched = monitor(
    objectives,
    {
      slot: "green",
      release: "1.1.0-bbbbbbbbbbbb",
      version: "1.1.0",
      service: "shop",
      driver: new MemoryDriver(clock),
      secrets: () => undefined,
      baseline: { release: "1.0.0-aaaaaaaaaaaa", version: "1.0.0" },
      spanMs: 30_000,
      sourceOf,
      ...context,
    },
    clock,
    (measurement) => told.push(measurement),
  );
  const verdicts = (name: string) => told.filter((one) => one.objective === name).map((one) => one.verdict);
  const runFor = (ms: number) => clock.run(clock.sleep(ms).then(() => watched.stop()));
  return { runFor, clock, begun, calls, told, watched, verdicts, run: <T>(work: Promise<T>) => clock.run(work) };
}

describe("the monitor of objectives", () => {
  it("passes when every objective had as many good values as fit", async () => {
    const { watched, run, verdicts, calls, clock, begun } = watch({
      errors: good,
      lag: { behaves: good, changes: { intervalMs: 10_000 } },
    });
    await run(watched.done);
    expect(verdicts("errors")).deep.equal(Array(6).fill("pass"));
    expect(calls.filter((call) => call.startsWith("lag"))).deep.equal(["lag green 10", "lag green 20", "lag green 30"]);
    expect(clock.now() - begun).equal(30_000);
    expect(watched.breach()).equal(undefined);
    expect(watched.conclusion()).include({ verdict: "pass", detail: "" });
  });

  it("tells a breach at the measurement that is one too many, while the others go on", async () => {
    const turning: Behaviour = (context, nth) => (nth < 3 ? good : bad)(context, nth);
    const { watched, run, clock, begun, verdicts } = watch({
      errors: { behaves: turning, changes: { failureLimit: 1 } },
      lag: good,
    });
    await run(clock.sleep(19_999));
    expect(watched.breach()).equal(undefined);
    await run(clock.sleep(2));
    expect(watched.breach()).deep.include({ name: "errors", verdict: "fail" });
    expect(watched.breach()?.detail).contain("2 failed (limit 1): 9 (passes < 1)");
    await run(watched.done);
    expect(clock.now() - begun).equal(30_000);
    expect(verdicts("errors")).deep.equal(["pass", "pass", "fail", "fail"]);
    expect(watched.conclusion()).deep.include({ verdict: "fail" });
  });

  const breaches: [string, Behaviour, Partial<Objective>, string][] = [
    ["errors in a row", refused, { consecutiveErrorLimit: 2 }, "error"],
    ["readings that hang", never, { consecutiveErrorLimit: 2 }, "timeout"],
    ["an inconclusive value", bad, { pass: "< 1", fail: "> 10" }, "inconclusive"],
    ["no data, where that is a failure", missing, { noData: "fail" }, "fail"],
  ];
  for (const [what, behaves, changes, verdict] of breaches) {
    it(`takes ${what} for a breach`, async () => {
      const { watched, run } = watch({ errors: { behaves, changes } });
      await run(watched.done);
      expect(watched.breach()?.verdict).equal(verdict);
      expect(watched.conclusion().verdict).equal(verdict);
      await run(watched.stop());
    });
  }

  it("never takes a release back for what only warns or runs dry", async () => {
    const { watched, run } = watch({
      cpu: { behaves: bad, changes: { onBreach: "warn" } },
      trial: { behaves: refused, changes: { dryRun: true } },
      errors: good,
    });
    await run(watched.done);
    expect(watched.breach()).equal(undefined);
    const { verdict, warnings, objectives } = watched.conclusion();
    expect(verdict).equal("pass");
    expect(warnings.map(({ name, verdict: found }) => [name, found])).deep.equal([["cpu", "fail"]]);
    expect(objectives.map(({ name, verdict: found, effect }) => [name, found, effect])).deep.equal([
      ["cpu", "fail", "warn"],
      ["trial", "error", "none"],
      ["errors", "pass", "rollback"],
    ]);
  });

  it("is held up by no objective that hangs, and asks nothing twice at once", async () => {
    const { watched, runFor, calls, told, verdicts } = watch({
      stuck: { behaves: never, changes: { consecutiveErrorLimit: 99 } },
      errors: good,
    });
    await runFor(30_001);
    expect(calls.filter((call) => call.startsWith("stuck"))).deep.equal(["stuck green 5"]);
    expect(verdicts("stuck")).deep.equal(Array(6).fill("timeout"));
    expect(told.filter((one) => one.objective === "stuck").at(-1)?.detail).contain("still not come back");
    expect(verdicts("errors")).deep.equal(Array(6).fill("pass"));
    expect(watched.conclusion()).deep.include({ verdict: "timeout" });
  });

  it("skips the measurements that a slow one left no time for", async () => {
    const slow: Behaviour = async (context, nth) => {
      if (nth === 1) await context.clock.sleep(12_000);
      return { value: 0, detail: "0" };
    };
    const { runFor, calls } = watch({ errors: { behaves: slow, changes: { timeoutMs: 20_000 } } });
    await runFor(30_001);
    expect(calls.map((call) => call.split(" ").at(-1))).deep.equal(["5", "20", "25", "30"]);
  });

  it("begins after the initial delay", async () => {
    const { watched, run, calls } = watch({ errors: { behaves: good, changes: { initialDelayMs: 12_000 } } });
    await run(watched.done);
    expect(calls.map((call) => call.split(" ").at(-1))).deep.equal(["17", "22", "27"]);
  });

  it("ends early when the wanted number was measured", async () => {
    const { watched, run, calls } = watch({ errors: { behaves: good, changes: { count: 2 } } });
    await run(watched.done);
    expect(calls).length(2);
    expect(watched.conclusion().verdict).equal("pass");
  });

  it("holds for data, and is no pass when none came", async () => {
    const { watched, runFor, run, clock } = watch({ errors: missing, lag: good });
    await run(clock.sleep(30_001));
    expect(watched.holding()).deep.equal(["errors"]);
    expect(watched.breach()).equal(undefined);
    await runFor(60_000);
    expect(watched.conclusion()).include({ verdict: "inconclusive" });
    expect(watched.conclusion().detail).equal("errors: nothing is known of it: no series");
  });

  it("passes once the data that was held for came", async () => {
    const late: Behaviour = (context, nth) => (nth < 8 ? missing : good)(context, nth);
    const { watched, run, clock } = watch({ errors: late });
    await run(clock.sleep(30_001));
    expect(watched.holding()).deep.equal(["errors"]);
    await run(clock.sleep(10_000));
    expect(watched.holding()).deep.equal([]);
    await run(watched.stop());
    expect(watched.conclusion().verdict).equal("pass");
  });

  it("is inconclusive when it was stopped before anything was measured", async () => {
    const { watched, runFor } = watch({ errors: good });
    await runFor(1000);
    expect(watched.conclusion()).deep.include({ verdict: "inconclusive", detail: "errors: nothing is known of it" });
  });

  it("tells a source that hangs to stop, and does not wait for ever until it does", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const hang: Behaviour = ({ signal }) => {
      signals.push(signal);
      return never();
    };
    const { watched, run, clock, verdicts } = watch({ errors: hang });
    await run(clock.sleep(5500));
    await run(watched.stop());
    await run(watched.done);
    expect(signals.map((signal) => signal?.aborted)).deep.equal([true]);
    // A measurement that the stop cut off is none.
    expect(verdicts("errors")).deep.equal([]);
  });

  it("takes the first reading again when it failed, and says so when it fails for good", async () => {
    let tries = 0;
    const prime = () => ((tries += 1) === 1 ? Promise.reject(new Error("connection refused")) : Promise.resolve());
    const { watched, run, verdicts } = watch({ errors: { behaves: good, changes: {}, prime } });
    await run(watched.done);
    expect(verdicts("errors")).deep.equal(["inconclusive", ...Array<string>(5).fill("pass")]);
    expect(watched.conclusion().verdict).equal("pass");
    const dead = watch({
      errors: { behaves: good, changes: {}, prime: () => Promise.reject(new Error("connection refused")) },
    });
    await dead.run(dead.watched.done);
    expect(dead.watched.breach()).deep.include({ verdict: "error" });
    expect(dead.watched.breach()?.detail).contain("connection refused");
  });

  it("takes an objective whose measurement nobody could hear of for an error", async () => {
    const clock = new MemoryClock();
    const context = { slot: "green", release: "r", version: "1", service: "shop", secrets: () => undefined } as const;
    const driver = new MemoryDriver(clock);
    const watched = monitor([objective()], { ...context, driver, spanMs: 10_000 }, clock, () => {
      throw new Error("the record is full");
    });
    await clock.run(watched.done);
    expect(watched.breach()).deep.include({ verdict: "error", detail: "it could not be watched: the record is full" });
  });

  it("passes when there is nothing to watch", async () => {
    const { watched, run } = watch({});
    await run(watched.done);
    expect(watched.conclusion()).deep.equal({ verdict: "pass", detail: "", warnings: [], objectives: [] });
  });

  describe("comparing with the active slot", () => {
    const compare = {
      test: "mannWhitney",
      direction: "increase",
      effectSize: 0.25,
      confidence: 0.95,
      minSamples: 5,
    } as const;
    const by =
      (green: number, blue: number): Behaviour =>
      ({ slot }, nth) => ({
        value: (slot === "green" ? green : blue) + nth / 100,
        detail: "x",
      });
    const changes = { compare };

    it("asks for both slots, each with its own release, and fails what is worse", async () => {
      const seen = new Set<string>();
      const behaves: Behaviour = (context, nth) => {
        seen.add(`${context.slot} ${context.release} ${context.version}`);
        return by(20, 10)(context, nth);
      };
      const { watched, run, verdicts } = watch({ lag: { behaves, changes } });
      await run(watched.done);
      expect([...seen]).deep.equal(["green 1.1.0-bbbbbbbbbbbb 1.1.0", "blue 1.0.0-aaaaaaaaaaaa 1.0.0"]);
      expect(verdicts("lag")).deep.equal([...Array<string>(4).fill("inconclusive"), "fail"]);
      expect(watched.breach()?.detail).contain("of the active slot (+");
    });

    it("passes what is not worse", async () => {
      const { watched, run } = watch({ lag: { behaves: by(10, 10), changes } });
      await run(watched.done);
      expect(watched.conclusion().verdict).equal("pass");
    });

    it("is inconclusive with too few values", async () => {
      const { watched, run } = watch({ lag: { behaves: by(10, 10), changes } }, { spanMs: 20_000 });
      await run(watched.done);
      expect(watched.conclusion().verdict).equal("inconclusive");
      expect(watched.conclusion().detail).contain("4 of 5 values");
    });

    it("is judged by its conditions too, from the first value on", async () => {
      const { watched, run, verdicts } = watch({ lag: { behaves: by(10, 10), changes: { compare, pass: "< 1" } } });
      await run(watched.done);
      expect(verdicts("lag")).deep.equal(["fail"]);
    });

    it("has no data when the active slot has none", async () => {
      const behaves: Behaviour = ({ slot }) =>
        slot === "green" ? { value: 1, detail: "1" } : { missing: "no series" };
      const { watched, runFor } = watch({ lag: { behaves, changes } });
      await runFor(30_001);
      expect(watched.conclusion()).deep.include({ verdict: "inconclusive" });
      expect(watched.conclusion().detail).contain("blue: no series");
    });
  });
});
