import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { DemoResults } from "../../scripts/demo/results";
import { eventually } from "../support/eventually";

const clone = join(__dirname, "..", "..");

/** The demo as its README command runs it, in a process group of its own, as a terminal would give it. */
function demo() {
  const child = spawn(process.execPath, [join(clone, "scripts", "demo.mjs")], {
    cwd: clone,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let output = "";
  const collect = (part: Buffer) => (output += part.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { pid: child.pid ?? 0, ended, said: () => output };
}

describe("the demo", () => {
  it("ends with 0, every act as expected and no failed request, and writes its figures", async function () {
    this.timeout(400_000);
    const run = demo();
    const code = await run.ended;
    const results = JSON.parse(readFileSync(join(clone, ".bluegreen", "demo.json"), "utf8")) as DemoResults;
    console.log(
      `      sent ${results.requests}, failed ${results.failed}, switch times ${results.switchTimes.map(Math.round).join(", ")} ms`,
    );
    expect(code, run.said()).to.equal(0);
    expect(results.failed).to.equal(0);
    expect(results.requests).to.be.above(5000);
    expect(results.switches).to.be.above(1);
    expect(results.acts.map(({ ok }) => ok)).to.not.include(false);
  });

  it("stops everything it started on Ctrl-C", async function () {
    this.timeout(200_000);
    const run = demo();
    const folder = await eventually("the first update of the demo", () => {
      const project = /project (\S+) \(removed at the end\)/.exec(run.said())?.[1];
      return (
        project !== undefined &&
        existsSync(join(project, ".bluegreen", "dev", "hello", "router", "router.sock")) &&
        project
      );
    });
    process.kill(-run.pid, "SIGINT");
    expect(await run.ended, run.said()).to.equal(130);
    expect(existsSync(folder), run.said()).to.equal(false);
  });
});
