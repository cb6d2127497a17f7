import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { isAlive } from "../../components/platforms/local/process/identity";
import { startSupervisor, supervisorStatus } from "../../components/platforms/local/supervisor/client";
import { DOOR, NODE_APP, supervisedSlots } from "../support/supervisedSlot";

describe("starting a supervisor", function () {
  this.timeout(120_000);
  const slotOf = supervisedSlots();

  it("does nothing when it is started again with the same fingerprint, and refuses another one", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const first = await slot.start();
    expect(await slot.start()).to.deep.equal(first);
    const refused = await slot
      .start({ fingerprint: "second", release: "2.0.0-123456" })
      .catch((error: unknown) => error);
    expect(String(refused)).to.contain("blue already runs 1.0.0-abcdef").and.to.contain("2.0.0-123456");
    expect((await slot.status()).instances[0]?.pid).to.equal(first.instances[0]?.pid);
  });

  it("outlives the process that started it", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const client = join(__dirname, "../../components/platforms/local/supervisor/client.ts");
    const script = `require(${JSON.stringify(client)}).startSupervisor(...${JSON.stringify([slot.dir, slot.spec, DOOR])})`;
    const parent = spawn(process.execPath, ["--require", "tsx/cjs", "-e", script], {
      stdio: "inherit",
      detached: true,
    });
    const [code] = (await once(parent, "exit")) as [number | null];
    expect(code).to.equal(0);
    const { supervisor, supervisorAlive } = await slot.status();
    expect(supervisorAlive).to.equal(true);
    expect(JSON.parse(await slot.answer())).to.have.property("pid", (await slot.instance()).pid);
    // Ctrl-C and a closed terminal reach it, and are no reason to end.
    process.kill(supervisor.pid, "SIGINT");
    process.kill(supervisor.pid, "SIGHUP");
    expect((await slot.status()).supervisorAlive).to.equal(true);
    expect(isAlive(supervisor)).to.equal(true);
  });

  describe("refuses to start", () => {
    const message = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => "",
        (error: unknown) => String(error),
      );

    it("a program that is not there, and says where it looked", async () => {
      const slot = await slotOf(["no-such-program"], {});
      expect(await message(slot.start()))
        .to.contain('the program "no-such-program"')
        .and.to.contain("PATH");
      expect(await supervisorStatus(slot.dir)).to.equal(undefined);
    });

    it("in a working directory that is not there", async () => {
      const slot = await slotOf(["node", "app.js"], {});
      expect(await message(slot.start({ directory: "/no/such/folder" }))).to.contain("/no/such/folder is not there");
    });

    it("without a spec, and exits 1", async () => {
      const slot = await slotOf(["node", "app.js"], {});
      for (const [input, says] of [
        ["", "without a spec"],
        ['{"secrets":{"A":"hidden', "not complete"],
        ["{}", "not valid"],
      ] as const) {
        const child = spawn(process.execPath, [DOOR, "supervisor", slot.dir], { stdio: ["pipe", "ignore", "pipe"] });
        child.stdin.end(input);
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
        const [code] = (await once(child, "close")) as [number];
        expect(code).to.equal(1);
        expect(said).to.contain(says).and.not.to.contain("hidden");
      }
    });
  });

  it("is started through the package's own door", async () => {
    const slot = await slotOf(["node", "app.js"], { "app.js": NODE_APP });
    const status = await startSupervisor(slot.dir, slot.spec);
    expect(JSON.parse(await slot.answer())).to.have.property("pid", status.instances[0]?.pid);
  });
});
