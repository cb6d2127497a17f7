import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { status, type HealthCheckResult, type Status, type SwitchResult } from "../../cli/index";
import { main } from "../../cli/main";
import type { DeployResult } from "../../cli/index";
import type { CutoverRecord } from "../../components/model/record";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";

/** One stack, from its first release to the end: each test goes on where the one before it stopped. */
describe("the bluegreen command line on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    stack.setConfig("bake", { duration: "1s", interval: "500ms", failureLimit: 1, noTraffic: "pass" });
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  /** Runs it in this process, which saves the time to start one. */
  async function bluegreen(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const ran = { stdout: "", stderr: "" };
    const stdout = { write: (text: string) => (ran.stdout += text) };
    const stderr = { write: (text: string) => (ran.stderr += text) };
    const terminal = { stdout, stderr, env: {} };
    const code = await main([...args, "--cwd", stack.dir, "--stack", stack.stack], () => stack.env, terminal);
    return { code, ...ran };
  }

  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await bluegreen(...args, "--json");
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as T;
  }

  it("tells a program how both slots are", async () => {
    const found = await json<Status>("status");
    expect(found).to.deep.include({
      service: stack.service,
      stack: "dev",
      activeSlot: "blue",
      drift: null,
      pending: "none",
    });
    expect(found.slots.blue).to.include({ role: "active", configured: "1.0.0", running: 1, wanted: 1 });
    expect(found.slots.blue.wantedRelease).to.equal(found.slots.blue.release);
    expect(found.slots.green).to.include({ role: "idle", configured: null, release: "" });
    expect(found.standby).to.equal(null);
    expect(found.recommendations).to.deep.equal([]);
    expect(await status({ cwd: stack.dir, env: stack.env as Record<string, string> })).to.have.property(
      "healthy",
      true,
    );
  });

  it("refuses to go back when no switch has left a standby", async () => {
    const { code, stderr } = await bluegreen("rollback", "--yes");
    expect(code, stderr).to.equal(3);
    expect(stderr).to.match(/no switch has left a standby yet.*blue goes on serving.*--full/);
  });

  it("deploys into the idle slot and switches, and pins what serves when its folder was edited", async () => {
    appendFileSync(join(stack.dir, "app/1.0.0/server.js"), "// the next release\n");
    appendFileSync(join(stack.dir, "Pulumi.dev.yaml"), "# a comment of the user's\n");
    const args = ["deploy", "1.1.0", "--set", "environment.GREETING=Hi", "--switch", "--yes"];
    const { slot, switch: switched } = await json<DeployResult>(...args);
    expect(slot).to.equal("green");
    expect(switched).to.include({ switched: true, from: "blue", to: "green" });
    expect(switched?.record).to.include({ completion: "Promoted" });
    await expectServes(stack, "green");
    const file = readFileSync(join(stack.dir, "Pulumi.dev.yaml"), "utf8");
    expect(file).to.contain("# a comment of the user's");
    expect(stack.getConfig("activeSlot")).to.equal("green");
    expect(stack.getConfig("green.environment.GREETING")).to.equal("Hi");
    expect(stack.getConfig("blue.digest")).to.match(/^sha256:/);
    expect((await json<Status>("status")).slots.blue.role).to.equal("standby");
  });

  it("never stops the slot that serves", async () => {
    const { code, stderr } = await bluegreen("stop", "green", "--yes");
    expect(code, stderr).to.equal(3);
    expect(stderr).to.match(/green serves 100 % of the traffic and was not stopped/);
    await expectServes(stack, "green");
  });

  it("stops the standby, says so, and starts it again by an update", async () => {
    const stopped = await bluegreen("stop", "blue", "--yes");
    expect(stopped.code, stopped.stderr).to.equal(0);
    expect(stopped.stdout).to.match(/the next `pulumi up`.*starts it again/i);
    const down = await bluegreen("status");
    expect(down.stdout).to.match(/warning: the standby blue has 0 of 1 instances/);
    expect(await json("start", "blue", "--yes")).to.deep.include({ slot: "blue", changed: true });
    expect((await json<Status>("status")).slots.blue.running).to.equal(1);
  });

  it("goes back to the standby", async () => {
    const back = await json<SwitchResult>("rollback", "--yes");
    expect(back).to.include({ switched: true, from: "green", to: "blue" });
    expect(back.record?.completion).to.equal("FastRolledBack");
    expect(stack.getConfig("activeSlot")).to.equal("blue");
    await expectServes(stack, "blue");
  });

  it("asks a slot for its health, and exits with 1 when it is bad", async () => {
    const { healthy, checks } = await json<HealthCheckResult>("health-check");
    expect(healthy).to.equal(true);
    expect(checks.map((check) => check.name)).to.include.members(["readiness", "identity"]);
    stack.setConfig("gate.path", "/nowhere");
    const { code, stdout } = await bluegreen("health-check", "green", "--wait", "300ms");
    stack.setConfig("gate.path", "/health");
    expect(code).to.equal(1);
    expect(stdout).to.match(/GET http\S+\/nowhere → 404/);
  });

  it("sets activeSlot back when a switch fails", async () => {
    stack.setConfig("gate.path", "/nowhere");
    stack.setConfig("gate.deadline", "1s");
    const { code, stderr } = await bluegreen("switch", "--yes");
    stack.setConfig("gate.path", "/health");
    expect(code, stderr).to.equal(1);
    expect(stderr).to.match(/blue 100 % \/ green 0 % serves\. activeSlot was set back to blue/);
    expect(stack.getConfig("activeSlot")).to.equal("blue");
    await expectServes(stack, "blue");
  });

  it("lists the cutovers, newest first", async () => {
    const records = await json<CutoverRecord[]>("history", "--limit", "2");
    expect(records.map((record) => record.completion)).to.deep.equal(["FastRolledBack", "Promoted"]);
  });

  it("finds nothing to repair", async () => {
    const { code, stdout } = await bluegreen("repair", "--yes");
    expect(code).to.equal(0);
    expect(stdout).to.match(/nothing is wrong/);
  });

  it("names every problem of a config, and touches nothing", async () => {
    const { code, stderr } = await bluegreen("deploy", "1.2.0", "--yes", "--set", "replicas=none", "wersion=1");
    expect(code).to.equal(2);
    expect(stderr)
      .to.match(/bluegreen:green\.replicas: found "none"/)
      .and.to.match(/bluegreen:green\.wersion: unknown key/);
    expect(stack.getConfig("green.version")).to.equal("1.1.0");
  });

  it("is a program of its own", () => {
    const door = join(__dirname, "..", "..", "bluegreen.cjs");
    const run = (args: string[]) =>
      spawnSync(process.execPath, [door, ...args], { cwd: stack.dir, env: stack.env, encoding: "utf8" });
    const { status: code, stdout, stderr } = run(["history", "--limit", "1"]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^STARTED +COMPLETION/);
    expect(run(["switch"]).status, "nobody is there to be asked").to.equal(2);
  });
});
