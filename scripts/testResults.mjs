// What came of the tests, and how it is told at the end of a run, where a log that was cut still has it.

/** How much of an error is said again at the end: the whole of it is above. */
const ERROR_LINES = 4;

/**
 * @typedef {{ is: "passed" | "failed" | "skipped", suite: string, title: string, error?: string, reason?: string }} Result
 */

/**
 * The results that a suite's reporter wrote.
 * @param {string} text one JSON object a line; the last may be cut when the suite crashed
 * @param {string} suite
 * @returns {{ results: Result[], ended: boolean }} `ended` is false when the suite stopped before its end
 */
export function readResults(text, suite) {
  const entries = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return {
    results: entries.filter(({ is }) => is !== "end").map((entry) => ({ suite, ...entry })),
    ended: entries.some(({ is }) => is === "end"),
  };
}

/**
 * The end of a run: every skipped test with its reason, every failed one with the start of its error, the count.
 * @param {Result[]} results
 * @returns {string[]} lines; the last is the count
 */
export function summary(results) {
  const lines = [];
  const skipped = results.filter(({ is }) => is === "skipped");
  if (skipped.length > 0) lines.push("", "Skipped:");
  for (const { suite, title, reason } of skipped) lines.push(`  ${suite}: ${title}: ${reason}`);
  const failed = results.filter(({ is }) => is === "failed");
  if (failed.length > 0) lines.push("", "Failed:");
  for (const { suite, title, error } of failed) {
    lines.push(`  ${suite}: ${title}`);
    const said = (error ?? "").split("\n").filter((line) => line.trim() !== "");
    for (const line of said.slice(0, ERROR_LINES)) lines.push(`      ${line}`);
  }
  if (results.length === 0) lines.push("", "Nothing ran.");
  return [...lines, "", countLine(results)];
}

/** @param {Result[]} results */
export function countLine(results) {
  const count = (kind) => results.filter(({ is }) => is === kind).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`;
}

/** A run in which nothing ran has shown nothing. */
export function exitCode(results) {
  return results.length === 0 || results.some(({ is }) => is === "failed") ? 1 : 0;
}
