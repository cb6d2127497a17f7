import { expect } from "chai";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HookConfigInput } from "../../components/hooks/schema";
import { all, sameWeights } from "../../components/model/words";
import { identityOf, isAlive } from "../../components/platforms/local/process/identity";
import { eventually } from "../support/eventually";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

const SECRET = "swordfish-7d1e-of-hooks";
const STOP: Pick<HookConfigInput, "name" | "stage"> = { name: "prepare", stage: "PRE_PRODUCTION_TRAFFIC_SHIFT" };

describe("hooks on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    // It belongs to both slots, so that setting it later would be a new release of the one that serves.
    await stack.setSecret("secrets.HOOK_TOKEN", SECRET);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  function setHooks(...hooks: HookConfigInput[]): void {
    stack.setConfig("hooks", hooks);
  }

  it("stop a switch before the traffic moves when a command fails", async () => {
    const { from } = await prepareSwitch(stack);
    setHooks({ ...STOP, command: { run: ["sh", "-c", "echo the queue is not empty >&2; exit 3"] } });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("hook prepare: fail: exit code 3: the queue is not empty");
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from);
    const [record] = await stack.records();
    expect(record).to.include({ completion: "Aborted" });
    expect(record?.written).to.deep.equal([]);
    expect(record?.hooks?.map(({ name, verdict }) => ({ name, verdict }))).to.deep.equal([
      { name: "prepare", verdict: "fail" },
    ]);
    await expectServes(stack, from);
  });

  it("are killed at their deadline with all that they started, and the traffic stays", async () => {
    const { from, version } = await prepareSwitch(stack);
    const pids = join(stack.dir, `pids-${version}`);
    // It heeds no SIGTERM, has a child in its group and one in a session of its own.
    const script = `trap '' TERM; sleep 600 & echo $! >> ${pids}; setsid sleep 600 & echo $! >> ${pids}; echo $$ >> ${pids}; wait`;
    setHooks({ ...STOP, command: { run: ["sh", "-c", script] }, deadline: "3s" });
    const { result: ended, load } = await underLoad(stack, async () => {
      const update = stack.up();
      const begun = await eventually("the hook runs", () => pidsIn(pids).length === 3 && pidsIn(pids));
      const processes = begun.map((pid) => identityOf(pid) ?? expect.fail(`no process ${pid}`));
      return { update: await update, alive: processes.filter(isAlive) };
    });
    const { update: result, alive } = ended;
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("hook prepare: timeout: not done within its deadline of 3 s");
    expect(alive).to.deep.equal([]);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from);
    const [record] = await stack.records();
    expect(record).to.include({ completion: "Aborted" });
    expect(record?.hooks?.[0]).to.include({ name: "prepare", verdict: "timeout" });
    await expectServes(stack, from);
  });

  it("of the way back run on it and cannot hold it up, also when they hang", async () => {
    const { from, to, version } = await prepareSwitch(stack);
    const back = join(stack.dir, `back-${version}`);
    setHooks(
      { name: "look", stage: "POST_PRODUCTION_TRAFFIC_SHIFT", command: { run: ["sh", "-c", "exit 1"] } },
      // Ends only when the traffic is back: a way back that waited for it would meet its deadline.
      {
        name: "resume",
        stage: "REVERT",
        command: { run: ["sh", "-c", `until [ -e ${back} ]; do sleep 0.1; done`] },
        deadline: "60s",
      },
      { name: "hangs", stage: "REVERT", command: { run: ["sleep", "600"] }, deadline: "2s" },
    );
    const { result, load } = await underLoad(stack, async (load) => {
      const update = stack.up();
      await eventually("the new slot has answered", () => (load.snapshot().bySlot[to] ?? 0) > 0);
      await eventually("the traffic is back", async () => sameWeights((await stack.route()).weights, all(from)));
      writeFileSync(back, "");
      return update;
    });
    expect(result.ok).to.equal(false);
    expect(result.error).to.contain("was taken back");
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from, to);
    const [record] = await stack.records();
    expect(record).to.include({ completion: "RolledBack", from, to });
    expect(record?.hooks?.map(({ name, stage, verdict }) => ({ name, stage, verdict }))).to.deep.equal([
      { name: "look", stage: "POST_PRODUCTION_TRAFFIC_SHIFT", verdict: "fail" },
      { name: "resume", stage: "REVERT", verdict: "pass" },
      { name: "hangs", stage: "REVERT", verdict: "timeout" },
    ]);
    await expectServes(stack, from);
  });

  it("get secrets by name, which are in no output, record or state in plain text", async () => {
    const { to, version } = await prepareSwitch(stack);
    const proof = join(stack.dir, `proof-${version}`);
    const prove =
      'const { createHash } = require("crypto"); const { TOKEN, PROOF } = process.env;' +
      'require("fs").writeFileSync(PROOF, createHash("sha256").update(TOKEN).digest("hex"));' +
      'console.log("signed in with " + TOKEN); console.error("really with " + TOKEN);';
    const command = (script: string) => ({ run: ["node", "-e", script], environment: { PROOF: proof } });
    const secrets = { TOKEN: "HOOK_TOKEN" };
    setHooks(
      { name: "signs in", stage: "POST_SCALE_UP", command: command(prove), secrets },
      { ...STOP, command: command(`${prove} process.exit(1);`), secrets, onFailure: "warn" },
    );
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    expect(readFileSync(proof, "utf8")).to.equal(createHash("sha256").update(SECRET).digest("hex"));
    const [record] = await stack.records();
    const [first, second] = record?.hooks ?? [];
    expect(first).to.include({ name: "signs in", verdict: "pass" });
    expect(second).to.include({ name: "prepare", verdict: "fail" });
    expect(second?.detail).to.contain("signed in with").and.not.contain(SECRET);
    expect(result.stdout).to.contain("warning: hook prepare");
    expect(result.stdout + result.stderr).not.to.contain(SECRET);
    expect(JSON.stringify([record, result.outputs, await stack.exportState()])).not.to.contain(SECRET);
    expect(filesWith(stack.dir, SECRET)).to.deep.equal([]);
    await expectServes(stack, to, version);
  });
});

function pidsIn(file: string): number[] {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
}

/** Regular files under a folder that contain a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}
