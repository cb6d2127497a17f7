import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hook } from "../../components/hooks/hook";
import { runHook, type HookMeans } from "../../components/hooks/run";
import { systemClock, type Clock } from "../../components/model/clock";
import { identityOf, isAlive, type ProcessIdentity } from "../../components/platforms/local/process/identity";
import { commandHook, hookContext } from "../support/hooks";
import { eventually } from "../support/eventually";

/** Heeds no SIGTERM, has a child in its group and one that has left it, and tells the pids of all three. */
const FORKING = `
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
process.on("SIGTERM", () => {});
const child = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
const pids = [false, true].map((detached) => spawn(process.execPath, ["-e", child], { detached, stdio: "inherit" }).pid);
writeFileSync("pids", JSON.stringify([process.pid, ...pids]));
if (process.argv[2] === "leave") process.exit(0);
setInterval(() => {}, 1000);`;

/** Until one of the two is aborted. */
async function either(...signals: (AbortSignal | undefined)[]): Promise<void> {
  const any = AbortSignal.any(signals.filter((signal) => signal !== undefined));
  if (!any.aborted) await new Promise((resolve) => any.addEventListener("abort", resolve, { once: true }));
}

describe("a hook that runs a command", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bg-hook-"));
  });
  afterEach(() => {
    // What a failed test may have left.
    const file = join(folder, "pids");
    const left = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as number[]) : [];
    for (const pid of left) if (identityOf(pid) !== undefined) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (hook: Hook, means: HookMeans = {}) =>
    runHook(hook, hookContext(), systemClock, { project: folder, ...means });
  const node = (code: string, changes: Partial<Hook> = {}) => commandHook([process.execPath, "-e", code], changes);

  /** The processes of FORKING, as soon as it has started them. */
  async function forked(): Promise<ProcessIdentity[]> {
    const file = join(folder, "pids");
    return eventually("the command starts its children", () => {
      if (!existsSync(file)) return undefined;
      const text = readFileSync(file, "utf8");
      if (!text.endsWith("]")) return undefined;
      const found = (JSON.parse(text) as number[]).map(identityOf);
      return found.every((one) => one !== undefined) ? found : undefined;
    });
  }

  it("passes with exit code 0, and is told of the cutover in its environment", async () => {
    const code = `
      const names = Object.keys(process.env).filter((name) => /^BLUEGREEN_(?!HOOK_RUN)/.test(name)).sort();
      require("node:fs").writeFileSync("env", JSON.stringify(Object.fromEntries(names.map((name) => [name, process.env[name]]))));
      console.log("first"); console.log("all is well");`;
    expect(await run(node(code))).include({ verdict: "pass", detail: "all is well", attempts: 1 });
    expect(JSON.parse(readFileSync(join(folder, "env"), "utf8"))).deep.equal({
      BLUEGREEN_BACK: "blue",
      BLUEGREEN_CUTOVER: "20260301T120000000Z-abcdef",
      BLUEGREEN_FROM: "blue",
      BLUEGREEN_FROM_ADDRESS: "http://127.0.0.1:5005",
      BLUEGREEN_FROM_ADDRESSES: "http://127.0.0.1:5005 http://127.0.0.1:5015",
      BLUEGREEN_FROM_RELEASE: "1.0.0-aaaaaaaaaaaa",
      BLUEGREEN_KIND: "switch",
      BLUEGREEN_SERVICE: "shop",
      BLUEGREEN_STACK: "test",
      BLUEGREEN_STAGE: "POST_SCALE_UP",
      BLUEGREEN_TO: "green",
      BLUEGREEN_TO_ADDRESS: "http://127.0.0.1:5006",
      BLUEGREEN_TO_ADDRESSES: "http://127.0.0.1:5006",
      BLUEGREEN_TO_RELEASE: "1.1.0-bbbbbbbbbbbb",
    });
  });

  it("fails with any other exit code, and with what it said last", async () => {
    const result = await run(node('console.log("looking"); console.error("no such table"); process.exitCode = 3'));
    expect(result.verdict).equal("fail");
    expect(result.detail).match(/^exit code 3: /);
    expect(result.detail).include("looking").and.include("no such table");
  });

  it("fails when a signal ends it", async () => {
    expect(await run(node('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)'))).include({
      verdict: "fail",
      detail: "SIGKILL, without a word",
    });
  });

  it("is an error when it cannot be started", async () => {
    const result = await run(commandHook(["/nowhere/at/all"]));
    expect(result).include({ verdict: "error" });
    expect(result.detail).equal("/nowhere/at/all cannot be started: it, or the folder it runs in, is not there");
  });

  it("is tried again until it passes", async () => {
    const code = `
      const fs = require("node:fs");
      fs.appendFileSync("tries", "x");
      process.exitCode = fs.readFileSync("tries", "utf8").length < 3 ? 1 : 0;`;
    expect(await run(node(code, { retries: 5 }))).include({ verdict: "pass", attempts: 3 });
  });

  it("is ended at its deadline with all that it started, also what left its process group and what heeds no SIGTERM", async () => {
    writeFileSync(join(folder, "fork.js"), FORKING);
    const deadline = new AbortController();
    const clock: Clock = { now: () => Date.now(), sleep: (_, signal) => either(deadline.signal, signal) };
    const hook = commandHook([process.execPath, "fork.js"], { deadlineMs: 5000 });
    const work = runHook(hook, hookContext(), clock, { project: folder });
    const pids = await forked();
    deadline.abort();
    const result = await work;
    expect(result.verdict).equal("timeout");
    expect(result.detail).match(/^not done within its deadline of 5 s/);
    expect(pids.map(isAlive)).deep.equal(pids.map(() => false));
  });

  it("leaves nothing behind when it ends by itself either, and is not held up by what holds its pipes", async () => {
    writeFileSync(join(folder, "fork.js"), FORKING);
    const result = await run(commandHook([process.execPath, "fork.js", "leave"], { deadlineMs: 60_000 }));
    expect(result).include({ verdict: "pass" });
    const pids = JSON.parse(readFileSync(join(folder, "pids"), "utf8")) as number[];
    expect(pids.map(identityOf).filter((one) => one !== undefined && isAlive(one))).deep.equal([]);
  });

  it("is ended by an abort, and what was stopped is never a pass", async () => {
    const abort = new AbortController();
    const code = `
      process.on("SIGTERM", () => process.exit(0));
      require("node:fs").writeFileSync("ready", "yes");
      setInterval(() => {}, 1000);`;
    const work = run(node(code, { deadlineMs: 60_000, retries: 5 }), { signal: abort.signal });
    await eventually("the command is ready", () => existsSync(join(folder, "ready")));
    abort.abort();
    expect(await work).include({ verdict: "error", detail: "it was stopped", attempts: 1 });
  });

  it("may say more than fits: the end of it is kept", async () => {
    const code = `
      const { writeSync } = require("node:fs");
      const say = (text) => { for (let rest = Buffer.from(text); rest.length > 0; ) {
        try { rest = rest.subarray(writeSync(1, rest)); } catch (error) { if (error.code !== "EAGAIN") throw error; } } };
      say("y".repeat(3_000_000) + "\\n");
      for (let i = 0; i < 20_000; i += 1) say("line " + i + "\\n");
      process.exitCode = 1;`;
    const { detail } = await run(node(code));
    expect(detail.length).below(2500);
    expect(detail).match(/line 19999$/);
  });

  it("is given the secrets it names, and no secret is in what it is told to have said", async () => {
    const secrets = { migrationUrl: "postgres://app:hunter2hunter2@db/shop", other: "another-secret" };
    const code = 'console.error("cannot reach " + process.env.DB_URL + " and another-secret"); process.exitCode = 1';
    const { detail } = await run(node(code, { secrets: { DB_URL: "migrationUrl" } }), { secrets });
    expect(detail).equal("exit code 1: cannot reach *** and ***");
  });

  it("shows no part of a secret where a long line is cut", async () => {
    const token = "s3cret-".repeat(20);
    for (const before of [8192, 8192 - 70, 8192 + 70, 8192 + 139]) {
      const code = `console.error("x".repeat(${before}) + process.env.TOKEN + "x".repeat(9000)); process.exitCode = 1`;
      const { detail } = await run(node(code, { secrets: { TOKEN: "token" } }), { secrets: { token } });
      expect(detail).not.include("s3cret");
    }
  });

  it("is an error when the secret is not there", async () => {
    const result = await run(node("", { secrets: { DB_URL: "migrationUrl" } }), { secrets: {} });
    expect(result).include({ verdict: "error", detail: "the config has no secret named migrationUrl" });
  });

  it("is given none of the deployer's environment but what it asks for", async () => {
    process.env["BG_TEST_DEPLOYER"] = "credentials";
    try {
      const code = "console.log(String(process.env.BG_TEST_DEPLOYER))";
      const asking = commandHook([process.execPath, "-e", code]);
      expect(await run(asking)).include({ detail: "undefined" });
      asking.command = { run: asking.command?.run ?? [], environment: {}, inherit: ["BG_TEST_DEPLOYER"] };
      expect(await run(asking)).include({ detail: "credentials" });
    } finally {
      delete process.env["BG_TEST_DEPLOYER"];
    }
  });
});
