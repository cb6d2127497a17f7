import { expect } from "chai";
import { recommend } from "../../cli/recommendations";
import type { Recommendation, SlotStatus, Status } from "../../cli/status";
import type { CutoverRecord } from "../../components/model/record";

type Facts = Parameters<typeof recommend>[0];

const slot = (release: string, changes: Partial<SlotStatus> = {}): SlotStatus => ({
  role: "idle",
  configured: "1.0.0",
  release,
  wantedRelease: release === "" ? null : release,
  running: release === "" ? 0 : 2,
  wanted: release === "" ? 0 : 2,
  restarts: 0,
  memoryMiB: 40,
  cpuPercent: 1,
  requests: 10,
  failed: 0,
  inFlight: 0,
  address: "http://127.0.0.1:5005",
  problems: [],
  ...changes,
});

const last: CutoverRecord = {
  id: "r1",
  service: "shop",
  stack: "dev",
  kind: "switch",
  from: "green",
  to: "blue",
  fromRelease: "0.9.0-a",
  toRelease: "1.0.0-b",
  startedAt: "2026-01-01T00:00:00.000Z",
  stages: [],
  written: [],
  completion: "Promoted",
  who: "somebody",
};

/** Blue serves, green is its standby, and all is well. */
function facts(changes: Partial<Facts> = {}): Facts {
  return {
    service: "shop",
    stack: "dev",
    platform: "local",
    url: "http://127.0.0.1:5004",
    previewUrl: "http://127.0.0.1:5007",
    activeSlot: "blue",
    route: { state: "live", weights: { blue: 100, green: 0 }, serving: "blue", revision: "4" },
    slots: { blue: slot("1.0.0-b", { role: "active" }), green: slot("0.9.0-a", { role: "standby" }) },
    pending: "none",
    drift: null,
    lastCutover: last,
    running: null,
    historyProblem: null,
    standby: {
      slot: "green",
      release: "0.9.0-a",
      since: "2026-01-01T00:00:00.000Z",
      until: "2026-01-01T01:00:00.000Z",
      leftMs: 1_800_000,
    },
    ...changes,
  };
}

const stopped = (name: Status["activeSlot"], running: number) =>
  slot(name === "blue" ? "1.0.0-b" : "0.9.0-a", { running, problems: [`shop-${name}-1: stopped`] });

