import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { identityOf, isAlive } from "../../components/platforms/local/process/identity";
import { stopSupervisor, supervisorStatus } from "../../components/platforms/local/supervisor/client";
import { childOf, STUBBORN_APP } from "../support/stubbornApp";
import { NODE_APP, supervisedSlots, type SupervisedSlot } from "../support/supervisedSlot";
import { eventually } from "../support/eventually";

describe("what a supervisor left behind", function () {
  this.timeout(120_000);
  const slotOf = supervisedSlots();

  /** As the machine does when it runs out of memory: no goodbye. */
  async function killSupervisor(slot: SupervisedSlot): Promise<void> {
    const { supervisor } = await slot.status();
    process.kill(supervisor.pid, "SIGKILL");
    await eventually("the supervisor is dead", () => !isAlive(supervisor));
  }

  it("is stopped after the supervisor was killed", async () => {
    const slot = await slotOf(["node", "app.js"], STUBBORN_APP, { replicas: 2 });
    const { instances } = await slot.start();
    const children = [await childOf(slot, 0), await childOf(slot, 1)];
    await killSupervisor(slot);
    expect(await slot.status()).to.include({ supervisorAlive: false });
    expect((await slot.status()).instances.map(({ state }) => state)).to.deep.equal(["running", "running"]);
    expect(await stopSupervisor(slot.dir, 200)).to.deep.equal({ exited: 0, killed: 2 });
    expect([...children, ...instances].some(isAlive)).to.equal(false);
    expect((await slot.status()).instances.map(({ state }) => state)).to.deep.equal(["stopped", "stopped"]);
  });

  it("is stopped before a new supervisor starts its own", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const { instances } = await slot.start();
    await slot.answer();
    await killSupervisor(slot);
    const { problem } = await slot.start();
    expect(instances.some(isAlive)).to.equal(false);
    expect(problem).to.equal(undefined);
    expect(JSON.parse(await slot.answer())).to.have.property("pid", (await slot.instance()).pid);
  });

  it("is stopped when the supervisor hangs, and the supervisor too", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const { supervisor, instances } = await slot.start();
    process.kill(supervisor.pid, "SIGSTOP");
    const { exited, killed } = await stopSupervisor(slot.dir, 100);
    expect(exited + killed).to.equal(1);
    expect([supervisor, ...instances].some(isAlive)).to.equal(false);
  });

  it("is found without its socket and its status, where processes show their environment", async function () {
    if (process.platform !== "linux") this.skip();
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const { instances } = await slot.start();
    await killSupervisor(slot);
    rmSync(join(slot.dir, "supervisor.sock"));
    writeFileSync(join(slot.dir, "status.json"), "");
    expect(await supervisorStatus(slot.dir)).to.equal(undefined);
    expect(await stopSupervisor(slot.dir, 5_000)).to.deep.equal({ exited: 1, killed: 0 });
    expect(instances.some(isAlive)).to.equal(false);
  });

  it("may be a child that left its group; it is found where processes show their environment", async function () {
    if (process.platform !== "linux") this.skip();
    const slot = await slotOf(["node", "app.js"], STUBBORN_APP, { environment: { LEAVE: "yes" } });
    await slot.start();
    const child = await childOf(slot);
    await stopSupervisor(slot.dir, 100);
    expect(isAlive(child)).to.equal(false);
  });

  it("is never confused with another process that got the same pid", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    await slot.start();
    await killSupervisor(slot);
    const status = await slot.status();
    await stopSupervisor(slot.dir, 5_000);
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
      stdio: "ignore",
      detached: true,
    });
    try {
      const pid = stranger.pid ?? 0;
      const instances = status.instances.map((instance) => ({ ...instance, pid }));
      writeFileSync(
        join(slot.dir, "status.json"),
        JSON.stringify({ ...status, supervisor: { ...status.supervisor, pid }, instances }),
      );
      expect(await slot.status()).to.include({ supervisorAlive: false });
      expect((await slot.instance()).state).to.equal("stopped");
      expect(await stopSupervisor(slot.dir, 100)).to.deep.equal({ exited: 0, killed: 0 });
      expect(stranger.exitCode ?? stranger.signalCode).to.equal(null);
      expect(identityOf(pid)).not.to.equal(undefined);
    } finally {
      stranger.kill("SIGKILL");
    }
  });
});
