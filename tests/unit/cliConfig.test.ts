import { expect } from "chai";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writtenKeys } from "../../cli/openStack";
import { programFolder, projectFolder } from "../../cli/projectFolder";
import { findPulumi } from "../../cli/pulumiCommand";
import { editBetween, leaves } from "../../cli/stackConfig";
import { slotConfig } from "../../cli/verbs/deploy";

describe("config edits of the command line", () => {
  it("touch only what differs", () => {
    const before = { version: "1.0.0", command: ["node", "a.js"], environment: { A: "1", B: "2" }, replicas: 2 };
    const after = { version: "1.1.0", command: ["node", "a.js"], environment: { A: "1", C: "3" }, replicas: 2 };
    expect(editBetween(before, after, "green")).to.deep.equal({
      set: { "green.version": "1.1.0", "green.environment.C": "3" },
      remove: ["green.environment.B"],
    });
    expect(editBetween(before, structuredClone(before), "green")).to.deep.equal({ set: {}, remove: [] });
  });

  it("write a list anew, since it may become shorter", () => {
    expect(editBetween({ command: ["node", "--x", "a.js"] }, { command: ["node", "b.js"] }, "green")).to.deep.equal({
      set: { "green.command[0]": "node", "green.command[1]": "b.js" },
      remove: ["green.command"],
    });
  });

  it("make a slot that was not there, and name odd keys so that the CLI takes them as one", () => {
    expect(editBetween(undefined, { version: "1" }, "green")).to.deep.equal({
      set: { "green.version": "1" },
      remove: [],
    });
    expect(leaves({ headers: { "x.y": 1 }, on: false }, "gate")).to.deep.equal({
      'gate.headers["x.y"]': "1",
      "gate.on": "false",
    });
  });
});

describe("the slot config of a deployment", () => {
  const model = {
    version: "1.0.0",
    command: ["node", "a.js"],
    directory: "app",
    digest: `sha256:${"a".repeat(64)}`,
    environment: { A: "1" },
    secrets: { TOKEN: "hush" },
  };

  it("takes over what is not given, but neither the pin nor the secrets", () => {
    const { command, directory, environment } = model;
    expect(slotConfig("1.1.0", model, {})).to.deep.equal({ version: "1.1.0", command, directory, environment });
  });

  it("puts over it what is given", () => {
    const given = { command: ["./run"], directory: "new", set: { replicas: "3", "environment.B": "2" } };
    expect(slotConfig("1.1.0", model, given)).to.deep.equal({
      version: "1.1.0",
      command: ["./run"],
      directory: "new",
      environment: { A: "1", B: "2" },
      replicas: "3",
    });
    expect(model.environment).to.deep.equal({ A: "1" });
  });

  it("never takes a secret in the clear, nor a path that is none", () => {
    expect(() => slotConfig("1", model, { set: { "secrets.TOKEN": "x" } })).to.throw(/--secret/);
    expect(() => slotConfig("1", model, { set: { "version.x": "x" } })).to.throw(/version is not a map/);
    expect(() => slotConfig("1", model, { set: { "a..b": "x" } })).to.throw(/not a key/);
    expect(() => slotConfig("1", model, { set: { "__proto__.x": "x" } })).to.throw(/not a key/);
  });
});

describe("what the command line finds", () => {
  let folder: string;
  before(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "bg-cli-")))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are the project's own keys, structured ones as maps and lists", () => {
    const map = {
      "shop:activeSlot": { value: "blue", secret: false },
      "shop:blue": { value: '{"version":"1"}', secret: true },
      "shop:odd": { value: "[not json", secret: false },
      "aws:region": { value: "eu", secret: false },
    };
    expect(writtenKeys(map, "shop:")).to.deep.equal({ activeSlot: "blue", blue: { version: "1" }, odd: "[not json" });
  });

  it("is the project's folder, from any folder in it, and the one its program runs in", () => {
    mkdirSync(join(folder, "src/deep"), { recursive: true });
    writeFileSync(join(folder, "Pulumi.yaml"), "name: x\n");
    writeFileSync(join(folder, "src/index.ts"), "");
    expect(projectFolder(join(folder, "src/deep"))).to.equal(folder);
    expect(programFolder(folder, undefined)).to.equal(folder);
    expect(programFolder(folder, "src/index.ts")).to.equal(join(folder, "src"));
    expect(programFolder(folder, "src")).to.equal(join(folder, "src"));
  });

  it("is refused with the reason where there is no project", () => {
    expect(() => projectFolder(join(folder, "nowhere"))).to.throw(/is not a folder/);
    expect(() => projectFolder(tmpdir())).to.throw(/no Pulumi\.yaml/);
  });

  it("is a Pulumi CLI, or what was wrong with the one that was named", async () => {
    const reasonFor = (bin: string) =>
      findPulumi({ BLUEGREEN_PULUMI_BIN: bin }).catch((error: unknown) => String(error));
    expect(await reasonFor(folder)).to.match(/wanted the folder named bin/);
    expect(await reasonFor(join(folder, "bin"))).to.match(/does not work: it was not found/);
  });
});
