import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { check } from "prettier";
import { figure } from "../../bench/figure";
import { withFigures } from "../../bench/report/readme";
import { thisMachine, writeResults, type Results } from "../../bench/report/results";
import { benchmarkTable } from "../../bench/report/table";
import { writeReadme } from "../../bench/report/writeReadme";

describe("the report of the benchmarks", () => {
  const results: Results = {
    machine: { cpus: 2, model: "a model", memoryGiB: 4, node: "v20.0.0", platform: "linux x64", loadBefore: 0.1 },
    at: "2026-01-02T03:04:05.000Z",
    seconds: 9,
    quick: false,
    figures: [
      figure("switch", {
        name: "write to first new answer, p99",
        value: 12.345,
        unit: "ms",
        goal: { of: "value", limit: 100, direction: "at most" },
      }),
      figure("router", {
        name: "throughput",
        value: 10_000,
        unit: "requests/s",
        goal: { of: "ratio", limit: 0.6, direction: "at least" },
        peer: { name: "a peer", value: 20_000 },
        ratio: 0.5,
      }),
    ],
    notes: { switch: ["50 switches"] },
  };

  it("replaces what stands between the marks of the README, and nothing else", () => {
    const text = withFigures("# Title\n\n<!-- bench -->\nearlier figures\n<!-- /bench -->\n\nrest\n", results);
    expect(text).to.match(
      /^# Title\n\n<!-- bench -->\n\nMeasured on 2026-01-02 by `npm run bench`: 2 cores \(a model\), 4 GiB/,
    );
    expect(text).to.match(/- switch: 50 switches\n\n<!-- \/bench -->\n\nrest\n$/);
    expect(text).to.not.contain("earlier figures");
    expect(text).to.contain("1 of 2 goals hold.");
    expect(text).to.contain("| switch: write to first new answer, p99 | 12.3 ms | ≤ 100 ms | yes |  |  |");
    expect(text).to.contain(
      "| router: throughput | 10,000 requests/s | ≥ 0.6 × peer | NO | 20,000 requests/s (a peer) | 0.50 |",
    );
    expect(withFigures(text, results)).to.equal(text);
  });

  it("says when the machine was busy with something else", () => {
    const busy = { ...results, machine: { ...results.machine, loadBefore: 3 } };
    const text = withFigures("<!-- bench --><!-- /bench -->", busy);
    expect(text).to.contain("The machine was busy before the run began (load average 3 on 2 cores)");
  });

  it("refuses a README without the marks", () => {
    expect(() => withFigures("# Title\n", results)).to.throw("no place for the figures");
  });

  it("leaves a README behind that the formatter agrees with", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bg-report-"));
    try {
      const [readme, file] = [join(folder, "README.md"), join(folder, "bench/results.json")];
      writeFileSync(readme, "# Title\n\n<!-- bench -->\n<!-- /bench -->\n");
      await writeResults(file, { ...results, machine: thisMachine() });
      await writeReadme(readme, file);
      const text = readFileSync(readme, "utf8");
      expect(text).to.contain("throughput");
      expect(await check(text, { parser: "markdown" })).to.equal(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("names the run that is missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bg-report-"));
    try {
      const readme = join(folder, "README.md");
      writeFileSync(readme, "<!-- bench -->\n<!-- /bench -->\n");
      const error: unknown = await writeReadme(readme, join(folder, "results.json")).catch((reason: unknown) => reason);
      expect(error).to.be.an("error").with.property("message").that.contains("run `npm run bench` first");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("prints a table without colours where none are wanted", () => {
    const text = benchmarkTable("a title", { figures: results.figures, notes: ["a note"] }, false);
    expect(text).to.not.contain("\u001B");
    expect(text)
      .to.contain("a title")
      .and.to.contain("0.50")
      .and.to.match(/\n {2}a note$/);
  });
});
