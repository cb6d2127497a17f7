import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { freePorts } from "../../scripts/scratch/freePorts";

const clone = join(__dirname, "..", "..");

/** What a person who cloned the repository has: every tracked or new file, and what was installed. */
function freshClone(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bg-readme-")));
  const names = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: clone,
    encoding: "utf8",
  });
  for (const name of names.split("\n").filter(Boolean))
    cpSync(join(clone, name), join(folder, name), { recursive: true });
  symlinkSync(join(clone, "node_modules"), join(folder, "node_modules"));
  return folder;
}

describe("the README", () => {
  const readme = readFileSync(join(clone, "README.md"), "utf8");
  const walkthrough = /<!-- walkthrough -->\s*```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";

  it("gives first steps whose every command works in a fresh clone", async function () {
    this.timeout(240_000);
    const folder = freshClone();
    const [port = 0, blue = 0, green = 0, preview = 0] = await freePorts(4);
    const ports = { PUBLIC_PORT: port, BLUE_PORT: blue, GREEN_PORT: green, PREVIEW_PORT: preview };
    const { PULUMI_BACKEND_URL: _backend, ...environment } = process.env;
    const env = {
      ...environment,
      ...Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, String(value)])),
    };
    try {
      const commands = walkthrough.replaceAll(":5004", `:${port}`);
      expect(commands.trim().split("\n")).to.have.length.above(8);
      const run = spawnSync("sh", ["-e", "-x", "-c", commands], {
        cwd: folder,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      const said = `${run.stdout}\n${run.stderr}`;
      expect(run.status, said).to.equal(0);
      expect(said).to.match(/switch blue → green/);
      expect(said).to.match(/green serves, release 1\.1\.0-/);
      expect(said).to.match(/FastRolledBack/);
    } finally {
      spawnSync("sh", ["-c", "npm run pulumi -- destroy --yes --skip-preview"], { cwd: folder, env, stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("names only files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
    for (const link of links) expect(() => readFileSync(join(clone, link, ""))).to.not.throw(/ENOENT/);
  });
});
