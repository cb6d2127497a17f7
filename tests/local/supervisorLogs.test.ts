import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { InstanceLog } from "../../components/platforms/local/supervisor/instanceLog";
import { readLogs } from "../../components/platforms/local/supervisor/logs";
import { secretMask } from "../../components/platforms/local/supervisor/secretMask";
import { supervisedSlots } from "../support/supervisedSlot";
import { eventually } from "../support/eventually";

describe("the log of an instance", function () {
  this.timeout(60_000);
  const slotOf = supervisedSlots();
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "bg-logs-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const logOf = (more: Partial<ConstructorParameters<typeof InstanceLog>[0]> = {}): InstanceLog =>
    new InstanceLog({
      directory: join(root, "logs"),
      name: "blue-0.log",
      maxBytes: 1024 * 1024,
      keep: 3,
      mask: secretMask({}),
      onLoss: () => undefined,
      ...more,
    });

  it("has each line with the time it came, from both streams, without the values of secrets", async () => {
    const app = `
      console.log("token is " + process.env.TOKEN);
      console.error("refused: " + JSON.stringify({ token: process.env.TOKEN }));
      process.stdout.write("no end of line");
      setInterval(() => {}, 1000);`;
    const token = 'pa"ss\\word';
    const slot = await slotOf(["node", "app.js"], { "app.js": app }, { secrets: { TOKEN: token } });
    const since = Date.now();
    await slot.start();
    await eventually(
      "both lines are there",
      async () => (await readLogs(slot.dir, { slot: "blue", sinceMs: 0 })).length === 2,
    );
    await slot.stop();
    const lines = await readLogs(slot.dir, { slot: "blue", sinceMs: since });
    expect(lines.map(({ text }) => text).sort()).to.deep.equal([
      "no end of line",
      'refused: {"token":"***"}',
      "token is ***",
    ]);
    for (const { at, instance } of lines) {
      expect(instance).to.equal("blue-0");
      expect(at).to.be.within(since, Date.now());
    }
    expect(readFileSync(join(slot.dir, "logs", "blue-0.log"), "utf8")).to.match(/^(\d{4}-\d\d-\d\dT[\d:.]+Z .+\n){3}$/);
  });

  it("is rotated by size, keeps so many files, and is read across them", async () => {
    const log = logOf({ maxBytes: 4_096 });
    const source = new PassThrough();
    log.follow(source);
    for (let line = 0; line < 1_000; line += 1) {
      if (!source.write(`line ${line} ${"x".repeat(50)}\n`))
        await new Promise((drained) => source.once("drain", drained));
      // One write may hold many lines, so they are handed in with turns between.
      if (line % 20 === 0) await new Promise((turn) => setImmediate(turn));
    }
    source.end();
    await log.close();
    const names = readdirSync(join(root, "logs")).sort();
    expect(names).to.deep.equal(["blue-0.log", "blue-0.log.1", "blue-0.log.2", "blue-0.log.3"]);
    for (const name of names) expect(statSync(join(root, "logs", name)).size).to.be.below(4_096 + 32_768);
    const numbers = (await readLogs(root, { slot: "blue", sinceMs: 0 })).map(({ text }) => Number(text.split(" ")[1]));
    expect(numbers.at(-1)).to.equal(999);
    // Nothing is missing between the oldest line that was kept and the newest.
    expect(numbers).to.deep.equal(Array.from(numbers, (_, index) => 1_000 - numbers.length + index));
    expect(numbers.length).to.be.greaterThan(100);
  });

  it("cuts lines that never end, without showing a secret that lies at the cut", async () => {
    const secret = "correct-horse-battery-staple";
    const log = logOf({ mask: secretMask({ SECRET: secret }) });
    const source = new PassThrough();
    log.follow(source);
    const endless = `${"y".repeat(65_530)}${secret}${"z".repeat(65_530)}`;
    for (let at = 0; at < endless.length; at += 1_009) source.write(endless.slice(at, at + 1_009));
    source.end();
    await log.close();
    const text = readFileSync(join(root, "logs", "blue-0.log"), "utf8");
    const lines = await readLogs(root, { slot: "blue", sinceMs: 0 });
    expect(lines.length).to.be.greaterThan(1);
    expect(lines.map((line) => line.text).join("")).to.equal(`${"y".repeat(65_530)}***${"z".repeat(65_530)}`);
    expect(text).not.to.contain("horse");
  });

  it("that cannot be written drops lines and says so, and does not hold up the application", async () => {
    mkdirSync(join(root, "logs"));
    mkdirSync(join(root, "logs", "blue-0.log"));
    const losses: string[] = [];
    const log = logOf({ onLoss: (reason) => losses.push(reason) });
    const source = new PassThrough();
    log.follow(source);
    for (let line = 0; line < 5_000; line += 1) {
      if (!source.write(`line ${line}\n`)) await new Promise((drained) => source.once("drain", drained));
    }
    source.end();
    await eventually("the loss is reported", () => losses[0]);
    await log.close();
    expect(losses[0]).to.contain("blue-0.log cannot be written");
  });

  it("is read from a time on, with the newest lines when there are too many", async () => {
    mkdirSync(join(root, "logs"));
    const at = (second: number): string => new Date(1_700_000_000_000 + second * 1_000).toISOString();
    const text = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, index) => `${at(from + index)} line ${from + index}\n`).join("");
    writeFileSync(join(root, "logs", "blue-0.log.1"), text(0, 10));
    writeFileSync(join(root, "logs", "blue-0.log"), `${text(10, 20)}${at(20)} half a l`);
    writeFileSync(join(root, "logs", "blue-1.log"), `${at(12)} other\n`.repeat(3));
    writeFileSync(join(root, "logs", "green-0.log"), `${at(12)} not this slot\n`);
    const read = async (second: number, maxBytes?: number): Promise<string[]> => {
      const limit = maxBytes === undefined ? {} : { maxBytes };
      return (await readLogs(root, { slot: "blue", sinceMs: 1_700_000_000_000 + second * 1_000, ...limit })).map(
        (line) => line.text,
      );
    };
    expect(await read(0)).to.have.length(23);
    expect(await read(8))
      .to.have.length(15)
      .and.to.include("other")
      .and.not.to.include("line 7");
    expect(await read(18)).to.deep.equal(["line 18", "line 19"]);
    expect(await read(0, 105)).to.deep.equal(["other", "line 18", "line 19"]);
    expect(await readLogs(join(root, "nowhere"), { slot: "blue", sinceMs: 0 })).to.deep.equal([]);
  });
});

describe("the mask over secrets", () => {
  const cases: [string, Record<string, string>, string, string][] = [
    ["several values, each time they occur", { A: "one1", B: "two2" }, "one1 two2 one1", "*** *** ***"],
    ["the longer one of two that begin alike", { A: "abc", B: "abcdef" }, "abcdef abc", "*** ***"],
    ["the form a value has in JSON", { A: 'q"uote' }, '{"a":"q\\"uote"}', '{"a":"***"}'],
    ["the form a value has in a URL", { A: "a b/c" }, "http://x/?p=a%20b%2Fc", "http://x/?p=***"],
    ["lines of a value of several lines", { A: "-----BEGIN-----\nabcdefghij\n}" }, "abcdefghij }", "*** }"],
    ["what looks like a regular expression", { A: "a.c*" }, "a.c* abc", "*** abc"],
    ["nothing for an empty value", { A: "" }, "text", "text"],
  ];
  for (const [name, secrets, text, masked] of cases) {
    it(`hides ${name}`, () => expect(secretMask(secrets)(text)).to.equal(masked));
  }
});
