import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPulumi, ways } from "../../scripts/pulumiCli.mjs";
import type { PulumiCli, Ways } from "../../scripts/pulumiCli.mjs";

describe("finding the Pulumi CLI", () => {
  let home: string;
  let lines: string[];
  const say = (line: string): void => void lines.push(line);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "bluegreen-setup-"));
    lines = [];
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const env = (): NodeJS.ProcessEnv => ({ HOME: home, XDG_CACHE_HOME: join(home, "cache"), PATH: join(home, "bin") });
  const cache = (): string => join(home, "cache", "pulumi-bluegreen");

  /** Ways that note when they are tried, and fail unless named. */
  function fakes(works: (keyof Ways)[], tried: string[] = []): Ways {
    const cli = (origin: PulumiCli["origin"]): PulumiCli => ({
      binDir: "/b",
      command: "/b/pulumi",
      version: "3",
      origin,
    });
    const way = <T>(name: keyof Ways, result: () => T): Promise<T> => {
      tried.push(name);
      return works.includes(name) ? Promise.resolve(result()) : Promise.reject(new Error(`${name} is\nno way`));
    };
    return {
      onPath: () => way("onPath", () => cli("path")),
      installedEarlier: () => way("installedEarlier", () => cli("modules")),
      installer: (root) => way("installer", () => void mkdirSync(root, { recursive: true })),
      modules: (root) => way("modules", () => void mkdirSync(root, { recursive: true })),
    };
  }

  it("takes the one on PATH before all others", async () => {
    const tried: string[] = [];
    const found = await findPulumi({ env: env(), say, using: fakes(["onPath", "installedEarlier"], tried) });
    expect(found.origin).to.equal("path");
    expect(tried).to.deep.equal(["onPath"]);
  });

  it("takes one installed earlier before it installs anything", async () => {
    const tried: string[] = [];
    await findPulumi({ env: env(), say, using: fakes(["installedEarlier", "installer"], tried) });
    expect(tried).to.deep.equal(["onPath", "installedEarlier"]);
  });

  it("asks the official installer before it builds one, and says in one line why each earlier way failed", async () => {
    const tried: string[] = [];
    const found = await findPulumi({ env: env(), say, using: fakes(["installer", "modules"], tried) });
    expect(found).to.include({ origin: "installer", binDir: join(cache(), "pulumi-3.255.0", "bin") });
    expect(tried).to.deep.equal(["onPath", "installedEarlier", "installer"]);
    expect(lines).to.deep.equal(["pulumi: onPath is no way", "pulumi: installedEarlier is no way"]);
  });

  it("builds one when nothing else works, and finds that one the next time", async () => {
    const using = fakes(["modules"]);
    await findPulumi({ env: env(), say, using });
    const again = await findPulumi({ env: env(), say, using: { ...using, installedEarlier: ways.installedEarlier } });
    expect(again).to.include({ origin: "modules", command: join(cache(), "pulumi-3.255.0", "bin", "pulumi") });
  });

  it("leaves nothing half installed when every way fails", async () => {
    const using = fakes([]);
    using.modules = (root) => {
      mkdirSync(join(root, "bin"), { recursive: true });
      writeFileSync(join(root, "bin", "pulumi"), "half");
      return Promise.reject(new Error("go is not on PATH"));
    };
    const error = await findPulumi({ env: env(), say, using }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error)
      .to.be.instanceOf(Error)
      .with.property("message")
      .that.matches(/No Pulumi CLI.*3\.200/s);
    expect(lines.at(-1)).to.equal("pulumi: built from Go modules: go is not on PATH");
    expect(readdirSync(cache())).to.deep.equal([]);
  });

  it("removes what a set-up that was killed left behind", async () => {
    const left = join(cache(), "pulumi-3.255.0.part-1");
    mkdirSync(left, { recursive: true });
    await findPulumi({ env: env(), say, using: fakes(["installer"]) });
    expect(existsSync(left)).to.equal(false);
    expect(readdirSync(cache())).to.deep.equal(["pulumi-3.255.0"]);
  });

  it("installs once when several set-ups start together", async () => {
    const tried: string[] = [];
    const using = { ...fakes(["modules"], tried), installedEarlier: ways.installedEarlier };
    const found = await Promise.all([1, 2, 3].map(() => findPulumi({ env: env(), say, using })));
    expect(found.map(({ origin }) => origin)).to.deep.equal(["modules", "modules", "modules"]);
    expect(tried.filter((name) => name === "modules")).to.have.length(1);
  });

  describe("on PATH", () => {
    const root = (): string => join(cache(), "pulumi-3.255.0");
    const executable = (name: string, text: string): void => {
      mkdirSync(join(home, "bin"), { recursive: true });
      writeFileSync(join(home, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    const refusal = async (): Promise<string> => {
      const reason: unknown = await ways.onPath(env(), root()).catch((error: unknown) => error);
      expect(reason).to.be.instanceOf(Error);
      return (reason as Error).message;
    };

    it("takes one with a Node.js language host beside it", async () => {
      executable("pulumi", "echo v3.201.0-dev");
      executable("pulumi-language-nodejs", "");
      expect(await ways.onPath(env(), root())).to.deep.equal({
        binDir: join(home, "bin"),
        command: join(home, "bin", "pulumi"),
        version: "3.201.0-dev",
        origin: "path",
      });
    });

    it("takes one whose language host is in the user's Pulumi folder", async () => {
      executable("pulumi", "echo v3.255.0");
      mkdirSync(join(home, ".pulumi", "bin"), { recursive: true });
      writeFileSync(join(home, ".pulumi", "bin", "pulumi-language-nodejs"), "", { mode: 0o755 });
      expect(await ways.onPath(env(), root())).to.have.property("version", "3.255.0");
    });

    it("refuses an old one, one without a language host, one that does not work, and says when there is none", async () => {
      expect(await refusal()).to.equal("not on PATH");
      executable("pulumi", "echo v3.199.0");
      expect(await refusal()).to.match(/is 3\.199\.0; 3\.200 or later is needed/);
      executable("pulumi", "echo v3.255.0");
      expect(await refusal()).to.match(/no pulumi-language-nodejs/);
      executable("pulumi", "echo broken >&2; exit 3");
      expect(await refusal()).to.match(/does not work: broken/);
    });
  });
});
