import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { restartSupervisor } from "../../components/platforms/local/supervisor/client";
import { instanceUsage } from "../../components/platforms/local/supervisor/usage";
import { NODE_APP, PYTHON_APP, supervisedSlots } from "../support/supervisedSlot";
import { eventually } from "../support/eventually";

interface Seen {
  pid: number;
  env: Record<string, string>;
}

describe("a supervisor", function () {
  this.timeout(120_000);
  const slotOf = supervisedSlots();

  it("runs a Node application and tells it its port, slot, release and instance", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP }, { environment: { COLOUR: "sea" } });
    const status = await slot.start();
    const { pid, env } = JSON.parse(await slot.answer()) as Seen;
    expect(status.instances).to.have.length(1);
    expect(status).to.include({ service: "hello", slot: "blue", release: "1.0.0-abcdef", fingerprint: "first" });
    expect(status.problem).to.equal(undefined);
    expect(status.instances[0]).to.include({ pid, port: slot.spec.port, state: "running", restarts: 0 });
    expect(env).to.include({ COLOUR: "sea", SLOT: "blue", RELEASE: "1.0.0-abcdef", INSTANCE: "0", HOST: "127.0.0.1" });
    expect(env.PORT).to.equal(String(slot.spec.port));
  });

  it("runs a Python application", async () => {
    const slot = await slotOf(["python3", "app.py"], { "app.py": PYTHON_APP });
    await slot.start();
    expect(await slot.answer()).to.equal("python blue 1.0.0-abcdef");
  });

  it("gives each replica a port and a process group of its own", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP }, { replicas: 3 });
    const { instances } = await slot.start();
    expect(new Set(instances.map(({ port }) => port)).size).to.equal(3);
    expect(instances[0]?.port).to.equal(slot.spec.port);
    const seen = await Promise.all(instances.map(async ({ index }) => JSON.parse(await slot.answer(index)) as Seen));
    expect(seen.map(({ env }) => env.INSTANCE)).to.deep.equal(["0", "1", "2"]);
    for (const { pid } of instances) expect(() => process.kill(-pid, 0)).not.to.throw();
  });

  it("keeps secrets to the application: no file, no argument, no environment but the application's has them", async () => {
    const secret = "correct-horse-battery";
    process.env.DEPLOYMENT_TOKEN = "of-the-deployment";
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP }, { secrets: { TOKEN: secret } });
    const { supervisor } = await slot.start().finally(() => delete process.env.DEPLOYMENT_TOKEN);
    const { env } = JSON.parse(await slot.answer()) as Seen;
    expect(env.TOKEN).to.equal(secret);
    expect(env).not.to.have.property("DEPLOYMENT_TOKEN");
    for (const name of readdirSync(slot.dir, { recursive: true, encoding: "utf8" })) {
      const file = join(slot.dir, name);
      if (statSync(file).isFile()) expect(readFileSync(file, "utf8"), name).not.to.contain(secret);
    }
    if (process.platform !== "linux") return;
    for (const file of ["cmdline", "environ"]) {
      const text = readFileSync(`/proc/${supervisor.pid}/${file}`, "utf8");
      expect(text).not.to.contain(secret);
      expect(text).not.to.contain("of-the-deployment");
    }
  });

  it("lets nobody but its owner reach its socket and its files", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    await slot.start();
    const modeOf = (name: string): number => statSync(join(slot.dir, name)).mode & 0o777;
    expect([modeOf("."), modeOf("supervisor.sock"), modeOf("status.json")]).to.deep.equal([0o700, 0o600, 0o600]);
  });

  it("restarts the instances one by one when asked, and does not count that as crashes", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP }, { replicas: 2 });
    const before = await slot.start();
    const after = await restartSupervisor(slot.dir);
    expect(after.instances.map(({ port }) => port)).to.deep.equal(before.instances.map(({ port }) => port));
    for (const { index, pid, restarts } of after.instances) {
      expect(pid).not.to.equal(before.instances[index]?.pid);
      expect(restarts).to.equal(0);
    }
    await Promise.all([slot.answer(0), slot.answer(1)]);
  });

  it("leaves the other instances alone when one does not come back from a restart", async () => {
    const app = `if (require("node:fs").existsSync("broken")) setInterval(() => {}, 1000); else { ${NODE_APP} }`;
    const slot = await slotOf(["node", "app.js"], { "app.js": app }, { replicas: 2 });
    const before = await slot.start();
    await slot.answer(0);
    writeFileSync(join(slot.app, "broken"), "");
    const error = await restartSupervisor(slot.dir, 300).catch((reason: unknown) => reason);
    expect(String(error)).to.contain("instance 0 does not accept connections").and.to.contain("1 instances after it");
    expect((await slot.instance(1)).pid).to.equal(before.instances[1]?.pid);
  });

  it("measures what an instance uses, with its children", async () => {
    const app = 'require("node:child_process").spawn(process.execPath, ["worker.js"]); setInterval(() => {}, 1000);';
    const worker = "const held = Buffer.alloc(150 * 1024 * 1024, 1); setInterval(() => held.length, 1000);";
    const slot = await slotOf(["node", "app.js"], { "app.js": app, "worker.js": worker });
    const { instances } = await slot.start();
    const used = await eventually("the worker's memory is seen", async () => {
      const usage = (await instanceUsage(instances)).get(0);
      return usage !== undefined && usage.memoryMiB > 150 ? usage : undefined;
    });
    expect(used.cpuPercent).to.be.at.least(0);
  });
});
