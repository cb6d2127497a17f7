import { expect } from "chai";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { someLoad, underLoad } from "../support/underLoad";

/** Long: only a breach ends it in time. */
const BAKE = { duration: "150s", interval: "300ms", failureLimit: 1 };

describe("the bake on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  it("takes a switch to a slow release back by itself, and nothing is left to do once the config says so too", async () => {
    const { from, to } = await prepareSwitch(
      stack,
      { environment: { SLOW_MS: "1500" } },
      { bake: { ...BAKE, maxP95: "1s" } },
    );
    const { result, load } = await underLoad(stack, () => stack.up(), { ratePerSecond: 20 });
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("was taken back");
    expect(result.error).to.match(/BAKE_TIME: latency: p95 .* \(limit 1 s\)/);
    expect(result.error).to.contain(`${from} 100 %`);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from, to);
    await expectServes(stack, from);
    const [record] = await stack.records();
    expect(record).to.include({ completion: "RolledBack", from, to });

    stack.setConfig("activeSlot", from);
    const next = await underLoad(stack, () => stack.up());
    expect(next.result.error).to.equal(undefined);
    expect(next.result.stdout).not.to.contain("RECONCILE");
    expect(next.load.failed).to.equal(0);
    expect((await stack.records())[0]?.id).to.equal(record?.id);
    await expectServes(stack, from);
  });

  it("takes a switch to a release that answers with errors back by itself", async () => {
    const { from, to } = await prepareSwitch(
      stack,
      { environment: { FAIL_PERCENT: "50" } },
      { bake: { ...BAKE, maxErrorPercent: 5 } },
    );
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.ok).to.equal(false);
    expect(result.error).to.match(/BAKE_TIME: errors: .* requests failed \(limit 5 %\)/);
    expect((await stack.records())[0]).to.include({ completion: "RolledBack", from, to });
    await expectServes(stack, from);
    // What failed is what the release itself answered with an error: nothing was lost on the way.
    expect(load.failures).to.have.all.keys("status 500");
    expect(load.failed).to.be.at.most(load.bySlot[to] ?? 0);
    expect((await someLoad(stack)).failed).to.equal(0);

    const good = await prepareSwitch(stack);
    const next = await underLoad(stack, () => stack.up());
    expect(next.result.error).to.equal(undefined);
    expect(next.load.failed).to.equal(0);
    await expectServes(stack, to, good.version);
  });
});
