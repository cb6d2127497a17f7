import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { LIMITS } from "../../components/platforms/local/releases/contents";
import { digestOf } from "../../components/platforms/local/releases/digest";

describe("the digest of a release's directory", () => {
  let root: string;
  let app: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "bg-digest-"));
    app = join(root, "app");
    write("server.js", "listen()");
    write("lib/part.js", "part");
    write("node_modules/dep/index.js", "dep");
    symlinkSync("lib/part.js", join(app, "link.js"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, text: string | Buffer): void {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), text);
  }
  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "",
      (error: unknown) => String(error),
    );

  it("is the same for a copy elsewhere, whatever the times and whatever was written first", async () => {
    const digest = await digestOf(app);
    expect(digest).to.match(/^sha256:[0-9a-f]{64}$/);
    const copy = join(root, "copy");
    cpSync(app, copy, { recursive: true, verbatimSymlinks: true });
    utimesSync(join(copy, "server.js"), 1, 1);
    expect(await digestOf(copy)).to.equal(digest);
  });

  const changes: [string, () => void][] = [
    ["a file's content", () => write("lib/part.js", "other")],
    ["a file in node_modules", () => write("node_modules/dep/index.js", "other")],
    ["a new file", () => write("lib/new.js", "")],
    ["a file's name", () => renameSync(join(app, "lib/part.js"), join(app, "lib/port.js"))],
    ["whether a file is executable", () => chmodSync(join(app, "server.js"), 0o755)],
    [
      "where a link leads",
      () => {
        rmSync(join(app, "link.js"));
        symlinkSync("server.js", join(app, "link.js"));
      },
    ],
    ["an empty directory", () => mkdirSync(join(app, "uploads"))],
    [
      "the end of a file that is too large to be read at once",
      () => write("large.bin", Buffer.alloc(3 * 1024 * 1024, 1)),
    ],
  ];
  for (const [what, change] of changes) {
    it(`is another one after a change of ${what}`, async () => {
      write("large.bin", Buffer.concat([Buffer.alloc(3 * 1024 * 1024 - 1, 1), Buffer.from([2])]));
      const before = await digestOf(app);
      change();
      expect(await digestOf(app)).not.to.equal(before);
    });
  }

  it("does not count history, this project's own state, stack settings and Python's caches", async () => {
    const before = await digestOf(app);
    for (const path of [".git/HEAD", ".bluegreen/x", "lib/__pycache__/a.pyc", "Pulumi.dev.yaml", "lib/.git"])
      write(path, "x");
    expect(await digestOf(app)).to.equal(before);
    write("Pulumi.yaml", "x");
    expect(await digestOf(app)).not.to.equal(before);
  });

  it("does not count what is excluded by patterns as in a .gitignore file", async () => {
    const exclude = ["*.log", "/tmp", "./data", "cache/", "!keep.log"];
    const before = await digestOf(app, { exclude });
    for (const path of ["a.log", "lib/b.log", "tmp/x", "data/x", "lib/cache/x"]) write(path, "x");
    expect(await digestOf(app, { exclude })).to.equal(before);
    for (const path of ["keep.log", "lib/tmp/x", "A.LOG"]) {
      write(path, "x");
      expect(await digestOf(app, { exclude }), path).not.to.equal(before);
      rmSync(join(app, path));
    }
  });

  it("leaves out sockets, which are no content", async () => {
    const before = await digestOf(app);
    const server = createServer();
    await new Promise<void>((listening) => server.listen(join(app, "s.sock"), listening));
    try {
      expect(await digestOf(app)).to.equal(before);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });

  it("is refused above the limits, naming the directory, where most of it is, and what to do", async () => {
    for (let file = 0; file < 20; file += 1) write(`media/${file}.png`, Buffer.alloc(1000));
    const many = await failure(digestOf(app, { limits: { ...LIMITS, maxFiles: 15 } }));
    expect(many)
      .to.contain(`${app} holds more than 15 files`)
      .and.to.contain("in media")
      .and.to.contain('"/media", to `exclude`');
    expect(await failure(digestOf(app, { limits: { ...LIMITS, maxBytes: 10_000 } }))).to.contain("MiB");
    expect(await digestOf(app, { limits: { ...LIMITS, maxFiles: 15 }, exclude: ["media"] })).to.match(/^sha256:/);
  });

  it("is refused for a link out of the directory, and for an absolute one into it, but not for one to the system", async () => {
    symlinkSync("../../elsewhere", join(app, "out"));
    expect(await failure(digestOf(app)))
      .to.contain("out → ../../elsewhere")
      .and.to.contain("leads out")
      .and.to.contain('"/out"');
    expect(await digestOf(app, { exclude: ["/out"] })).to.match(/^sha256:/);
    rmSync(join(app, "out"));
    symlinkSync(join(app, "server.js"), join(app, "into"));
    expect(await failure(digestOf(app))).to.contain("would still read the original");
    rmSync(join(app, "into"));
    symlinkSync("/usr/bin/env", join(app, "system"));
    expect(await digestOf(app)).to.match(/^sha256:/);
  });

  it("is refused for what is not there or is no directory", async () => {
    expect(await failure(digestOf(join(root, "nowhere")))).to.contain(`${join(root, "nowhere")} is not there`);
    expect(await failure(digestOf(join(app, "server.js")))).to.contain("is not a directory");
  });
});
