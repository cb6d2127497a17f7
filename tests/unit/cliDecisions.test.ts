import { expect } from "chai";
import { Failure } from "../../cli/failure";
import { goesPastContract } from "../../cli/pastContract";
import { decideOn, type DecideResult } from "../../cli/verbs/decide";
import type { Action } from "../../components/approval/decision";
import type { CutoverRecord, StageRecord } from "../../components/model/record";
import { STAGES, type Stage } from "../../components/model/words";
import { load, configWith } from "../support/configs";
import { MemoryClock } from "../support/memoryClock";
import { settings } from "../support/memoryCutover";
import { MemoryDriver } from "../support/memoryDriver";

const BY = "ann@desk";

describe("deciding about a cutover", () => {
  let clock: MemoryClock;
  let driver: MemoryDriver;
  let running: CutoverRecord;
  let asks: Stage[] | undefined;

  beforeEach(() => {
    clock = new MemoryClock();
    driver = new MemoryDriver(clock);
    asks = ["PRE_PRODUCTION_TRAFFIC_SHIFT"];
    running = {
      id: "20260102-r2",
      service: "shop",
      stack: "dev",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: driver.slots.blue.release,
      toRelease: driver.slots.green.release,
      startedAt: new Date(clock.now()).toISOString(),
      stages: [],
      written: [],
      who: "ci",
    };
  });

  /** The stages before this one have passed. */
  function at(stage: Stage): void {
    const startedAt = new Date(clock.now()).toISOString();
    const passed = STAGES.slice(0, STAGES.indexOf(stage));
    const ended: Omit<StageRecord, "stage"> = { startedAt, durationMs: 0, verdict: "pass", detail: "" };
    running.stages = passed.map((each) => ({ stage: each, ...ended }));
    if (STAGES.indexOf(stage) > STAGES.indexOf("PRODUCTION_TRAFFIC_SHIFT")) running.written = [{ blue: 0, green: 100 }];
  }

  async function decide(action: Action, given: { cutover?: string; reason?: string } = {}): Promise<DecideResult> {
    driver.history = [running];
    const approval = {
      required: true,
      timeoutMs: 60_000,
      onTimeout: "rollback",
      wait: true,
      stages: asks ?? [],
    } as const;
    const opened = {
      driver,
      settings: settings(asks === undefined ? {} : { approval: { ...approval, stages: asks } }),
    };
    return decideOn(opened, action, { by: BY, ...given }, clock.now());
  }

  async function refused(action: Action, given: { cutover?: string } = {}): Promise<Failure> {
    const failure: unknown = await decide(action, given).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(failure instanceof Failure)) throw new Error(`${action} was not refused`);
    expect(driver.decided).to.deep.equal([]);
    return failure;
  }

  it("writes down who decided what, when and why, for the one that is running", async () => {
    at("PRE_PRODUCTION_TRAFFIC_SHIFT");
    const decision = { action: "approve", by: BY, at: new Date(clock.now()).toISOString(), reason: "looks well" };
    expect(await decide("approve", { reason: "looks well" })).to.deep.equal({
      cutover: running.id,
      stage: "PRE_PRODUCTION_TRAFFIC_SHIFT",
      decision,
      next: "PRE_PRODUCTION_TRAFFIC_SHIFT goes on",
    });
    expect(driver.decided).to.deep.equal([decision]);
  });

  it("finds the one that is running behind one that was refused beside it", async () => {
    at("BAKE_TIME");
    const beside = { ...running, id: "20260103-r3", completion: "Aborted" } as const;
    driver.history = [beside, running];
    const { cutover } = await decideOn({ driver, settings: settings() }, "abort", { by: BY }, clock.now());
    expect(cutover).to.equal(running.id);
  });

  it("refuses when none is running, and when the one that is named has ended", async () => {
    running.completion = "Promoted";
    expect(await refused("approve")).to.include({ kind: "refused" });
    expect((await refused("abort")).message).to.match(/No cutover is running.*20260102-r2, ended with Promoted/);
    expect((await refused("abort", { cutover: running.id })).message).to.match(/ended with Promoted/);
  });

  it("calls an id that does not exist a wrong command line", async () => {
    const { kind, message } = await refused("approve", { cutover: "../x" });
    expect(kind).to.equal("usage");
    expect(message).to.match(/no cutover \.\.\/x.*running is 20260102-r2/);
  });

  for (const action of ["approve", "reject", "abort", "promote"] as const) {
    it(`refuses to ${action} what goes its way whatever is decided`, async () => {
      running.kind = "rollback";
      expect((await refused(action)).message).to.match(/rollback to green, which asks nobody/);
      running.kind = "initial";
      expect((await refused(action)).message).to.match(/first deployment/);
      running.kind = "switch";
      at("CLEAN_UP");
      expect((await refused(action)).message).to.match(/past its bake and green serves.*bluegreen rollback/);
      const failed = { startedAt: running.startedAt, durationMs: 0, verdict: "fail", detail: "" } as const;
      running.stages = [{ stage: "BAKE_TIME", ...failed }];
      expect((await refused(action)).message).to.match(/taking the traffic back to blue/);
      running.stages = [{ stage: "POST_SCALE_UP", ...failed }];
      expect((await refused(action)).message).to.match(/blue goes on serving/);
    });
  }

  const outlooks: [string, Action, Stage, Stage[] | undefined, RegExp][] = [
    ["an approval in good time", "approve", "POST_TEST_TRAFFIC_SHIFT", undefined, /comes next, is approved/],
    ["an approval too early", "approve", "POST_SCALE_UP", undefined, /too early to count: approve again/],
    ["an approval nobody asked for", "approve", "BAKE_TIME", undefined, /asks for no approval from there on/],
    ["a rejection", "reject", "PRE_PRODUCTION_TRAFFIC_SHIFT", undefined, /does not pass.*stays with blue/],
    ["a rejection of what comes later", "reject", "RECONCILE", undefined, /ends when it reaches PRE_PRODUCTION/],
    ["a rejection in the bake", "reject", "BAKE_TIME", ["BAKE_TIME"], /taken back to blue/],
    ["a rejection nobody asked for", "reject", "BAKE_TIME", undefined, /it goes on; `bluegreen abort` ends it/],
    ["an abort before the shift", "abort", "POST_SCALE_UP", undefined, /has not moved and stays with blue/],
    ["an abort in the bake", "abort", "BAKE_TIME", undefined, /taken back to blue/],
    ["a promotion", "promote", "BAKE_TIME", undefined, /what is left to watch is skipped/],
  ];
  for (const [what, action, stage, stages, next] of outlooks) {
    it(`says what comes of ${what}`, async () => {
      asks = stages ?? asks;
      at(stage);
      expect((await decide(action)).next).to.match(next);
    });
  }

  it("says that a yes comes to nothing after a no", async () => {
    at("PRE_PRODUCTION_TRAFFIC_SHIFT");
    await decide("reject");
    expect((await decide("approve")).next).to.match(/nothing: ann@desk has said reject/);
    expect((await decide("promote")).next).to.match(/nothing: ann@desk has said reject/);
  });

  it("takes an abort although what was decided before cannot be read, and no approval", async () => {
    at("BAKE_TIME");
    Object.assign(driver.decisions, { read: () => Promise.reject(new Error("the decision x cannot be read")) });
    await decide("approve").then(
      () => expect.fail("it was taken"),
      (error: unknown) => expect(String(error)).to.match(/cannot be read/),
    );
    await decide("abort");
    expect(driver.decided.map(({ action }) => action)).to.deep.equal(["abort"]);
  });
});

