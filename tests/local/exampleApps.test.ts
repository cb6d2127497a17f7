import { expect } from "chai";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../scripts/scratch/freePorts";
import { eventually } from "../support/eventually";
import { skip } from "../support/skip";

const examples = join(__dirname, "../../examples");

interface App {
  name: string;
  command: string[];
  directory: string;
  /** A request that is answered after some time. */
  slow?: string;
}

const apps: App[] = [
  { name: "hello", command: ["node", "server.js"], directory: join(examples, "hello"), slow: "/slow?ms=1500" },
  { name: "reflection-ui", command: ["python3", "app.py"], directory: join(examples, "reflection-ui/app") },
];

for (const { name, command, directory, slow } of apps) {
  describe(`the example ${name}`, () => {
    let scratch: string;
    const children: ChildProcess[] = [];

    before(function () {
      if (spawnSync(command[0] ?? "", ["--version"]).status !== 0) skip(this, `${command[0] ?? ""} is not installed`);
    });
    beforeEach(() => (scratch = mkdtempSync(join(tmpdir(), "bg-app-"))));
    afterEach(async () => {
      for (const child of children.splice(0)) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await ended;
      }
      rmSync(scratch, { recursive: true, force: true });
    });

    /** Starts it as the platform does, and waits until it listens. */
    async function start(
      variables: Record<string, string> = {},
    ): Promise<{ url: string; ended: Promise<number | null>; stop: () => void }> {
      const [port = 0] = await freePorts(1);
      const [program = "", ...args] = command;
      const child = spawn(program, args, {
        cwd: directory,
        stdio: "ignore",
        env: {
          PATH: process.env.PATH,
          HOST: "127.0.0.1",
          PORT: String(port),
          SLOT: "green",
          RELEASE: "1.1.0-0123456789ab",
          INSTANCE: "0",
          DATA_FILE: join(scratch, "data.db"),
          ...variables,
        },
      });
      children.push(child);
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      const url = `http://127.0.0.1:${port}`;
      const stopped = () => (child.exitCode === null ? undefined : `it ended with ${child.exitCode}`);
      await eventually(
        `${name} listening`,
        () =>
          fetch(`${url}/health`).then(
            (r) => r.text(),
            () => false,
          ),
        { stop: stopped },
      );
      return { url, ended, stop: () => void child.kill("SIGTERM") };
    }

    it("is healthy and says which version it is", async () => {
      const { url } = await start();
      for (const path of ["/", "/health"]) {
        const answer = await fetch(url + path);
        expect(answer.status).to.equal(200);
        expect(answer.headers.get("x-version")).to.equal("1.1.0");
        expect(await answer.text())
          .to.contain("1.1.0")
          .and.contain("green");
      }
    });

    it("ends with 0 when it is stopped, although a connection is kept open", async () => {
      const { url, ended, stop } = await start();
      await (await fetch(url)).text();
      stop();
      expect(await ended).to.equal(0);
    });

    if (slow === undefined) return;

    it("finishes what is in flight before it ends", async () => {
      const { url, ended, stop } = await start();
      const answer = fetch(url + slow);
      // The server reads what came first first, so it has read that one when it answers a later one.
      await (await fetch(`${url}/health`)).text();
      stop();
      expect((await answer).status).to.equal(200);
      expect(await ended).to.equal(0);
    });

    it("misbehaves as its variables say", async () => {
      const unhealthy = await start({ FAIL_HEALTH: "1" });
      expect((await fetch(`${unhealthy.url}/health`)).status).to.equal(503);
      const failing = await start({ FAIL_PERCENT: "50" });
      const statuses = [];
      for (let n = 0; n < 4; n++) statuses.push((await fetch(failing.url)).status);
      expect(statuses.sort()).to.deep.equal([200, 200, 500, 500]);
      expect(await (await start({ CRASH_AFTER_MS: "800" })).ended).to.equal(1);
    });
  });
}
