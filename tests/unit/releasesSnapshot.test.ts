import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { digestOf } from "../../components/platforms/local/releases/digest";
import { pruneSnapshots, snapshotPath, takeSnapshot } from "../../components/platforms/local/releases/snapshot";

describe("the store of releases", () => {
  let root: string;
  let app: string;
  let store: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "bg-store-"));
    app = join(root, "app");
    store = join(root, "store");
    mkdirSync(join(app, "lib"), { recursive: true });
    mkdirSync(join(app, "uploads"));
    writeFileSync(join(app, "run"), "#!/bin/sh\n");
    chmodSync(join(app, "run"), 0o755);
    writeFileSync(join(app, "lib", "part.js"), "one");
    symlinkSync("lib/part.js", join(app, "link"));
    writeFileSync(join(app, "debug.log"), "noise");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const exclude = ["*.log"];
  const release = async (): Promise<{ digest: string; path: string }> => {
    const digest = await digestOf(app, { exclude });
    return { digest, path: await takeSnapshot(store, app, digest, exclude) };
  };
  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "",
      (error: unknown) => String(error),
    );

  it("holds a copy that later edits do not change", async () => {
    const { digest, path } = await release();
    expect(path).to.equal(join(store, digest.slice("sha256:".length)));
    expect(snapshotPath(store, digest)).to.equal(path);
    writeFileSync(join(app, "lib", "part.js"), "two");
    expect(readFileSync(join(path, "link"), "utf8")).to.equal("one");
    expect(readlinkSync(join(path, "link"))).to.equal("lib/part.js");
    expect(statSync(join(path, "run")).mode & 0o111).to.equal(0o111);
    expect(readdirSync(path).sort()).to.deep.equal(["lib", "link", "run", "uploads"]);
    expect(await digestOf(path)).to.equal(digest);
  });

  it("needs no source for a release it has already", async () => {
    const { digest, path } = await release();
    rmSync(app, { recursive: true });
    expect(await takeSnapshot(store, app, digest, exclude)).to.equal(path);
  });

  it("says that it does not have a release", () => {
    expect(snapshotPath(store, `sha256:${"0".repeat(64)}`)).to.equal(undefined);
    expect(() => snapshotPath(store, "sha256:../../etc")).to.throw("is not a digest");
  });

  it("refuses a source that changed after its digest was taken, and keeps nothing of it", async () => {
    const digest = await digestOf(app, { exclude });
    writeFileSync(join(app, "lib", "part.js"), "changed");
    const message = await failure(takeSnapshot(store, app, digest, exclude));
    expect(message).to.contain(`${app} has changed since its digest was taken`).and.to.contain(digest);
    expect(readdirSync(store)).to.deep.equal([]);
  });

  it("takes the same release for several at once", async () => {
    const digest = await digestOf(app, { exclude });
    const paths = await Promise.all(Array.from({ length: 8 }, () => takeSnapshot(store, app, digest, exclude)));
    expect(new Set(paths).size).to.equal(1);
    expect(readdirSync(store)).to.deep.equal([digest.slice("sha256:".length)]);
    expect(await digestOf(paths[0] ?? "")).to.equal(digest);
  });

  it("may not lie inside what it copies, unless that is excluded", async () => {
    const inside = join(app, "releases");
    mkdirSync(inside);
    const digest = await digestOf(app);
    expect(await failure(takeSnapshot(inside, app, digest))).to.contain('Add "/releases" to `exclude`');
    const excluded = await digestOf(app, { exclude: ["/releases"] });
    expect(existsSync(await takeSnapshot(inside, app, excluded, ["/releases"]))).to.equal(true);
    expect(await digestOf(app, { exclude: ["/releases"] })).to.equal(excluded);
  });

  it("is pruned of all but the wanted releases and of copies that were interrupted", async () => {
    const first = await release();
    writeFileSync(join(app, "lib", "part.js"), "two");
    const second = await release();
    // No process has so high a number: its worker is dead. This process is alive, and at work.
    mkdirSync(join(store, ".copying-4194305-abc"));
    mkdirSync(join(store, `.copying-${process.pid}-abc`));
    mkdirSync(join(store, "notes"));
    expect(await pruneSnapshots(store, [second.digest])).to.deep.equal([first.digest]);
    expect(snapshotPath(store, first.digest)).to.equal(undefined);
    expect(snapshotPath(store, second.digest)).to.equal(second.path);
    expect(readdirSync(store).sort()).to.deep.equal(
      [`.copying-${process.pid}-abc`, second.digest.slice("sha256:".length), "notes"].sort(),
    );
    expect(await pruneSnapshots(join(root, "nowhere"), [])).to.deep.equal([]);
  });
});
