import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyArgs, pulumiEnvironment, testEnvironment } from "../../scripts/pulumiCli.mjs";

describe("the environment of the Pulumi CLI", () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), "bluegreen-setup-"))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const cli = { binDir: "/cli/bin" };
  const environment = (env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv =>
    pulumiEnvironment(cli, join(home, "project"), { HOME: home, PATH: "/usr/bin", ...env });
  const logIn = (credentials: string): void => {
    mkdirSync(join(home, ".pulumi"), { recursive: true });
    writeFileSync(join(home, ".pulumi", "credentials.json"), credentials);
  };

  it("puts the CLI first on PATH and keeps state in the project's folder", () => {
    const state = join(home, "project", ".bluegreen", "state");
    expect(environment()).to.deep.equal({
      HOME: home,
      PATH: "/cli/bin:/usr/bin",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "",
    });
    expect(existsSync(state)).to.equal(true);
  });

  it("keeps the user's backend", () => {
    const env = environment({ PULUMI_BACKEND_URL: "s3://ours" });
    expect(env).to.include({ PULUMI_BACKEND_URL: "s3://ours" }).and.not.have.property("PULUMI_CONFIG_PASSPHRASE");
  });

  it("leaves the choice to a user who is logged in", () => {
    logIn('{"current":"https://backend.example"}');
    expect(environment()).to.not.have.any.keys("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE");
    expect(environment({ PULUMI_HOME: join(home, "elsewhere") })).to.have.property("PULUMI_BACKEND_URL");
  });

  it("leaves the choice to a user who has an access token", () => {
    expect(environment({ PULUMI_ACCESS_TOKEN: "t" })).to.not.have.property("PULUMI_BACKEND_URL");
  });

  it("counts a user who logged out as not logged in", () => {
    logIn('{"current":"","accessTokens":{}}');
    expect(environment()).to.have.property("PULUMI_BACKEND_URL");
  });

  it("says which file is broken when the credentials cannot be read", () => {
    logIn("{");
    expect(() => environment()).to.throw(/credentials\.json cannot be read .* log in again/);
  });

  it("keeps the user's passphrase", () => {
    expect(environment({ PULUMI_CONFIG_PASSPHRASE: "p" })).to.have.property("PULUMI_CONFIG_PASSPHRASE", "p");
    expect(environment({ PULUMI_CONFIG_PASSPHRASE_FILE: "f" })).to.not.have.property("PULUMI_CONFIG_PASSPHRASE");
  });

  it("gives tests the CLI and no backend, not even the user's", () => {
    const env = { PATH: "/usr/bin", PULUMI_BACKEND_URL: "s3://ours" };
    expect(testEnvironment(cli, env)).to.deep.equal({
      PATH: "/cli/bin:/usr/bin",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      BLUEGREEN_PULUMI_BIN: "/cli/bin",
    });
    expect(testEnvironment(undefined, env)).to.deep.equal({ PATH: "/usr/bin" });
  });

  describe("a policy pack", () => {
    const built = { origin: "modules" } as const;
    beforeEach(() => {
      mkdirSync(join(home, "policies"));
      mkdirSync(join(home, "python"));
      writeFileSync(join(home, "policies", "start"), "");
    });

    it("is given to a CLI built from Go modules by its start file", () => {
      expect(policyArgs(["up", "--policy-pack", "policies", "--yes"], built, home)).to.deep.equal([
        "up",
        "--policy-pack",
        "policies/start",
        "--yes",
      ]);
      const absolute = join(home, "policies");
      expect(policyArgs([`--policy-pack=${absolute}`], built, "/")).to.deep.equal([`--policy-pack=${absolute}/start`]);
    });

    it("is given by its folder when it has no start file, and to every other CLI", () => {
      const args = ["up", "--policy-pack", "python", "--policy-pack=python"];
      expect(policyArgs(args, built, home)).to.deep.equal(args);
      expect(policyArgs(["--policy-pack", "policies"], { origin: "path" }, home)).to.deep.equal([
        "--policy-pack",
        "policies",
      ]);
    });

    it("is not looked for in arguments of other options", () => {
      const args = ["config", "set", "policies", "--policy-pack-config", "policies"];
      expect(policyArgs(args, built, home)).to.deep.equal(args);
    });
  });
});