describe("recommendations", () => {
  it("are none when all is well", () => {
    expect(recommend(facts())).to.deep.equal([]);
  });

  const cases: [string, Partial<Facts>, Recommendation["severity"], RegExp, RegExp][] = [
    [
      "an unreadable route",
      { route: { state: "unreadable", problem: "it is empty" } },
      "critical",
      /it is empty/,
      /bluegreen repair/,
    ],
    [
      "a dead router",
      { route: { ...facts().route, state: "down", problem: "nobody listens" } },
      "critical",
      /nobody is served: nobody listens\. It will serve blue 100 %/,
      /pulumi up/,
    ],
    [
      "a stack without a deployment",
      { route: { state: "none" }, slots: { blue: slot(""), green: slot("") }, standby: null, lastCutover: null },
      "info",
      /nothing is deployed/,
      /bluegreen deploy/,
    ],
    [
      "an active slot without an instance, and a standby",
      { slots: { ...facts().slots, blue: stopped("blue", 0) } },
      "critical",
      /blue serves with 0 of 2 instances: shop-blue-1: stopped/,
      /bluegreen rollback/,
    ],
    [
      "an active slot without an instance, and no way back",
      { slots: { ...facts().slots, blue: stopped("blue", 0) }, standby: null },
      "critical",
      /blue serves with 0 of 2/,
      /log/,
    ],
    [
      "an active slot that lacks an instance",
      { slots: { ...facts().slots, blue: stopped("blue", 1) } },
      "warning",
      /1 of 2/,
      /rollback/,
    ],
    [
      "an active slot that crashes",
      { slots: { ...facts().slots, blue: slot("1.0.0-b", { restarts: 3 }) } },
      "warning",
      /restarted 3 times/,
      /bluegreen rollback/,
    ],
    [
      "an open change",
      {
        route: {
          ...facts().route,
          transaction: { id: "c9", expiresAt: "2026-01-01T00:00:15.000Z", fallback: { blue: 0, green: 100 } },
        },
      },
      "warning",
      /cutover c9 is not confirmed/,
      /falls back to blue 0 % \/ green 100 % at 2026-01-01T00:00:15\.000Z/,
    ],
    [
      "drift",
      { drift: "live is x, the last record says y" },
      "warning",
      /moved by somebody else: live is x/,
      /rollout\.onDrift/,
    ],
    [
      "a split without a cutover",
      { route: { ...facts().route, weights: { blue: 75, green: 25 } } },
      "warning",
      /split, blue 75 % \/ green 25 %/,
      /pulumi up/,
    ],
    [
      "a config that says another slot",
      { activeSlot: "green" },
      "warning",
      /says activeSlot green, but blue serves/,
      /bluegreen switch green/,
    ],
    [
      "a cutover that waits for approval",
      {
        lastCutover: withoutEnd(),
        running: {
          id: "r1",
          since: "2026-01-01T00:00:00.000Z",
          from: "blue",
          to: "green",
          at: "PRE_PRODUCTION_TRAFFIC_SHIFT",
          approval: { stage: "PRE_PRODUCTION_TRAFFIC_SHIFT", until: "2026-01-01T01:00:00.000Z" },
        },
      },
      "warning",
      /cutover r1 waits for approval at PRE_PRODUCTION_TRAFFIC_SHIFT/,
      /bluegreen approve r1.*bluegreen reject r1/,
    ],
    ["a cutover without an end", { lastCutover: withoutEnd() }, "warning", /has no end/, /pulumi up/],
    [
      "a way back that failed",
      { lastCutover: { ...last, completion: "Failed", reason: "x\ny" } },
      "critical",
      /the way back: x$/,
      /pulumi up/,
    ],
    [
      "a cutover that was taken back",
      { lastCutover: { ...last, completion: "RolledBack", reason: "p95" } },
      "info",
      /RolledBack: p95/,
      /history/,
    ],
    [
      "a history that cannot be read",
      { historyProblem: "record r2 cannot be read" },
      "warning",
      /record r2/,
      /standby/,
    ],
    [
      "a standby that does not run",
      { slots: { ...facts().slots, green: stopped("green", 0) } },
      "warning",
      /standby green has 0 of 2 instances, and would be the way back for 30 min/,
      /bluegreen start green/,
    ],
    [
      "a release that waits in the config of the idle slot",
      { slots: { ...facts().slots, green: slot("0.9.0-a", { wantedRelease: "1.1.0-c" }) } },
      "info",
      /green runs 0\.9\.0-a, and its config stands for 1\.1\.0-c/,
      /pulumi up/,
    ],
    [
      "a changed config of the slot that serves",
      { slots: { ...facts().slots, blue: slot("1.0.0-b", { wantedRelease: "1.0.0-z" }) } },
      "warning",
      /an update would refuse/,
      /bluegreen deploy/,
    ],
    [
      "an idle slot with a problem",
      { standby: null, slots: { ...facts().slots, green: stopped("green", 0) } },
      "info",
      /green: shop-green-1: stopped/,
      /bluegreen cleanup green/,
    ],
  ];
  for (const [what, changes, severity, problem, action] of cases) {
    it(`name ${what} and what to do`, () => {
      const found = recommend(facts(changes));
      expect(found.map((one) => one.severity)).to.deep.equal([severity]);
      expect(found[0]?.problem).to.match(problem);
      expect(found[0]?.action).to.match(action);
    });
  }

  it("begin with the worst", () => {
    const all = recommend(
      facts({
        drift: "moved",
        lastCutover: { ...last, completion: "Aborted" },
        slots: { blue: stopped("blue", 0), green: stopped("green", 1) },
      }),
    );
    expect(all.map((one) => one.severity)).to.deep.equal(["critical", "warning", "warning", "info"]);
  });

  function withoutEnd(): CutoverRecord {
    const open = { ...last };
    delete open.completion;
    return open;
  }
});
