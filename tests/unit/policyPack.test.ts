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

/** What a config file gives one rule. */
type Values = Record<string, unknown>;

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
    const production = json(join(folder, "production.json")) as Record<string, Values>;
    bluegreenPolicies(production);
    expect(production).not.to.be.empty;
    for (const rule of rules as readonly Rule[]) {
      for (const [key, value] of Object.entries(production[rule.name] ?? {})) {
        const { default: usual } = (rule.config as Record<string, { default: unknown }>)[key] ?? { default: undefined };
        const what = `${rule.name}.${key}`;
        if (typeof value !== "number") expect(value, what).not.to.deep.equal(usual);
        else if (key.startsWith("max")) expect(value, what).to.be.below(usual as number);
        else expect(value, what).to.be.at.least(usual as number);
      }
    }
  });

  it("lists every rule and every value of it, with its default, in policies/README.md", () => {
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    for (const rule of rules as readonly Rule[]) {
      const row = readme.split("\n").find((line) => line.startsWith(`| \`${rule.name}\``));
      expect(row, rule.name).to.be.a("string");
      for (const [key, { default: usual }] of Object.entries(rule.config as Record<string, { default: unknown }>)) {
        const shown = JSON.stringify(usual).replaceAll('","', '", "');
        expect(row).to.contain(["", key, " ", shown, ""].join("`"));
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
