// Mocha's own Spec reporter, which also writes each result, as it comes, to the file named by BLUEGREEN_TEST_RESULTS.
// Results written one by one survive a suite that crashes, and are the same with and without --parallel.
const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } = Runner.constants;

class ResultsReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.BLUEGREEN_TEST_RESULTS;
    if (file === undefined) return;
    const write = (result) => appendFileSync(file, `${JSON.stringify(result)}\n`);
    runner.on(EVENT_TEST_PASS, (test) => write({ is: "passed", title: test.fullTitle() }));
    runner.on(EVENT_TEST_PENDING, (test) => write({ is: "skipped", ...titleAndReason(test.fullTitle()) }));
    runner.on(EVENT_TEST_FAIL, (test, error) =>
      write({ is: "failed", title: test.fullTitle(), error: String(error.message ?? error) }),
    );
    runner.once(EVENT_RUN_END, () => write({ is: "end" }));
  }
}

/** Mocha's skip() takes no reason, so tests put it into their title: `(skipped: no Docker engine)`. */
function titleAndReason(fullTitle) {
  const [, reason] = /\(skipped: (.*?)\)/.exec(fullTitle) ?? [];
  return { title: fullTitle.replace(/ ?\(skipped: .*?\)/, ""), reason: reason ?? "no reason given" };
}

module.exports = ResultsReporter;
