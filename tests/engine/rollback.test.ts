import { expect } from "chai";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually";
import { prepareSwitch, setWaits, type NextSwitch } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { someLoad, underLoad } from "../support/underLoad";

/** The example application, but each of its processes ends as soon as a file is there. */
const FRAGILE = `
const { existsSync } = require("node:fs");
const look = () => existsSync(process.env.CRASH_FILE) && process.exit(1);
look();
setInterval(look, 20);
require("./server.js");
`;

describe("the fast way back on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  /** A switch that went well: the slot it came from is the warm standby. */
  async function switched(environment: Record<string, string> = {}): Promise<NextSwitch> {
    const command = ["node", "fragile.js"];
    const crashFile = join(stack.dir, "never");
    const made = await prepareSwitch(stack, {
      command,
      files: { "fragile.js": FRAGILE },
      environment: { CRASH_FILE: crashFile, ...environment },
    });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    await expectServes(stack, made.to, made.version);
    return made;
  }

  async function rollBack({ from, to }: NextSwitch): Promise<void> {
    stack.setConfig("activeSlot", from);
    // What the way back must not wait for.
    stack.setConfig("bake.duration", "10m");
    stack.setConfig("gate.smoke", [{ path: "/there-is-no-such-page" }]);
    const result = await stack.up();
    expect(result.error).to.equal(undefined);
    const [record] = await stack.records();
    expect(record).to.include({ kind: "rollback", from: to, to: from, completion: "FastRolledBack" });
    expect(record?.stages.map(({ stage }) => stage)).not.to.include("BAKE_TIME");
    const load = await someLoad(stack);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from);
    await expectServes(stack, from);
  }

  it("goes back without bake, steps and smoke requests, and without a failed request", async () => {
    const made = await switched();
    const { load } = await underLoad(stack, () => rollBack(made));
    expect(load.failed).to.equal(0);
  });

  it("goes back while the new slot crashes again and again", async () => {
    const crashFile = join(stack.dir, `crash-${Date.now()}`);
    const made = await switched({ CRASH_FILE: crashFile });
    expect(existsSync(crashFile)).to.equal(false);
    writeFileSync(crashFile, "");
    await eventually("the new slot crash-loops", async () => {
      const status = await stack.slot(made.to);
      return status?.instances.every(({ restarts }) => restarts >= 2);
    });
    await rollBack(made);
  });

  it("goes back after every process of the new slot was killed", async () => {
    const made = await switched();
    const status = await stack.slot(made.to);
    if (status === undefined) throw new Error(`${made.to} has no status`);
    // The supervisor first, or it starts the others again.
    for (const { pid } of [status.supervisor, ...status.instances]) process.kill(pid, "SIGKILL");
    await eventually("nothing of the slot runs", async () => {
      const now = await stack.slot(made.to);
      return now?.supervisorAlive === false && now.instances.every(({ state }) => state !== "running");
    });
    await rollBack(made);
    // The same update has brought the slot up again, idle.
    expect((await stack.slot(made.to))?.instances.map(({ state }) => state)).to.deep.equal(["running"]);
  });
});
