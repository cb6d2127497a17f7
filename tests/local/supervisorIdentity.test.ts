import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { identityOf, isAlive, startTimeOf, stopProcess } from "../../components/platforms/local/process/identity";
import { readProcess } from "../../components/platforms/local/process/processTable";
import { eventually } from "../support/eventually";

describe("the identity of a process", function () {
  this.timeout(60_000);
  const children: ChildProcess[] = [];
  afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

  /** A process that says `ready` once it runs this. */
  async function run(code: string): Promise<ChildProcess & { pid: number }> {
    const script = `${code}; setInterval(() => {}, 1000); console.log("ready")`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"], detached: true });
    children.push(child);
    await once(child.stdout, "data");
    if (child.pid === undefined) throw new Error("no process was started");
    return Object.assign(child, { pid: child.pid });
  }

  it("is its pid with its start time, and stays the same", () => {
    const self = identityOf(process.pid);
    expect(self).to.deep.equal({ pid: process.pid, startTime: startTimeOf(process.pid) });
    expect(self !== undefined && isAlive(self)).to.equal(true);
  });

  it("is undefined for what is no process, and for numbers that mean a group or everybody", () => {
    for (const pid of [0, -1, -process.pid, 1.5, NaN, 2 ** 30]) {
      expect(startTimeOf(pid), String(pid)).to.equal(undefined);
      expect(isAlive({ pid, startTime: "" }), String(pid)).to.equal(false);
    }
  });

  it("tells a process from another one with the same pid, and from one before a reboot", async () => {
    const { pid } = await run("");
    const startTime = startTimeOf(pid) ?? "";
    expect(isAlive({ pid, startTime })).to.equal(true);
    expect(isAlive({ pid, startTime: `${startTime}1` })).to.equal(false);
    if (process.platform === "linux") expect(startTime).to.match(/^[0-9a-f-]{36}:\d+$/);
  });

  it("keeps a signal from a process whose start time is another", async () => {
    const child = await run("");
    const other = { pid: child.pid, startTime: "another" };
    expect(await stopProcess(other, { group: true, deadlineMs: 0 })).to.equal("gone");
    expect(await stopProcess(other, { group: false, deadlineMs: 0 })).to.equal("gone");
    expect(child.signalCode ?? child.exitCode).to.equal(null);
    expect(readProcess(child.pid)?.zombie).to.equal(false);
  });

  it("lets a stop say whether the process went by itself, was killed, or was gone", async () => {
    const polite = identityOf((await run("")).pid);
    const stubborn = identityOf((await run('process.on("SIGTERM", () => {})')).pid);
    if (polite === undefined || stubborn === undefined) throw new Error("they should run");
    expect(await stopProcess(polite, { group: false, deadlineMs: 30_000 })).to.equal("exited");
    expect(await stopProcess(stubborn, { group: false, deadlineMs: 100 })).to.equal("killed");
    expect(await stopProcess(stubborn, { group: false, deadlineMs: 100 })).to.equal("gone");
  });

  it("of a zombie is not alive", async function () {
    if (process.platform !== "linux") this.skip();
    // The shell turns into sleep, which never asks how the child it inherits has ended.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    children.push(parent);
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const entry = await eventually("the child is a zombie", () => {
      const found = readProcess(pid);
      return found?.zombie === true ? found : undefined;
    });
    expect(isAlive(entry)).to.equal(false);
    expect(await stopProcess(entry, { group: false, deadlineMs: 0 })).to.equal("gone");
  });
});
