import { expect } from "chai";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { EXIT_CODES, type DecideResult, type Status } from "../../cli/index";
import { main } from "../../cli/main";
import type { CutoverRecord } from "../../components/model/record";
import { who } from "../../components/resources/who";
import { eventually } from "../support/eventually";
import { hasPassed } from "../support/killedUp";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

const DOOR = join(__dirname, "..", "..", "bluegreen.cjs");

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

describe("deciding about a running cutover on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  beforeEach(() => ["approval", "hooks"].forEach((key) => stack.setConfig(key, undefined)));
  after(() => stack.dispose());

  /** Runs it in this process, which saves the time to start one. */
  async function bluegreen(...args: string[]): Promise<Ran> {
    const ran = { stdout: "", stderr: "" };
    const stdout = { write: (text: string) => (ran.stdout += text) };
    const stderr = { write: (text: string) => (ran.stderr += text) };
    const terminal = { stdout, stderr, env: {} };
    const code = await main([...args, "--cwd", stack.dir, "--stack", stack.stack], () => stack.env, terminal);
    return { code, ...ran };
  }

  /** The same as another person would: by a program of its own. */
  async function elsewhere(...args: string[]): Promise<DecideResult> {
    const all = [DOOR, ...args, "--json", "--stack", stack.stack];
    const { stdout } = await promisify(execFile)(process.execPath, all, { cwd: stack.dir, env: stack.env });
    return JSON.parse(stdout) as DecideResult;
  }

  /** A switch under way; `stop` says that it ended, for what waits for a point of it. */
  function switching(): { ended: Promise<Ran>; stop: () => string | undefined } {
    let over: string | undefined;
    const ended = bluegreen("switch", "--yes");
    void ended.then(({ code, stderr }) => (over = `the switch ended with ${code}:\n${stderr}`));
    return { ended, stop: () => over };
  }

  async function newest(): Promise<CutoverRecord | undefined> {
    const { code, stdout, stderr } = await bluegreen("history", "--limit", "1", "--json");
    expect(code, stderr).to.equal(0);
    return (JSON.parse(stdout) as CutoverRecord[])[0];
  }

  it("waits for approval, goes on when somebody else gives it, and remembers who did and when", async () => {
    stack.setConfig("approval", { required: true, timeout: "150s" });
    const { from, to, version } = await prepareSwitch(stack);
    const { ended, stop } = switching();
    const asked = async () => {
      const { running } = JSON.parse((await bluegreen("status", "--json")).stdout) as Status;
      return running?.approval == null ? undefined : running;
    };
    // The files tell cheaply when it is worth asking: each status costs the machine that the switch runs on.
    const near = () => hasPassed(stack, "POST_TEST_TRAFFIC_SHIFT");
    await eventually("the stage that asks", near, { deadlineMs: 90_000, stop });
    const running = await eventually("a switch that waits for approval", asked, { deadlineMs: 90_000, stop });
    expect(running).to.deep.include({ from, to, at: "PRE_PRODUCTION_TRAFFIC_SHIFT" });
    await expectServes(stack, from);

    const { decision, ...said } = await elsewhere("approve", "--reason", "looks well");
    expect(said).to.include({ cutover: running.id, stage: "PRE_PRODUCTION_TRAFFIC_SHIFT" });
    expect(decision).to.include({ action: "approve", by: who(stack.env), reason: "looks well" });
    const { code, stderr } = await ended;
    expect(code, stderr).to.equal(EXIT_CODES.done);
    await expectServes(stack, to, version);
    const record = await newest();
    expect(record).to.include({ id: running.id, completion: "Promoted" });
    expect(record?.approvals).to.have.length(1);
    const { by, at } = decision;
    expect(record?.approvals?.[0]).to.include({
      stage: "PRE_PRODUCTION_TRAFFIC_SHIFT",
      answer: "approved",
      by,
      at,
      reason: "looks well",
    });
  });

  it("refuses a decision when no cutover is running", async () => {
    const { code, stderr } = await bluegreen("approve");
    expect(code, stderr).to.equal(EXIT_CODES.refused);
    expect(stderr).to.match(/No cutover is running.*ended with Promoted/);
  });

  it("goes back past a contract migration only when told so, and the config is as strict as before", async () => {
    const migration = { class: "contract", id: "drop-email" };
    stack.setConfig("hooks", [{ name: "drop", stage: "CLEAN_UP", command: { run: ["node", "--version"] }, migration }]);
    const { from, to } = await prepareSwitch(stack);
    expect((await stack.up()).error).to.equal(undefined);
    stack.setConfig("hooks", undefined);
    const refused = await bluegreen("rollback", "--yes");
    expect(refused.code, refused.stderr).to.equal(EXIT_CODES.refused);
    expect(refused.stderr).to.match(/contract step drop-email.*goes on serving.*\n.*--past-contract/);
    await expectServes(stack, to);

    const { code, stderr } = await bluegreen("rollback", "--past-contract", "--yes");
    expect(code, stderr).to.equal(EXIT_CODES.done);
    expect(await newest()).to.include({ completion: "FastRolledBack", to: from });
    await expectServes(stack, from);
    expect(stack.getConfig("rollback.pastContract")).to.equal(undefined);
    expect(stack.getConfig("activeSlot")).to.equal(from);
  });

  it("exits with a code of its own when nobody has approved a switch that does not wait, and traffic stays", async () => {
    stack.setConfig("approval", { required: true, wait: false });
    const { from, to, version } = await prepareSwitch(stack);
    const { code, stderr } = await bluegreen("switch", to, "--yes");
    expect(code, stderr).to.equal(EXIT_CODES.unapproved);
    expect(stderr).to.contain(`approval.release ${version}`).and.to.contain(`activeSlot was set back to ${from}`);
    await expectServes(stack, from);
    expect(stack.getConfig("activeSlot")).to.equal(from);
    const record = await newest();
    expect(record).to.include({ completion: "Aborted", to });
    expect(record?.approvals?.map(({ answer }) => answer)).to.deep.equal(["pending"]);
  });

  it("takes the traffic back when somebody aborts it in the bake, and no request fails", async () => {
    const { from, to } = await prepareSwitch(stack, {}, { bake: { duration: "150s" } });
    const { result, load } = await underLoad(stack, async () => {
      const { ended, stop } = switching();
      const baking = () => hasPassed(stack, "POST_PRODUCTION_TRAFFIC_SHIFT");
      await eventually("the bake", baking, { deadlineMs: 90_000, stop });
      const said = await elsewhere("abort", "--reason", "wrong release");
      expect(said.next).to.contain(`taken back to ${from}`);
      return ended;
    });
    expect(result.code, result.stderr).to.equal(EXIT_CODES.failed);
    expect(result.stderr).to.contain(`aborted by ${who(stack.env)}: wrong release`);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from, to);
    await expectServes(stack, from);
    expect(await newest()).to.include({ completion: "RolledBack", from, to });
  });
});
