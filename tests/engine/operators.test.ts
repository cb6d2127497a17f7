import { expect } from "chai";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually";
import { hasPassed } from "../support/killedUp";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack, type RunResult } from "../support/stack";
import { underLoad } from "../support/underLoad";

/** A bake that lasts until there is traffic, more than a stray request: a test decides when it ends. */
const UNTIL_TRAFFIC = {
  duration: "300ms",
  interval: "300ms",
  failureLimit: 0,
  minRequests: 10,
  noTraffic: "hold",
  holdLimit: "150s",
} as const;

describe("two operators at once", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  async function startedUntilBake(): Promise<{ ended: Promise<RunResult> }> {
    let early: string | undefined;
    const ended = stack.up();
    void ended.then(({ stdout, stderr }) => (early = `the update ended before it:\n${stdout}\n${stderr}`));
    const reached = () => hasPassed(stack, "POST_PRODUCTION_TRAFFIC_SHIFT");
    await eventually("the bake", reached, { deadlineMs: 90_000, stop: () => early });
    return { ended };
  }

  it("with one state: the second is told of the lock, and the first switches as if it were alone", async () => {
    const { to, version } = await prepareSwitch(stack, {}, { bake: UNTIL_TRAFFIC });
    const first = await startedUntilBake();
    const before = await stack.route();
    const second = await stack.up();
    expect(second.ok).to.equal(false);
    expect(second.error).to.contain("locked");
    expect(await stack.route()).to.include({ revision: before.revision });
    const { result, load } = await underLoad(stack, () => first.ended);
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    await expectServes(stack, to, version);
  });

  it("with a state each: the second waits and is told of the first's open change, which its end shows to be harmless", async () => {
    // The release turns out to be bad, so that the first is taken back while the second has left its record.
    const { from, to } = await prepareSwitch(
      stack,
      { environment: { FAIL_PERCENT: "100" } },
      { rollout: { confirm: "2s" }, bake: UNTIL_TRAFFIC },
    );
    const other = join(stack.dir, "other-state");
    mkdirSync(other);
    const env = { PULUMI_BACKEND_URL: `file://${other}` };
    const made = await stack.pulumi(["stack", "init", stack.stack], { env });
    expect(made.code, made.stderr).to.equal(0);

    const first = await startedUntilBake();
    const before = await stack.route();
    const second = await stack.up({ env });
    expect(second.ok).to.equal(false);
    expect(second.error).to.match(/cutover \S+ is running; wait for it to end/);
    expect(await stack.route()).to.include({ revision: before.revision });
    const { result, load } = await underLoad(stack, () => first.ended);
    expect(result.error).to.contain("was taken back");
    // All that failed is what the bad release itself answered.
    expect(Object.keys(load.failures)).to.deep.equal(["status 500"]);
    expect(load.failed).to.be.at.most(load.bySlot[to] ?? 0);
    await expectServes(stack, from);

    const good = await prepareSwitch(stack);
    const next = await underLoad(stack, () => stack.up());
    expect(next.result.error).to.equal(undefined);
    expect(next.load.failed).to.equal(0);
    await expectServes(stack, to, good.version);
  });
});
