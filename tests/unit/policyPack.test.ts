import { expect } from "chai";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bluegreenPolicies, rules, type BluegreenPolicyConfig, type Rule } from "../../policies/index";
import { ruling } from "../support/policyRun";
import { aSwitch } from "../support/policyUpdate";

const root = resolve(__dirname, "../..");
const folder = join(root, "policies");
const json = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;

/** Minima of which more is stricter, as all of the pack's numbers are. */
type Minima = Record<string, number>;

describe("the policy pack", () => {
  it("has a version, which the SDK asks for, and that of the package", () => {
    expect(json(join(folder, "package.json"))).to.include({
      main: "main.js",
      version: json(join(root, "package.json")).version,
    });
  });

  it("names and describes each policy once", () => {
    const policies = bluegreenPolicies();
    expect(new Set(policies.map(({ name }) => name)).size).to.equal(rules.length);
    for (const { name, description } of policies) {
      expect(name).to.match(/^[a-z-]+$/);
      expect(description).to.match(/^[A-Z].*\.$/);
    }
  });

  it("has a stricter config for production, in the pack's own terms", () => {
    const production = json(join(folder, "production.json")) as Record<string, Minima>;
    bluegreenPolicies(production);
    expect(production).not.to.be.empty;
    for (const rule of rules as readonly Rule[]) {
      for (const [key, value] of Object.entries(production[rule.name] ?? {})) {
        const { default: usual } = (rule.config as Record<string, { default: number }>)[key] ?? { default: Infinity };
        expect(value, `${rule.name}.${key}`).to.be.above(usual);
      }
    }
  });

  it("prints nothing but its port when the engine starts it by `start`, wherever that is called from", async () => {
    const child = spawn(join(folder, "start"), ["127.0.0.1:1"], { cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((end) => child.once("close", end));
    try {
      const printed = await new Promise<string>((found, failed) => {
        let [out, err] = ["", ""];
        child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
        child.stdout.on("data", (chunk: Buffer) => {
          out += chunk.toString();
          if (out.includes("\n")) found(out);
        });
        child.once("close", () => failed(new Error(`it ended: ${out}${err}`)));
      });
      expect(printed).to.match(/^\d+\n$/);
    } finally {
      child.kill();
      await ended;
    }
  }).timeout(60_000);
});

describe("the policies in a pack of one's own", () => {
  it("start no server when they are imported", async () => {
    const script = `console.log(require(${JSON.stringify(join(folder, "index"))}).bluegreenPolicies().length)`;
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "-e", script], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    // A server would keep the process alive, and the test would run into its deadline.
    const timer = setTimeout(() => child.kill(), 50_000);
    const code = await new Promise((end) => child.once("close", end));
    clearTimeout(timer);
    expect(code).to.equal(0);
    expect(out).to.equal(`${rules.length}\n`);
  }).timeout(60_000);

  it("take levels and values of one's own, and the engine's config goes over them", async () => {
    const config: BluegreenPolicyConfig = { "minimum-bake": { minSeconds: 60 }, "keep-standby": "advisory" };
    const policies = bluegreenPolicies(config);
    const levelOf = (name: string) => policies.find((policy) => policy.name === name)?.enforcementLevel;
    expect([levelOf("keep-standby"), levelOf("minimum-bake")]).to.deep.equal(["advisory", "mandatory"]);

    const bake = policies.find((policy) => policy.name === "minimum-bake");
    if (bake === undefined) throw new Error("there is no minimum-bake");
    expect(bake.configSchema?.properties.minSeconds).to.include({ default: 60 });
    const at30s = aSwitch();
    expect(await ruling(bake, at30s))
      .to.have.property("violations")
      .with.lengthOf(1);
    expect(await ruling(bake, at30s, { config: { minSeconds: 30 } }))
      .to.have.property("violations")
      .with.lengthOf(0);
  });

  it("refuse a name or a key that is none of theirs", () => {
    const misspelt = { "minimum-backe": "advisory" } as BluegreenPolicyConfig;
    expect(() => bluegreenPolicies(misspelt)).to.throw(
      'There is no policy "minimum-backe". The policies are gate-required,',
    );
    const key = { "minimum-bake": { seconds: 1 } } as BluegreenPolicyConfig;
    expect(() => bluegreenPolicies(key)).to.throw('has no setting "seconds". It takes enforcementLevel, minSeconds.');
  });
});
