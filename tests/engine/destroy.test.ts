import { expect } from "chai";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Belonging } from "../../scripts/scratch/belongings";
import { eventually } from "../support/eventually";
import { hasPassed, killUpAt } from "../support/killedUp";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { withStack, type TestStack } from "../support/stack";
import { someLoad, underLoad } from "../support/underLoad";

describe("destroying a stack on the real engine", () => {
  it("at rest leaves no process and no socket, and the stack can be made anew", () =>
    withStack(async (stack) => {
      setWaits(stack);
      stack.setRelease("green", "2.0.0", { replicas: 2 });
      expect((await stack.up()).error).to.equal(undefined);
      expect(stack.processes().length).to.be.above(0);
      expect((await stack.destroy()).error).to.equal(undefined);
      await expectNothingLeft(stack);

      stack.setConfig("activeSlot", "green");
      expect((await stack.up()).error).to.equal(undefined);
      expect((await someLoad(stack)).failed).to.equal(0);
      await expectServes(stack, "green", "2.0.0");
    }));

  it("in the middle of a switch, after its engine was killed, leaves no process and no socket", () =>
    withStack(async (stack) => {
      setWaits(stack);
      expect((await stack.up()).error).to.equal(undefined);
      await prepareSwitch(stack, {}, { bake: { duration: "150s" } });
      const { load } = await underLoad(stack, () =>
        killUpAt(stack, "the bake", () => hasPassed(stack, "POST_PRODUCTION_TRAFFIC_SHIFT")),
      );
      expect(load.failed).to.equal(0);
      expect((await stack.destroy()).error).to.equal(undefined);
      await expectNothingLeft(stack);
    }));
});

async function expectNothingLeft(stack: TestStack): Promise<void> {
  await eventually("the end of every process", () => stack.processes().filter(isNotOfTheEngine).length === 0);
  if (!existsSync(stack.serviceDir)) return;
  const entries = readdirSync(stack.serviceDir, { recursive: true, withFileTypes: true });
  const sockets = entries.filter((entry) => entry.isSocket()).map(({ parentPath, name }) => join(parentPath, name));
  expect(sockets).to.deep.equal([]);
}

/** The engine's language host ends by itself some minutes after an engine that was killed. */
const isNotOfTheEngine = ({ command }: Belonging) => !command.includes("pulumi-language-nodejs");
