import { expect } from "chai";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually";
import { hasPassed } from "../support/killedUp";
import { freshVersion, prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes, roles } from "../support/serves";
import { TestStack } from "../support/stack";
import { someLoad, underLoad } from "../support/underLoad";

describe("a router that is killed", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  async function killRouter(): Promise<void> {
    const { pid } = await stack.router.health();
    process.kill(pid, "SIGKILL");
    await eventually("the end of the router", () => !stack.processes().some((one) => one.pid === pid));
  }

  it("in the bake ends the update with an error, and the next one starts it again and switches", async () => {
    const { to, version } = await prepareSwitch(
      stack,
      {},
      { rollout: { confirm: "3s" }, bake: { duration: "150s", interval: "300ms", failureLimit: 1 } },
    );
    // What fails between the kill and the next update is only told: nobody listens then.
    await underLoad(stack, async () => {
      const update = stack.up();
      await eventually("the bake", () => hasPassed(stack, "POST_PRODUCTION_TRAFFIC_SHIFT"), { deadlineMs: 90_000 });
      await killRouter();
      const { ok, error } = await update;
      expect(ok).to.equal(false);
      expect(error).to.contain("no router answers");
    });
    setWaits(stack);
    const next = await stack.up();
    expect(next.error).to.equal(undefined);
    expect((await someLoad(stack)).failed).to.equal(0);
    await expectServes(stack, to, version);
  });

  it("with a damaged state file makes an update refuse with the file's name, until the file is put right", async () => {
    setWaits(stack);
    const { active, idle } = await roles(stack);
    stack.setConfig("activeSlot", active);
    stack.setRelease(idle, freshVersion());
    expect((await stack.up()).error).to.equal(undefined);
    const before = await stack.route();
    const file = join(stack.serviceDir, "router", "route.json");
    await killRouter();
    writeFileSync(file, '{"version": 1, "weights": {"blue"');
    const { ok, error } = await stack.up();
    expect(ok).to.equal(false);
    expect(error).to.contain(file);
    expect(error).to.contain(`${file}.bak`);

    // The file before the last write does not know the idle slot's new release: the update tells the router again.
    copyFileSync(`${file}.bak`, file);
    expect((await stack.up()).error).to.equal(undefined);
    const { weights, slots } = await stack.route();
    expect({ weights, slots }).to.deep.equal({ weights: before.weights, slots: before.slots });
    expect((await someLoad(stack)).failed).to.equal(0);
    await expectServes(stack, active);
  });
});