describe("going back past a contract migration", () => {
  const pinned = { "blue.digest": "sha256:0" };

  function opened(pastContract = false) {
    const driver = new MemoryDriver(new MemoryClock());
    const more = pastContract ? { pastContract: true as const } : {};
    return { driver, settings: settings(more), config: load(configWith()) };
  }

  /** Blue's release has served; green's came with the contract step. */
  function history({ driver }: { driver: MemoryDriver }): CutoverRecord {
    const { blue, green } = driver.slots;
    return {
      id: "r1",
      service: "shop",
      stack: "dev",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: blue.release,
      toRelease: green.release,
      startedAt: "2026-01-01T00:00:00.000Z",
      stages: [],
      written: [],
      completion: "Promoted",
      who: "somebody",
      hooks: [
        {
          name: "drop",
          stage: "CLEAN_UP",
          verdict: "pass",
          detail: "",
          startedAt: "2026-01-01T00:00:00.000Z",
          durationMs: 1,
          attempts: 1,
          migration: { id: "m7", class: "contract" },
        },
      ],
    };
  }

  it("is refused, with the step and the flag", async () => {
    const stack = opened();
    const now = { slot: "green" as const, records: [history(stack)] };
    const failure: unknown = await goesPastContract(stack, now, "blue", { pinned, allowed: false }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Failure).and.to.include({ kind: "refused" });
    expect((failure as Failure).message).to.match(/contract step m7.*1\.1\.0-b+ goes on serving.*\n.*--past-contract/);
  });

  it("is done when that was said, or when the config allows it", async () => {
    const stack = opened();
    const now = { slot: "green" as const, records: [history(stack)] };
    expect(await goesPastContract(stack, now, "blue", { pinned, allowed: true })).to.equal(true);
    expect(await goesPastContract(opened(true), now, "blue", { pinned, allowed: false })).to.equal(false);
  });

  it("is nothing special without such a step", async () => {
    const stack = opened();
    const now = { slot: "green" as const, records: [{ ...history(stack), hooks: [] }] };
    expect(await goesPastContract(stack, now, "blue", { pinned, allowed: false })).to.equal(false);
  });
});
