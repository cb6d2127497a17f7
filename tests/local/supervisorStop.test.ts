import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isAlive } from "../../components/platforms/local/process/identity";
import { stopSupervisor } from "../../components/platforms/local/supervisor/client";
import { childOf, STUBBORN_APP } from "../support/stubbornApp";
import { NODE_APP, supervisedSlots } from "../support/supervisedSlot";
import { eventually } from "../support/eventually";

/** Finishes its work after SIGTERM and leaves a note. */
const GRACEFUL_APP = `${NODE_APP}
process.on("SIGTERM", () => setTimeout(() => {
  require("node:fs").writeFileSync("finished", "yes");
  process.exit(0);
}, 200));
require("node:fs").writeFileSync("ready", "yes");`;

describe("stopping a supervisor", function () {
  this.timeout(120_000);
  const slotOf = supervisedSlots();

  it("lets the instances finish, counts them, and ends", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": GRACEFUL_APP });
    const { supervisor, instances } = await slot.start();
    await slot.written("ready");
    expect(await stopSupervisor(slot.dir, 30_000)).to.deep.equal({ exited: 1, killed: 0 });
    expect(existsSync(join(slot.app, "finished"))).to.equal(true);
    expect([supervisor, ...instances].map(isAlive)).to.deep.equal([false, false]);
    expect(existsSync(join(slot.dir, "supervisor.sock"))).to.equal(false);
    const after = await slot.status();
    expect(after).to.include({ supervisorAlive: false });
    expect(after.instances[0]).to.deep.include({ state: "stopped", restarts: 0 });
    expect(after.instances[0]?.lastExit).to.include({ code: 0, signal: null });
  });

  it("kills at the deadline what ignores the signal, with its children", async () => {
    const slot = await slotOf(["node", "app.js"], STUBBORN_APP);
    await slot.start();
    const child = await childOf(slot);
    expect(await stopSupervisor(slot.dir, 300)).to.deep.equal({ exited: 0, killed: 1 });
    expect(isAlive(child)).to.equal(false);
    expect((await slot.instance()).lastExit).to.include({ signal: "SIGKILL" });
  });

  it("waits for children that are still at work although their parent has gone", async () => {
    const child = `
      process.on("SIGTERM", () => setTimeout(() => {
        require("node:fs").writeFileSync("finished", "yes");
        process.exit(0);
      }, 300));
      require("node:fs").writeFileSync("child-" + process.env.INSTANCE, String(process.pid));
      setInterval(() => {}, 1000);`;
    const parent = 'require("node:child_process").spawn(process.execPath, ["child.js"]); setInterval(() => {}, 1000);';
    const slot = await slotOf(["node", "app.js"], { "app.js": parent, "child.js": child });
    await slot.start();
    await childOf(slot);
    expect(await stopSupervisor(slot.dir, 30_000)).to.deep.equal({ exited: 1, killed: 0 });
    expect(existsSync(join(slot.app, "finished"))).to.equal(true);
  });

  it("is done by SIGTERM too", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": GRACEFUL_APP });
    const { supervisor, instances } = await slot.start();
    await slot.written("ready");
    process.kill(supervisor.pid, "SIGTERM");
    await eventually("all have ended", () => ![supervisor, ...instances].some(isAlive));
    expect(existsSync(join(slot.app, "finished"))).to.equal(true);
  });

  it("twice, or where there never was one, is a success", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const nothing = { exited: 0, killed: 0 };
    expect(await stopSupervisor(slot.dir, 1_000)).to.deep.equal(nothing);
    await slot.start();
    expect(await stopSupervisor(slot.dir, 5_000)).to.deep.equal({ exited: 1, killed: 0 });
    expect(await stopSupervisor(slot.dir, 1_000)).to.deep.equal(nothing);
  });
});
