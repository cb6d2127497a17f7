import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { freePorts } from "../../scripts/scratch/freePorts";
import { pulumiCommand } from "../../scripts/scratch/pulumiCommand";

const clone = join(__dirname, "..", "..");

/** Runs a program and gives its output; a failure shows what it printed. */
function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  try {
    return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
  }
}

describe("the packed npm module", () => {
  let folder: string;
  let installed: string;

  before(function () {
    this.timeout(180_000);
    folder = realpathSync(mkdtempSync(join(tmpdir(), "bg-pack-")));
    run("npm", ["pack", "--silent", "--pack-destination", folder], clone);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    installed = join(folder, "program", "node_modules", "pulumi-bluegreen");
    mkdirSync(installed, { recursive: true });
    run("tar", ["-xzf", join(folder, tarball ?? ""), "-C", installed, "--strip-components=1"], folder);
    // Its dependencies are what an installation would bring: those of the clone, without the development ones it must not need.
    const { dependencies } = JSON.parse(run("cat", [join(clone, "package.json")], clone)) as {
      dependencies: Record<string, string>;
    };
    for (const name of [...Object.keys(dependencies), "@pulumi/pulumi", "typescript", "@types/node"]) {
      const link = join(folder, "program", "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(clone, "node_modules", name), link);
    }
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds compiled code and types, and no TypeScript sources or tests", () => {
    const names = run("find", [installed, "-type", "f"], folder).split("\n");
    expect(names.some((name) => name.endsWith("dist/components/index.d.ts"))).to.equal(true);
    expect(names.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))).to.deep.equal([]);
    expect(names.filter((name) => name.includes("/tests/"))).to.deep.equal([]);
  });

  it("type-checks in another program", function () {
    this.timeout(120_000);
    const program = join(folder, "program");
    writeFileSync(
      join(program, "index.ts"),
      `import { BlueGreen } from "pulumi-bluegreen";
const service = new BlueGreen("web", {
  service: "web",
  activeSlot: "blue",
  blue: { version: "1.0.0", command: ["node", "a.js"], directory: "app" },
});
export const url: import("@pulumi/pulumi").Output<string> = service.url;
`,
    );
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "node16"];
    run(process.execPath, [join(clone, "node_modules", "typescript", "bin", "tsc"), ...options, "index.ts"], program);
  });

  it("answers for each of its exports, with nothing but compiled code", () => {
    const script = `
      const names = ["pulumi-bluegreen", "pulumi-bluegreen/runtime", "pulumi-bluegreen/cli", "pulumi-bluegreen/policies"];
      console.log(JSON.stringify(names.map((name) => Object.keys(require(name)).length > 0)));`;
    expect(JSON.parse(run(process.execPath, ["-e", script], join(folder, "program")))).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
  });

  it("runs a first deployment, a switch and a destroy in another program", async function () {
    this.timeout(240_000);
    const program = join(folder, "program");
    const [port = 0, bluePort = 0, greenPort = 0, previewPort = 0] = await freePorts(4);
    cpSync(join(clone, "examples", "hello"), join(program, "app"), { recursive: true });
    writeFileSync(join(program, "package.json"), JSON.stringify({ name: "web", main: "index.js" }));
    writeFileSync(join(program, "Pulumi.yaml"), "name: web\nruntime: nodejs\nmain: index.js\n");
    writeFileSync(
      join(program, "index.js"),
      `const { BlueGreen } = require("pulumi-bluegreen");
const release = (version) => ({ version, command: ["node", "server.js"], directory: "app", environment: { V: version } });
const web = new BlueGreen("web", {
  service: "web",
  activeSlot: process.env.ACTIVE,
  blue: release("1.0.0"),
  green: release("1.1.0"),
  gate: { interval: "100ms" },
  bake: { duration: "1s", interval: "500ms", failureLimit: 0, noTraffic: "pass" },
  local: { port: ${port}, bluePort: ${bluePort}, greenPort: ${greenPort}, previewPort: ${previewPort} },
});
exports.activeSlot = web.activeSlot;
`,
    );
    const { binDir, command } = await pulumiCommand();
    const environment = (active: string) => ({
      ...process.env,
      ACTIVE: active,
      PATH: `${binDir}:${process.env.PATH ?? ""}`,
      PULUMI_BACKEND_URL: `file://${program}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    const pulumi = (active: string, ...args: string[]) =>
      run(command, [...args, "--stack", "dev"], program, environment(active));
    run(command, ["stack", "init", "dev"], program, environment("blue"));
    try {
      expect(pulumi("blue", "up", "--yes", "--skip-preview")).to.match(/blue serves, release 1\.0\.0-/);
      expect(pulumi("green", "up", "--yes", "--skip-preview")).to.match(/green serves, release 1\.1\.0-/);
      expect(pulumi("green", "stack", "output", "activeSlot").trim()).to.equal("green");
    } finally {
      pulumi("green", "destroy", "--yes", "--skip-preview");
    }
    expect(readFileSync(join(program, ".bluegreen", "dev", "web", "router", "router.log"), "utf8")).to.not.equal("");
  });
});
