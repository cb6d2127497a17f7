import { expect } from "chai";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partOf } from "../../cli/platforms/index";
import type { RouteStore } from "../../cli/platforms/part";
import { firstState, type RouteState } from "../../components/platforms/local/router/state";
import { StateFile } from "../../components/platforms/local/router/stateFile";

describe("repair of a local route", () => {
  let folder: string;
  let file: StateFile;
  let store: RouteStore;
  let first: RouteState;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bg-repair-"));
    mkdirSync(join(folder, "router"));
    file = new StateFile(join(folder, "router"));
    const settings = {
      directory: folder,
      store: join(folder, "releases"),
      host: "127.0.0.1",
      port: 5004,
      previewPort: 5007,
      ports: { blue: 5005, green: 5006 },
      stopMs: 1000,
    };
    const operations = partOf("local").operations({ platform: "local", service: "shop", stack: "dev", settings });
    if (operations.route === undefined) throw new Error("the local platform keeps its route");
    store = operations.route;
    const instance = (port: number) => ({ release: `1.0.0-${port}`, instances: [{ host: "127.0.0.1", port }] });
    const slots = { blue: instance(5005), green: instance(5006) };
    first = firstState({ service: "shop", accessLog: false }, { weights: { blue: 100, green: 0 }, slots }, new Date(0));
    await file.write(first);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const damage = () => writeFileSync(file.path, '{"version": 1, "wei');

  it("finds nothing wrong with a sound file", async () => {
    expect(await store.inspect()).to.deep.equal({ path: file.path, state: "sound", running: false });
  });

  it("says what is wrong with a damaged one, and what the backup says", async () => {
    await file.write({ ...first, revision: 2 });
    damage();
    const found = await store.inspect();
    expect(found).to.include({ state: "damaged", running: false });
    expect(found.problem).to.match(/route\.json cannot be read as a route/);
    expect(found.backup).to.deep.equal({ weights: { blue: 100, green: 0 }, changedAt: first.changedAt });
  });

  it("restores the backup as it would have ended: an unconfirmed change falls back", async () => {
    const fallback = { blue: 100, green: 0 };
    const open = { ...first, weights: { blue: 0, green: 100 }, transaction: { id: "c1", expiresAt: 1, fallback } };
    await file.write(open);
    await file.write({ ...open, transaction: null });
    damage();
    expect((await store.inspect()).backup?.weights).to.deep.equal(fallback);
    await store.restore("backup");
    expect(file.read()).to.deep.include({ weights: fallback, transaction: null, settings: first.settings });
    expect(JSON.parse(readFileSync(`${file.path}.bak`, "utf8"))).to.deep.equal(file.read());
  });

  it("restores the weights that the history says, with the settings of the backup", async () => {
    await file.write({ ...first, revision: 7 });
    await file.write({ ...first, revision: 8 });
    damage();
    await store.restore({ blue: 0, green: 100 });
    const restored = file.read();
    expect(restored).to.deep.include({ weights: { blue: 0, green: 100 }, transaction: null, settings: first.settings });
    expect(restored?.revision).to.be.above(7);
  });

  it("restores those weights without any backup too", async () => {
    damage();
    await store.restore({ blue: 0, green: 100 });
    expect(file.read()?.settings).to.include({ service: "shop", port: 5004, previewPort: 5007 });
  });
});

describe("a platform without operations of its own", () => {
  it("has none, and its target stays as it is", () => {
    const target = { platform: "elsewhere", service: "shop", stack: "dev", settings: {} };
    expect(partOf("elsewhere").operations(target)).to.deep.equal({});
  });
});
