import { expect } from "chai";
import { typeOf } from "../../components/resources/inputs";
import { bluegreenPolicies, freezeWindows } from "../../policies/index";
import { freezeOf } from "../../policies/freezeWindow";
import { describeRule } from "../support/policyCases";
import { aRepair, aSwitch, cutoverSwitch, firstDeployment, noSwitch } from "../support/policyUpdate";

// The time of every ruling is 2026-01-01T12:00Z, a Thursday.
const newYear = { from: "2025-12-31", to: "2026-01-01", reason: "new year" };
const lunch = { cron: "30 12 * * THU", duration: "1h", timezone: "Europe/Berlin", reason: "lunch" };
const past = { from: "2025-12-31", to: "2026-01-01T12:00", reason: "over" };
const windows = [newYear];
const blocked = (config: object, ...says: string[]) => ({ props: aSwitch(), config, says });

describeRule(freezeWindows, {
  unknown: "target.stack",
  unknownConfig: { windows },
  cases: [
    { when: "there are no windows", props: aSwitch() },
    { when: "a window is over", props: aSwitch(), config: { windows: [past] } },
    {
      when: "it comes in a window of dates, the last of which counts as a whole",
      ...blocked(
        { windows: [past, newYear] },
        "The switch blue->green must wait until 2026-01-02T00:00:00.000Z",
        "in a freeze of test: new year.",
        "say why in `override.reason` of freeze-windows",
      ),
    },
    {
      when: "it comes in a window that recurs",
      ...blocked({ windows: [lunch] }, "must wait until 2026-01-01T12:30:00.000Z", "lunch"),
    },
    { when: "other stacks are frozen", props: aSwitch(), config: { windows, stacks: ["prod*"] } },
    { when: "this stack is frozen", ...blocked({ windows, stacks: ["t*t"] }, "new year") },
    { when: "there is an override", props: aSwitch(), config: { windows, override: { reason: "CVE-2026-1" } } },
    { when: "the override has no reason", ...blocked({ windows, override: { reason: " " } }, "new year") },
    {
      when: "the override holds to the end of today",
      props: aSwitch(),
      config: { windows, override: { reason: "CVE-2026-1", until: "2026-01-01" } },
    },
    {
      when: "the override has ended",
      ...blocked(
        { windows, override: { reason: "CVE-2026-1", until: "2026-01-01T12:00Z" } },
        'The override for "CVE-2026-1" ended with 2026-01-01T12:00Z.',
      ),
    },
    {
      when: "a window cannot be read",
      ...blocked(
        { windows: [past, { ...newYear, to: "2026-13-01" }] },
        'The policy freeze-windows cannot read its config: windows[1] to is "2026-13-01", which is no date',
      ),
    },
    {
      when: "the override cannot be read",
      ...blocked({ windows, override: { reason: "x", until: "soon" } }, 'override.until is "soon", which is no date'),
    },
    {
      when: "an override ends, but gives no reason",
      ...blocked({ override: { until: "2026-01-02" } }, "override.until is set without override.reason"),
    },
    { when: "the override has a misspelt key", ...blocked({ override: { why: "x" } }, 'override has no key "why"') },
    { when: "nothing switches", props: noSwitch(), config: { windows } },
    { when: "it is the first deployment", props: firstDeployment(), config: { windows } },
    { when: "a split route is repaired, which may be a way back", props: aRepair(), config: { windows } },
    {
      when: "Plan was left out",
      type: typeOf("Cutover"),
      props: cutoverSwitch(),
      config: { windows },
      says: ["new year"],
    },
  ],
});

