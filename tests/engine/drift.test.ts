import { expect } from "chai";
import { all, describeWeights, type Weights } from "../../components/model/words";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

describe("a route that somebody else moved", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    stack.setRelease("green", "0.9.0");
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  async function moveByHand(weights: Weights): Promise<void> {
    const { revision } = await stack.route();
    await stack.router.writeRoute({ expectedRevision: revision, weights, reason: "by hand" });
  }

  it("is shown and refused with both values, and nothing is touched, until the config adopts it", async () => {
    // The wish and the last record say `to`; then somebody gives the traffic to `from`.
    const { from, to, version } = await prepareSwitch(stack);
    expect((await stack.up()).error).to.equal(undefined);
    await moveByHand(all(from));
    const before = { route: await stack.route(), slot: await stack.slot(to) };
    const both = `live is ${describeWeights(all(from))}, the last record says ${describeWeights(all(to))}`;

    stack.setRelease(to, `${version}-fixed`);
    const refused = await underLoad(stack, async () => [await stack.preview(), await stack.up()]);
    for (const { ok, error } of refused.result) {
      expect(ok).to.equal(false);
      expect(error).to.contain("moved by somebody else");
      expect(error).to.contain(both);
    }
    expect({ route: await stack.route(), slot: await stack.slot(to) }).to.deep.equal(before);
    expect(refused.load.failed).to.equal(0);

    stack.setConfig("rollout.onDrift", "adopt");
    const adopted = await underLoad(stack, () => stack.up());
    expect(adopted.result.error).to.equal(undefined);
    expect(adopted.result.stdout).to.contain(both);
    expect(adopted.load.failed).to.equal(0);
    await expectServes(stack, to, `${version}-fixed`);
  });

  it("is the new start once the config names the slot that serves", async () => {
    const { from, to } = await prepareSwitch(stack);
    expect((await stack.up()).error).to.equal(undefined);
    await moveByHand(all(from));
    const { revision } = await stack.route();
    stack.setConfig("activeSlot", from);
    const agreed = await underLoad(stack, () => stack.up());
    expect(agreed.result.error).to.equal(undefined);
    expect(agreed.load.failed).to.equal(0);
    expect(await stack.route()).to.include({ revision });
    await expectServes(stack, from);

    const next = await prepareSwitch(stack);
    expect(next).to.include({ from, to });
    const switched = await underLoad(stack, () => stack.up());
    expect(switched.result.error).to.equal(undefined);
    expect(switched.load.failed).to.equal(0);
    await expectServes(stack, to, next.version);
  });

  it("is refused when it is split between the slots, and made whole when the config adopts it", async () => {
    const { from, to, version } = await prepareSwitch(stack);
    expect((await stack.up()).error).to.equal(undefined);
    const split = to === "green" ? { blue: 30, green: 70 } : { blue: 70, green: 30 };
    await moveByHand(split);
    const { ok, error } = await stack.up();
    expect(ok).to.equal(false);
    expect(error).to.contain(`live is ${describeWeights(split)}, the last record says ${describeWeights(all(to))}`);
    expect((await stack.route()).weights).to.deep.equal(split);

    stack.setConfig("rollout.onDrift", "adopt");
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    expect((await stack.records())[0]).to.include({ kind: "repair", from, to, completion: "Promoted" });
    await expectServes(stack, to, version);
  });
});
