import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { commandSource } from "../../components/objectives/sources/command";
import { SampleTimeout, type SampleContext } from "../../components/objectives/source";
import { identityOf, isAlive, type ProcessIdentity } from "../../components/platforms/local/process/identity";
import { refusal, sampleContext } from "../support/objective";
import { eventually } from "../support/eventually";

/** Starts a child that ignores SIGTERM, and writes both pids into a file. */
const FORKING = `
  const child = require("node:child_process").spawn(process.execPath, ["-e",
    "process.on('SIGTERM', () => {}); process.send('ready'); setInterval(() => {}, 1000)"],
    { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.once("message", () => {
    require("node:fs").writeFileSync("pids.tmp", JSON.stringify([process.pid, child.pid]));
    require("node:fs").renameSync("pids.tmp", "pids");
    then();
  });`;

describe("a command as a source", function () {
  this.timeout(120_000);
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "objective-command-"))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const node = (script: string, ...args: string[]) => [process.execPath, "-e", script, ...args];
  function run(command: string[], pointer?: string, context: Partial<SampleContext> = {}) {
    const settings = {
      kind: "command" as const,
      run: command,
      directory: dir,
      ...(pointer === undefined ? {} : { pointer }),
    };
    return commandSource(settings).sample(sampleContext(context));
  }

  /** The processes that a forking command started, as soon as it has said so. */
  async function started(): Promise<ProcessIdentity[]> {
    const pids = await eventually(
      "the command has a child",
      () => existsSync(join(dir, "pids")) && readFileSync(join(dir, "pids"), "utf8"),
    );
    return (JSON.parse(pids) as number[]).map(identityOf).filter((identity) => identity !== undefined);
  }

  it("gives its exit code, and what it complained of last", async () => {
    expect(await run(node(""))).deep.equal({ value: 0, detail: "exit code 0" });
    expect(
      await run(node(`console.error("warm-up"); console.error("the queue is stuck"); process.exitCode = 3`)),
    ).deep.equal({
      value: 3,
      detail: "exit code 3: the queue is stuck",
    });
  });

  it("gives the number in the JSON it writes", async () => {
    expect(await run(node(`console.log('{"lag": 12.5}')`), "/lag")).include({ value: 12.5 });
    expect(await run(node(`console.log('{"lag": null}')`), "/lag")).have.property("missing");
  });

  it("is told of what it measures, in arguments and in its environment, and nothing of the engine's", async () => {
    process.env.PULUMI_TEST_ONLY = "hidden";
    const script = `console.log(JSON.stringify({ v: [process.argv[1], process.env.BLUEGREEN_SLOT, process.env.BLUEGREEN_RELEASE,
      process.env.BLUEGREEN_INTERVAL_MS, process.env.PULUMI_TEST_ONLY ?? "none"].join() === process.argv[2] ? 1 : 0 }))`;
    try {
      const wanted = "green/1.1.0,green,1.1.0-bbbbbbbbbbbb,5000,none";
      expect(await run(node(script, "{{slot}}/{{version}}", wanted), "/v")).include({ value: 1 });
    } finally {
      delete process.env.PULUMI_TEST_ONLY;
    }
  });

  const wrong: [string, string[], string | undefined, string][] = [
    ["no JSON", node("console.log('12 ms')"), "/lag", `not JSON but "12 ms`],
    ["no output", node(""), "/lag", `not JSON but ""`],
    ["a text", node(`console.log('{"lag": "12"}')`), "/lag", `/lag is the text "12", not a number`],
    ["JSON and a failure", node(`console.log('{"lag": 1}'); process.exitCode = 2`), "/lag", "ended with exit code 2"],
    ["a signal", node("process.kill(process.pid, 'SIGKILL')"), undefined, "was ended by SIGKILL"],
    ["too much", node("setInterval(() => console.log('x'.repeat(100_000)), 1)"), "/lag", "wrote more than 256 KiB"],
    [
      "nothing, since there is none",
      ["no-such-program-here"],
      undefined,
      "cannot run: there is no such program on PATH",
    ],
  ];
  for (const [what, command, pointer, says] of wrong) {
    it(`that gives ${what} is an error`, async () => expect(await refusal(run(command, pointer))).contain(says));
  }

  it("does not show its arguments when it fails", async () => {
    expect(await refusal(run(node("process.exitCode = 1", "--", "--token=s3cr3t"), "/v"))).not.contain("s3cr3t");
  });

  it("is killed at its deadline, with children that ignore being asked", async () => {
    const sample = run(
      node(`${FORKING} function then() {} process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)`),
      undefined,
      {
        timeoutMs: 8000,
      },
    );
    const failed = sample.catch((error: unknown) => error);
    const processes = await started();
    expect(await failed).instanceOf(SampleTimeout);
    expect(await refusal(sample)).contain("did not end within 8 s; it was killed with its children");
    expect(processes.map(isAlive)).not.include(true);
  });

  it("leaves no child behind when it ends before it", async () => {
    const sample = run(node(`${FORKING} function then() { process.exit(0); }`));
    const processes = await started();
    expect(await sample).include({ value: 0 });
    await eventually("its child has gone", () => !processes.some(isAlive));
  });

  it("is killed when nobody waits for it any more", async () => {
    const stopped = new AbortController();
    const sample = refusal(
      run(node(`${FORKING} function then() {} setInterval(() => {}, 1000)`), undefined, { signal: stopped.signal }),
    );
    const processes = await started();
    expect(processes).length(2);
    stopped.abort();
    await sample;
    expect(processes.map(isAlive)).not.include(true);
  });
});
