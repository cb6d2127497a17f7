import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { stateOfDependencies } from "../../scripts/setup.mjs";
import { inTurn } from "../../scripts/turns.mjs";

describe("the set-up of the dependencies", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bluegreen-setup-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const packages = (version: string): string => JSON.stringify({ packages: { "": {}, "node_modules/a": { version } } });
  const lock = (version: string): void => writeFileSync(join(folder, "package-lock.json"), packages(version));
  const installed = (version: string): void => {
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), packages(version));
  };

  it("are missing in a fresh clone", () => {
    lock("1.0.0");
    expect(stateOfDependencies(folder)).to.equal("node_modules is absent");
  });

  it("are missing after an installation that was cut short", () => {
    lock("1.0.0");
    mkdirSync(join(folder, "node_modules"));
    expect(stateOfDependencies(folder)).to.equal("node_modules is not complete");
  });

  it("are there when npm was run by hand", () => {
    lock("1.0.0");
    installed("1.0.0");
    expect(stateOfDependencies(folder)).to.equal(undefined);
  });

  it("are out of date when the lock file has moved on", () => {
    lock("1.0.0");
    installed("1.0.0");
    stateOfDependencies(folder);
    lock("2.0.0");
    expect(stateOfDependencies(folder)).to.equal("a is 1.0.0, package-lock.json says 2.0.0");
  });

  it("need no packages that are optional on other machines", () => {
    const optional = { "node_modules/b": { version: "1.0.0", optional: true } };
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: optional }));
    installed("1.0.0");
    expect(stateOfDependencies(folder)).to.equal(undefined);
  });

  describe("in turn with others", () => {
    const lockFile = (): string => join(folder, "deep", "setup.lock");

    it("never runs two at once, and tells the ones that wait", async () => {
      let inside = 0;
      let most = 0;
      const waited: number[] = [];
      const work = async (): Promise<void> => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      };
      const waiting = (holder: number): void => void waited.push(holder);
      await Promise.all([1, 2, 3, 4].map(() => inTurn(lockFile(), work, { waiting })));
      expect(most).to.equal(1);
      expect(waited).to.deep.equal([process.pid, process.pid, process.pid]);
      expect(existsSync(lockFile())).to.equal(false);
    });

    it("passes over a holder that died", async () => {
      mkdirSync(join(folder, "deep"));
      // Above the greatest process id that Linux gives away.
      writeFileSync(lockFile(), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), id: "dead" }));
      expect(await inTurn(lockFile(), () => Promise.resolve("done"))).to.equal("done");
    });

    it("gives its turn back when the work fails", async () => {
      const failure = inTurn(lockFile(), () => Promise.reject(new Error("no disk")));
      expect(await failure.catch((error: unknown) => String(error))).to.equal("Error: no disk");
      expect(existsSync(lockFile())).to.equal(false);
    });
  });
});
