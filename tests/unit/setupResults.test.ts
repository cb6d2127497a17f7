import { expect } from "chai";
import { exitCode, readResults, summary } from "../../scripts/testResults.mjs";
import type { Result } from "../../scripts/testResults.mjs";

describe("the end of a test run", () => {
  const result = (is: Result["is"], title: string, more: Partial<Result> = {}): Result => ({
    is,
    suite: "unit",
    title,
    ...more,
  });

  it("ends with the count, after the skipped tests with their reasons and the failed ones with the start of their errors", () => {
    const results = [
      result("passed", "adds"),
      result("failed", "divides", { error: "by zero\n1\n2\n3\n4\n5" }),
      result("skipped", "ships", { reason: "no Docker engine" }),
    ];
    expect(summary(results)).to.deep.equal([
      "",
      "Skipped:",
      "  unit: ships: no Docker engine",
      "",
      "Failed:",
      "  unit: divides",
      "      by zero",
      "      1",
      "      2",
      "      3",
      "",
      "1 passed, 1 failed, 1 skipped",
    ]);
  });

  it("is a failure when a test failed or nothing ran", () => {
    expect(exitCode([result("passed", "a"), result("skipped", "b")])).to.equal(0);
    expect(exitCode([result("passed", "a"), result("failed", "b")])).to.equal(1);
    expect(exitCode([])).to.equal(1);
    expect(summary([]).slice(-3)).to.deep.equal(["Nothing ran.", "", "0 passed, 0 failed, 0 skipped"]);
  });

  it("keeps the results of a suite that crashed in the middle of a line", () => {
    const text = '{"is":"passed","title":"a"}\n{"is":"fail';
    expect(readResults(text, "unit")).to.deep.equal({ results: [result("passed", "a")], ended: false });
    expect(readResults('{"is":"end"}\n', "unit")).to.deep.equal({ results: [], ended: true });
  });
});
