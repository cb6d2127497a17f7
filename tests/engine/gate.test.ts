import { expect } from "chai";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

describe("the gate on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  it("keeps a release that never gets healthy from the traffic, and lets the next good one through", async () => {
    const bad = await prepareSwitch(stack, { environment: { FAIL_HEALTH: "1" } }, { gate: { deadline: "2s" } });
    const before = await stack.route();
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain(`${bad.to} is not ready for traffic`);
    expect(result.error).to.contain("503");
    expect(result.error).to.contain("FAIL_HEALTH is set");
    expect(result.error).to.contain("Traffic did not move");
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(bad.from);
    const after = await stack.route();
    expect({ weights: after.weights, revision: after.revision }).to.deep.equal({
      weights: before.weights,
      revision: before.revision,
    });
    expect(result.outputs).to.deep.include({ route: before.weights });
    await expectServes(stack, bad.from);

    const good = await prepareSwitch(stack);
    const next = await underLoad(stack, () => stack.up());
    expect(next.result.error).to.equal(undefined);
    expect(next.load.failed).to.equal(0);
    await expectServes(stack, good.to, good.version);
  });

  it("keeps a release that answers a smoke request wrongly from the traffic", async () => {
    const smoke = [{ name: "greeting", path: "/", json: [{ pointer: "/greeting", equals: "Good day" }] }];
    const { from, to } = await prepareSwitch(stack, {}, { gate: { smoke, retries: 1 } });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("smoke greeting");
    expect(result.error).to.contain("/greeting");
    expect(result.error).to.contain("Hello");
    expect(load.failed).to.equal(0);
    await expectServes(stack, from);

    const good = await prepareSwitch(stack, { environment: { GREETING: "Good day" } }, { gate: { smoke } });
    const next = await underLoad(stack, () => stack.up());
    expect(next.result.error).to.equal(undefined);
    expect(next.load.failed).to.equal(0);
    await expectServes(stack, to, good.version);
  });

  it("shows in a preview of a switch what it would do, and moves nothing", async () => {
    const smoke = [{ name: "home", path: "/" }];
    const { from, to, version } = await prepareSwitch(stack, {}, { gate: { smoke }, rollout: { steps: [25, 100] } });
    const before = { route: await stack.route(), records: await stack.records() };
    const { result, load } = await underLoad(stack, () => stack.preview());
    expect(result.error).to.equal(undefined);
    const plan = result.steps.find(({ type }) => type === "pulumi-nodejs:dynamic/bluegreen:Plan")?.after;
    expect(plan).to.include({ transition: `${from}->${to}`, kind: "switch", from, to, drift: "none" });
    expect(plan?.["live"]).to.contain(`${from} 100 %`);
    expect(plan?.["fromRelease"]).to.equal(before.route.slots[from].release);
    expect(plan?.["toRelease"]).to.match(new RegExp(`^${version}-[0-9a-f]{12}$`));
    expect(plan?.["gates"]).to.satisfy((gates: string[]) => gates.some((gate) => gate.startsWith("smoke home")));
    expect(plan?.["estimate"]).to.match(/^about .*steps.*bake/);
    const said = result.diagnostics.map(({ message }) => message).join("\n");
    expect(said).to.contain(`switch ${from} → ${to}`);
    expect(said).to.contain("steps 25, 100 %");
    expect({ route: await stack.route(), records: await stack.records() }).to.deep.equal(before);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from);
    await expectServes(stack, from);
  });

  it("asks every replica, and no slot takes over with fewer than serve", async () => {
    const { to, version } = await prepareSwitch(stack, { replicas: 2 });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(result.stdout).to.contain("2 of 2 instances ready");
    expect(load.failed).to.equal(0);
    await expectServes(stack, to, version);
    expect((await stack.slot(to))?.instances.map(({ state }) => state)).to.deep.equal(["running", "running"]);

    const small = await prepareSwitch(stack, { replicas: 1 }, { gate: { deadline: "2s" } });
    const next = await underLoad(stack, () => stack.up());
    expect(next.result.error).to.contain("1 instances exist, 2 are needed");
    expect(next.load.failed).to.equal(0);
    await expectServes(stack, small.from, version);
  });
});
