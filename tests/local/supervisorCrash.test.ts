import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { unlinkSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { identityOf, isAlive } from "../../components/platforms/local/process/identity";
import { nextWait } from "../../components/platforms/local/supervisor/backoff";
import { stopSupervisor } from "../../components/platforms/local/supervisor/client";
import { NODE_APP, PYTHON_APP, supervisedSlots } from "../support/supervisedSlot";
import { eventually } from "../support/eventually";

describe("a crashed instance", function () {
  this.timeout(120_000);
  const slotOf = supervisedSlots();

  for (const [name, command, files] of [
    ["Node", ["node", "app.js"], { "app.js": NODE_APP }],
    ["Python", ["python3", "app.py"], { "app.py": PYTHON_APP }],
  ] as const) {
    it(`of a ${name} application is started again on its port, and counted`, async () => {
      const slot = await slotOf([...command], files, { replicas: 2 });
      await slot.start();
      await slot.answer(1);
      const before = await slot.instance(1);
      process.kill(before.pid, "SIGKILL");
      const after = await eventually("it runs again", async () => {
        const instance = await slot.instance(1);
        return instance.state === "running" && instance.restarts === 1 ? instance : undefined;
      });
      expect(after.pid).not.to.equal(before.pid);
      expect(after.port).to.equal(before.port);
      expect(after.lastExit).to.include({ code: null, signal: "SIGKILL" });
      expect((await slot.instance(0)).restarts).to.equal(0);
      await slot.answer(1);
    });
  }

  it("that ends at once, even with exit code 0, is started again and again, and counted", async () => {
    const slot = await slotOf(["node", "-e", "0"], {}, { backoff: { initialMs: 10, maxMs: 40, resetAfterMs: 60_000 } });
    await slot.start();
    const instance = await eventually("three restarts", async () => {
      const now = await slot.instance();
      return now.restarts >= 3 && now.lastExit !== undefined ? now : undefined;
    });
    expect(instance.lastExit).to.include({ code: 0, signal: null });
  });

  it("says why when its program has gone meanwhile, and comes back with it", async () => {
    const slot = await slotOf(["./app"], {});
    const program = `#!/usr/bin/env node\n${NODE_APP}`;
    writeFileSync(join(slot.app, "app"), program, { mode: 0o755 });
    await slot.start();
    await slot.answer();
    unlinkSync(join(slot.app, "app"));
    process.kill((await slot.instance()).pid, "SIGKILL");
    await eventually("the reason is shown", async () => (await slot.instance()).lastExit?.error?.includes("ENOENT"));
    writeFileSync(join(slot.app, "app"), program, { mode: 0o755 });
    await slot.answer();
  });

  it("takes its children with it", async () => {
    const parent = `
      const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
      if (!require("node:fs").existsSync("child")) require("node:fs").writeFileSync("child", String(child.pid));
      setInterval(() => {}, 1000);`;
    const slot = await slotOf(["node", "app.js"], { "app.js": parent });
    const { instances } = await slot.start();
    const child = identityOf(Number(await slot.written("child")));
    expect(child).not.to.equal(undefined);
    process.kill(instances[0]?.pid ?? 0, "SIGKILL");
    await eventually("the child is gone", () => child !== undefined && !isAlive(child));
  });

  it("is not started again once the slot was stopped while it waited", async () => {
    const slot = await slotOf(
      ["node", "-e", "process.exit(3)"],
      {},
      { backoff: { initialMs: 60_000, maxMs: 60_000, resetAfterMs: 1 } },
    );
    await slot.start();
    await eventually("it waits", async () => (await slot.instance()).state === "backoff");
    expect(await stopSupervisor(slot.dir, 1_000)).to.deep.equal({ exited: 0, killed: 0 });
    expect(await slot.instance()).to.include({ state: "stopped", restarts: 0 });
  });

  it("of a slot whose port somebody else has is explained, and the explanation goes when the port is free", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const stranger = createServer().listen(slot.spec.port, "127.0.0.1");
    await once(stranger, "listening");
    const { problem } = await slot.start();
    expect(problem).to.contain(`port ${slot.spec.port} on 127.0.0.1 is in use`);
    if (process.platform === "linux") expect(problem).to.contain(`by pid ${process.pid} (`);
    await eventually("it crashes", async () => (await slot.instance()).restarts > 0);
    stranger.close();
    await slot.answer();
    expect((await slot.status()).problem).to.equal(undefined);
  });

  it("waits twice as long each time up to the longest wait, and from the start after a good run", () => {
    const backoff = { initialMs: 100, maxMs: 1_000, resetAfterMs: 5_000 };
    const waits: number[] = [];
    let crashes = 0;
    for (const ranMs of [0, 10, 10, 4_999, 10, 10, 5_000, 10]) {
      const next = nextWait(backoff, crashes, ranMs);
      waits.push(next.waitMs);
      crashes = next.crashes;
    }
    expect(waits).to.deep.equal([100, 200, 400, 800, 1_000, 1_000, 100, 200]);
    expect(nextWait(backoff, 100_000, 0).waitMs).to.equal(1_000);
  });
});
