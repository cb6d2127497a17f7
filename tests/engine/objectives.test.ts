import { expect } from "chai";
import type { ObjectiveInput } from "../../components/objectives/schema";
import { sameWeights, all, SLOTS, type Slot } from "../../components/model/words";
import { eventually } from "../support/eventually";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import {
  findPrometheus,
  NO_PROMETHEUS,
  startExporter,
  startPrometheus,
  type RunningPrometheus,
} from "../support/prometheus";
import { expectServes } from "../support/serves";
import { skip } from "../support/skip";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

/** Long: only a breach ends it in time. */
const LONG_BAKE = { duration: "150s", interval: "1s" };
const INTERVAL_MS = 500;
const FAILURE_LIMIT = 1;
const NAME = "app errors";

describe("objectives of the config on the real engine, with a Prometheus", () => {
  let stack: TestStack;
  let program: string;
  let exporter: Awaited<ReturnType<typeof startExporter>>;
  let prometheus: RunningPrometheus;
  /** What the application measures of each slot, in percent; undefined: nothing. */
  const errors: Record<Slot, number | undefined> = { blue: 0, green: 0 };
  let scraped: (at: number) => void = () => undefined;

  before(async function () {
    const found = findPrometheus();
    if (found === undefined) return skip(this, NO_PROMETHEUS);
    program = found;
    exporter = await startExporter(() => {
      scraped(Date.now());
      const series = SLOTS.filter((slot) => errors[slot] !== undefined);
      return series.map((slot) => `app_error_percent{slot="${slot}"} ${String(errors[slot])}\n`).join("");
    });
    prometheus = await startPrometheus(program, { targets: [exporter.target] });
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  beforeEach(async () => {
    await measured({ blue: 0, green: 0 });
  });
  // Each is there only when `before` came that far.
  after(async () => {
    await (stack as TestStack | undefined)?.dispose();
    await (prometheus as RunningPrometheus | undefined)?.stop();
    await (exporter as typeof exporter | undefined)?.close();
  });

  function watch(objective: Partial<ObjectiveInput> = {}, server = prometheus): void {
    const asked: ObjectiveInput = {
      name: NAME,
      prometheus: { url: server.url, query: 'app_error_percent{slot="{{slot}}"}' },
      pass: "<= 1",
      interval: `${INTERVAL_MS}ms`,
      timeout: "1s",
      failureLimit: FAILURE_LIMIT,
      when: ["bake"],
      ...objective,
    };
    stack.setConfig("objectives", [asked]);
  }

  /** Sets what the application measures, and waits until Prometheus knows it. */
  async function measured(values: typeof errors): Promise<void> {
    Object.assign(errors, values);
    for (const slot of SLOTS) {
      const wanted = values[slot] === undefined ? undefined : String(values[slot]);
      const query = `app_error_percent{slot="${slot}"}`;
      await eventually(`Prometheus knows of ${slot}`, async () => (await prometheus.ask(query)) === wanted);
    }
  }

  /** Waits until the new slot has all the traffic and is watched. */
  function inBake({ to, version }: { to: Slot; version: string }): Promise<unknown> {
    return eventually("the bake begins", async () => {
      const [record] = await stack.records();
      const passed = record?.stages.at(-1)?.stage === "POST_PRODUCTION_TRAFFIC_SHIFT";
      return passed && record.to === to && record.toRelease.startsWith(`${version}-`);
    });
  }

  it("take a switch back by themselves when they are breached in the bake", async () => {
    const made = await prepareSwitch(stack, {}, { bake: LONG_BAKE });
    const { from, to } = made;
    watch();
    const { result, load } = await underLoad(stack, async () => {
      const update = stack.up();
      await Promise.race([inBake(made), update]);
      const firstBad = new Promise<number>((seen) => (scraped = seen));
      errors[to] = 50;
      const begun = await firstBad;
      await eventually("the old slot serves all", async () => sameWeights((await stack.route()).weights, all(from)));
      const tookMs = Date.now() - begun;
      const wantedMs = INTERVAL_MS * (FAILURE_LIMIT + 1) + 5000;
      console.log(`        ${tookMs} ms from the first bad sample to the old slot serving all (goal ${wantedMs} ms)`);
      return update;
    });
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("was taken back");
    expect(result.error).to.match(/BAKE_TIME: app errors: 2 failed \(limit 1\)/);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from, to);
    await expectServes(stack, from);
    const [record] = await stack.records();
    expect(record).to.include({ completion: "RolledBack", from, to });
    expect(record?.objectives?.map(({ name, verdict }) => ({ name, verdict }))).to.deep.equal([
      { name: NAME, verdict: "fail" },
    ]);
  });

  it("take a switch back when Prometheus is gone in the bake, for which it is not needed", async () => {
    const made = await prepareSwitch(stack, {}, { bake: LONG_BAKE });
    const own = await startPrometheus(program, { targets: [exporter.target] });
    try {
      watch({ noData: "hold", consecutiveErrorLimit: 2 }, own);
      const { result, load } = await underLoad(stack, async () => {
        const update = stack.up();
        await Promise.race([inBake(made), update]);
        await own.stop();
        return update;
      });
      expect(result.ok).to.equal(false);
      expect(result.error).to.match(/BAKE_TIME: app errors: 3 errors in a row \(limit 2\)/);
      expect(load.failed).to.equal(0);
    } finally {
      await own.stop();
    }
    expect((await stack.records())[0]).to.include({ completion: "RolledBack", from: made.from, to: made.to });
    await expectServes(stack, made.from);
  });

  it("do not pass without data: it is waited for, and then the switch is taken back", async () => {
    const { from, to } = await prepareSwitch(stack, {}, { bake: { duration: "2s", holdLimit: "3s" } });
    await measured({ blue: 0, green: 0, [to]: undefined });
    watch({ noData: "hold", failureLimit: 0 });
    const result = await stack.up();
    expect(result.ok).to.equal(false);
    expect(result.error).to.match(/BAKE_TIME: app errors: nothing is known of it: no series/);
    expect((await stack.records())[0]).to.include({ completion: "RolledBack", from, to });
    await expectServes(stack, from);
  });

  it("keep the traffic where it is when they fail in the gate", async () => {
    const { from, to } = await prepareSwitch(stack, {}, { gate: { deadline: "20s" } });
    await measured({ blue: 0, green: 0, [to]: 50 });
    watch({ when: ["gate"], failureLimit: 0 });
    const before = (await stack.records()).length;
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("objective app errors");
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from);
    expect(await stack.records()).to.have.length(before);
    await expectServes(stack, from);
  });

  it("let the switch pass when they only warn, and are in its record", async () => {
    const { to, version } = await prepareSwitch(stack, {}, { bake: { duration: "2s" } });
    await measured({ blue: 0, green: 0, [to]: 50 });
    watch({ onBreach: "warn" });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(result.stdout).to.contain(`warning: ${NAME}`);
    expect(load.failed).to.equal(0);
    await expectServes(stack, to, version);
    const [record] = await stack.records();
    expect(record).to.include({ completion: "Promoted", to });
    expect(record?.objectives).to.have.length(1);
    expect(record?.objectives?.[0]).to.include({ name: NAME, verdict: "fail" });
  });
});
