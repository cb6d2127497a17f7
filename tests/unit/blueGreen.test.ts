import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { BlueGreen } from "../../components/blueGreen";
import type { BlueGreenArgs } from "../../components/config/args";
import { typeOf } from "../../components/resources/inputs";

const SECRET = "s3cr3t-value";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Ticks at which its registration began and ended. */
  began: number;
  ended: number;
}

describe("BlueGreen", function () {
  this.timeout(60_000);
  let directory: string;
  let registered: Registered[];
  let service: BlueGreen;

  const args = (): BlueGreenArgs => {
    const slot = { version: "1.0.0", command: ["node", "server.js"], directory };
    return {
      service: "shop",
      activeSlot: "blue",
      blue: { ...slot, replicas: 2, secrets: { BLUE_TOKEN: pulumi.secret(SECRET) } },
      green: { ...slot, version: "1.1.0" },
      secrets: { TOKEN: SECRET },
    };
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "bluegreen-component-"));
    await writeFile(join(directory, "server.js"), "// serves\n");
    registered = [];
    let tick = 0;
    const mocks: pulumi.runtime.Mocks = {
      call: () => ({}),
      async newResource({ type, name, inputs }) {
        const entry: Registered = {
          type,
          name,
          inputs: inputs as Registered["inputs"],
          began: tick++,
          ended: Infinity,
        };
        registered.push(entry);
        // Whoever does not wait for this resource begins meanwhile.
        await new Promise((done) => setTimeout(done, 50));
        entry.ended = tick++;
        const serves = type === typeOf("Cutover") ? { serves: "blue", lastCutover: null } : {};
        const evidence = type === typeOf("Gate") ? { evidence: null, checks: [] } : {};
        return { id: `${name}-id`, state: { ...entry.inputs, ...serves, ...evidence } };
      },
    };
    await pulumi.runtime.setMocks(mocks, "project", "test");
    service = new BlueGreen("shop", args());
    // The outputs come when the last of the resources is there.
    await valueOf(service.lastCutover);
  });

  after(async () => {
    await pulumi.runtime.disconnect();
    await rm(directory, { recursive: true, force: true });
  });

  const one = (name: string) => {
    const found = registered.find((entry) => entry.name === name);
    if (found === undefined) throw new Error(`${name} was not declared`);
    return found;
  };
  const switching = ["shop-plan", "shop-gate", "shop-cutover"];

  it("is a plan, a router, a route, two slots, a gate and a cutover", () => {
    const types = Object.fromEntries(registered.map(({ name, type }) => [name, type]));
    expect(types).deep.equal({
      shop: "bluegreen:index:BlueGreen",
      "shop-plan": "pulumi-nodejs:dynamic/bluegreen:Plan",
      "shop-router": "pulumi-nodejs:dynamic/bluegreen:LocalRouter",
      "shop-route": "pulumi-nodejs:dynamic/bluegreen:Route",
      "shop-blue": "pulumi-nodejs:dynamic/bluegreen:LocalSlot",
      "shop-green": "pulumi-nodejs:dynamic/bluegreen:LocalSlot",
      "shop-gate": "pulumi-nodejs:dynamic/bluegreen:Gate",
      "shop-cutover": "pulumi-nodejs:dynamic/bluegreen:Cutover",
    });
  });

  const order = [
    ["shop-plan", "shop-router"],
    ["shop-router", "shop-route"],
    ["shop-route", "shop-blue"],
    ["shop-route", "shop-green"],
    ["shop-blue", "shop-gate"],
    ["shop-green", "shop-gate"],
    ["shop-gate", "shop-cutover"],
  ] as const;
  for (const [first, second] of order) {
    it(`has ${first} in place before it begins ${second}`, () => {
      expect(one(first).ended).below(one(second).began);
    });
  }

  it("gives each dynamic resource one line of text as its provider, the same for each of a kind", () => {
    const texts = registered
      .filter(({ type }) => type.includes("dynamic"))
      .map(({ type, inputs }) => [type, inputs["__provider"]] as const);
    for (const [type, text] of texts) {
      expect(text).a("string").and.not.contain("\n");
      expect(String(text).length).below(200);
      expect(text).equal(new Map(texts).get(type));
      expect(text).contain(`provider("${type.split(":").at(-1) ?? ""}")`);
    }
  });

  it("gives Plan, Gate and Cutover the same plain inputs", () => {
    for (const name of switching) {
      const { target, activeSlot, releases, settings } = one(name).inputs;
      expect({ target, activeSlot, releases, settings }, name).deep.equal(
        (({ target, activeSlot, releases, settings }) => ({ target, activeSlot, releases, settings }))(
          one("shop-plan").inputs,
        ),
      );
      expect(activeSlot).equal("blue");
      expect(target).deep.include({ platform: "local", service: "shop", stack: "test" });
      expect(releases).have.nested.property("blue.replicas", 2);
      expect(releases).have.nested.property("green.version", "1.1.0");
    }
  });

  it("gives secrets to the slots alone, marked as secret", () => {
    const { isSecret, value } = unwrapped(one("shop-blue").inputs["secrets"]);
    expect(isSecret).equal(true);
    expect(value).deep.equal({ TOKEN: SECRET, BLUE_TOKEN: SECRET });
    expect(unwrapped(one("shop-green").inputs["secrets"])).deep.equal({ isSecret: true, value: { TOKEN: SECRET } });
    for (const { name, inputs } of registered) {
      expect(JSON.stringify({ ...inputs, secrets: undefined }), name).not.contain(SECRET);
      if (switching.includes(name)) expect(JSON.stringify(inputs), name).not.match(/secret/i);
    }
  });

  it("tells who serves, where, and what runs in each slot", async () => {
    expect(await valueOf(service.activeSlot)).equal("blue");
    expect(await valueOf(service.url)).equal("http://127.0.0.1:5004");
    expect(await valueOf(service.previewUrl)).equal("http://127.0.0.1:5007");
    expect(await valueOf(service.route)).deep.equal({ blue: 100, green: 0 });
    expect(await valueOf(service.lastCutover)).equal(null);
    const slots = await valueOf(service.slots);
    expect(slots.blue).include({ version: "1.0.0", role: "active", url: "http://127.0.0.1:5005" });
    expect(slots.green).include({ version: "1.1.0", role: "idle", url: "http://127.0.0.1:5006" });
    expect(slots.blue?.release).match(/^1\.0\.0-[0-9a-f]{12}$/);
  });

  it("refuses wrong arguments with every problem at once, and without a stack trace", () => {
    const wrong = { ...args(), activeSlot: "red", bakes: { duration: "1s" } } as unknown as BlueGreenArgs;
    expect(() => new BlueGreen("wrong", wrong))
      .to.throw(pulumi.RunError)
      .with.property("message")
      .that.contains("activeSlot")
      .and.contains("bakes");
  });

  it("has providers whose text finds the code of this package", async () => {
    const texts = [
      ...new Set(registered.map(({ inputs }) => inputs["__provider"]).filter((text) => text !== undefined)),
    ];
    const script =
      `for (const text of ${JSON.stringify(texts)}) { const exports = {}; eval(text); ` +
      `console.log(Object.keys(exports.handler()).sort().join()); }`;
    const root = resolve(__dirname, "../..");
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { cwd: root, timeout: 50_000 });
    expect(stdout.trim().split("\n")).deep.equal(texts.map(() => "check,create,delete,diff,read,update"));
  });
});

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((done) => output.apply((value) => done(value)));
}

/** A secret as it travels to the engine is its value under a well-known mark. */
function unwrapped(input: unknown): { isSecret: boolean; value: unknown } {
  const marked = input as Record<string, unknown>;
  const isSecret = marked["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270";
  return { isSecret, value: isSecret ? marked["value"] : input };
}
