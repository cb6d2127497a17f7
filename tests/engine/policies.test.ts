import { expect } from "chai";
import { join } from "node:path";
import { cloneDir } from "../../scripts/scratch/pulumiCommand";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

const PACKS = { policyPacks: [join(cloneDir, "policies")] };
/** What the pack asks for. */
const SAFE = { verify: { consecutive: 5 }, bake: { duration: "5s" }, drain: { timeout: "5s" } };

describe("the policy pack on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack, SAFE);
    expect((await stack.up(PACKS)).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  it("lets a safe switch pass", async () => {
    const { to, version } = await prepareSwitch(stack, {}, SAFE);
    const { result, load } = await underLoad(stack, () => stack.up(PACKS));
    expect(result.error).to.equal(undefined);
    expect(result.violations).to.deep.equal([]);
    expect(load.failed).to.equal(0);
    await expectServes(stack, to, version);
  });

  it("blocks a switch without a gate in the preview and in the update, and no traffic moves", async () => {
    const { from, to } = await prepareSwitch(stack, {}, { ...SAFE, gate: { enabled: false } });
    const before = { route: await stack.route(), slot: await stack.slot(to) };
    const { result, load } = await underLoad(stack, async () => [await stack.preview(PACKS), await stack.up(PACKS)]);
    for (const { ok, violations } of result) {
      expect(ok).to.equal(false);
      const blocking = violations.filter(({ enforcement }) => enforcement === "mandatory");
      expect(blocking.map(({ policy }) => policy)).to.include("gate-required");
      expect(blocking[0]?.message).to.contain("gate.enabled");
    }
    expect({ route: await stack.route(), slot: await stack.slot(to) }).to.deep.equal(before);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from);
    await expectServes(stack, from);
  });
});