describe("a freeze window", () => {
  const endAt = (window: object, now: string) => {
    const freeze = freezeOf({ reason: "tests", ...window });
    if (Array.isArray(freeze)) throw new Error(freeze.join("\n"));
    const end = freeze.endAt(Date.parse(now));
    return end === undefined ? "none" : new Date(end).toISOString().replace(":00.000Z", "Z");
  };

  const dates = { from: "2026-03-28", to: "2026-03-29", timezone: "Europe/Berlin" };
  const night = { cron: "0 22 * * *", duration: "8h", timezone: "America/New_York" };
  const spring = { cron: "30 2 * * *", duration: "1h", timezone: "Europe/Berlin" };
  const weekend = { cron: "0 16 * * FRI", duration: "62h" };
  const cases: [string, object, string, string][] = [
    ["begins with the first date in its zone", dates, "2026-03-27T23:00:00Z", "2026-03-29T22:00Z"],
    ["has not begun before", dates, "2026-03-27T22:59:59.999Z", "none"],
    ["lasts to the end of the last date, of 23 hours", dates, "2026-03-29T21:59:59.999Z", "2026-03-29T22:00Z"],
    ["is over then", dates, "2026-03-29T22:00:00Z", "none"],
    [
      "takes an offset in place of its zone",
      { from: "2026-01-01T10:00+02:00", to: "2026-01-01T12:00Z", timezone: "Asia/Tokyo" },
      "2026-01-01T08:00:00Z",
      "2026-01-01T12:00Z",
    ],
    ["that recurs begins on the second", night, "2026-01-02T03:00:00Z", "2026-01-02T11:00Z"],
    ["that recurs has not begun before", night, "2026-01-02T02:59:59.999Z", "none"],
    ["that recurs lasts over midnight", night, "2026-01-02T10:59:59.999Z", "2026-01-02T11:00Z"],
    ["that recurs ends on the second", night, "2026-01-02T11:00:00Z", "none"],
    ["that recurs follows summer time", night, "2026-07-02T02:00:00Z", "2026-07-02T10:00Z"],
    [
      "of a local time that summer time skips begins when the clocks change",
      spring,
      "2026-03-29T01:30:00Z",
      "2026-03-29T02:00Z",
    ],
    ["lasts a weekend", weekend, "2026-11-22T12:00:00Z", "2026-11-23T06:00Z"],
    ["ends after the weekend", weekend, "2026-11-23T06:00:00Z", "none"],
    [
      "ends with the newest of those that overlap",
      { cron: "0 * * * *", duration: "3h" },
      "2026-01-01T12:30:00Z",
      "2026-01-01T15:00Z",
    ],
  ];
  for (const [what, window, now, end] of cases) {
    it(what, () => {
      expect(endAt(window, now)).to.equal(end);
    });
  }

  const from = "2026-01-01";
  const to = "2026-01-02";
  const reason = "tests";
  const cron = "0 16 * * FRI";
  const bad: [unknown, RegExp][] = [
    ["2026-01-01", /^must be an object with from, to, .*, found "2026-01-01"$/],
    [null, /found null$/],
    [{ from, til: to, reason }, /^has no key "til"; it takes from, to, cron, duration, timezone, reason$/],
    [{ from: 2026, to, reason }, /^from must be text, found 2026$/],
    [{ from, to }, /^reason is empty/],
    [{ from, to, reason: " " }, /^reason is empty/],
    [
      { from, to, reason, timezone: "Berlin" },
      /^timezone is "Berlin", which is none; write one such as Europe\/Berlin/,
    ],
    [{ from, reason }, /^must have either from and to, or cron and duration$/],
    [{ cron, reason }, /^must have either/],
    [{ from, to, cron, duration: "1h", reason }, /^must have either/],
    [{ from: "1 January", to, reason }, /^from is "1 January", which is no date; write it as 2026-12-24,/],
    [{ from, to: "2026-02-30", reason }, /^to is "2026-02-30", which is no date \(.+\); write it as/],
    [{ from: "2026-01-01T25:00", to, reason }, /^from is .* no date/],
    [{ from: to, to: from, reason }, /^to is 2026-01-01, which is not after from, 2026-01-02$/],
    [
      { cron: "every friday", duration: "1h", reason },
      /^cron is "every friday", which cannot be read \(.+\); write it as/,
    ],
    [{ cron: "0 25 * * *", duration: "1h", reason }, /^cron is .* \(Invalid value for hour: 25\)/],
    [{ cron: "0 0 31 2 *", duration: "1h", reason }, /\(it names no time at all\)/],
    [{ cron: "2026-01-01T10:00:00", duration: "1h", reason }, /\(a date is none\)/],
    [{ cron, duration: "an hour", reason }, /^duration is "an hour", which is no length of time; write it as 90m/],
    [{ cron, duration: "0s", reason }, /^duration is "0s"/],
  ];
  for (const [window, problem] of bad) {
    it(`cannot be read from ${JSON.stringify(window)}`, () => {
      const found = freezeOf(window);
      expect(found).to.be.an("array").with.lengthOf(1);
      expect((found as string[])[0]).to.match(problem);
    });
  }

  it("that cannot be read is refused when a pack of one's own is made", () => {
    const config = { "freeze-windows": { windows: [{ from: "soon", to, reason }] } };
    expect(() => bluegreenPolicies(config)).to.throw(
      'The policy freeze-windows cannot read its config: windows[0] from is "soon"',
    );
  });
});
