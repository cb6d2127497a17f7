import { expect } from "chai";
import fc from "fast-check";
import { measure, trafficBetween, type Objectives, type Reading } from "../../components/model/objectives";

const limits: Objectives = { maxErrorPercent: 1, maxP95Ms: 500, maxRestarts: 0, minRequests: 10 };
const zero: Reading = {
  requests: 0,
  failed: 0,
  latency: { bounds: [0.1, 0.5, 1], counts: [0, 0, 0, 0] },
  restarts: 0,
  down: 0,
};
const reading = (changes: Partial<Reading>, counts: number[] = [100, 0, 0, 0]): Reading => ({
  ...zero,
  requests: 100,
  latency: { bounds: [0.1, 0.5, 1], counts },
  ...changes,
});

function verdicts(before: Reading, after: Reading, start = before): Record<string, string> {
  return Object.fromEntries(
    measure(before, after, start, limits).map(({ objective, verdict }) => [objective, verdict]),
  );
}

describe("measuring the objectives", () => {
  const kept = { errors: "pass", latency: "pass", restarts: "pass", capacity: "pass" };
  const rows: [string, Reading, Reading, Record<string, string>][] = [
    ["all is well", zero, reading({}), kept],
    ["errors are at the limit", zero, reading({ failed: 1 }), kept],
    ["errors are above the limit", zero, reading({ failed: 2 }), { ...kept, errors: "fail" }],
    ["latency is above the limit", zero, reading({}, [90, 0, 10, 0]), { ...kept, latency: "fail" }],
    ["latency is above all bounds", zero, reading({}, [0, 0, 0, 100]), { ...kept, latency: "fail" }],
    ["an instance was restarted", zero, reading({ restarts: 1 }), { ...kept, restarts: "fail" }],
    ["an instance is down", zero, reading({ down: 1 }), { ...kept, capacity: "fail" }],
    ["there was no traffic", reading({}), reading({}), { ...kept, errors: "inconclusive", latency: "inconclusive" }],
    [
      "there was too little traffic, all of it failed",
      zero,
      reading({ requests: 9, failed: 9 }, [9, 0, 0, 0]),
      { ...kept, errors: "inconclusive", latency: "inconclusive" },
    ],
    ["no latency was measured", zero, reading({}, [0, 0, 0, 0]), { ...kept, latency: "inconclusive" }],
    ["the counters were restarted", reading({ requests: 9999, failed: 50 }, [9999, 0, 0, 0]), reading({}), kept],
    [
      "the counters were restarted and errors are above the limit",
      reading({ requests: 9999, failed: 50 }, [9999, 0, 0, 0]),
      reading({ failed: 2 }),
      { ...kept, errors: "fail" },
    ],
    [
      "the counters were restarted and have overtaken the old count of requests",
      reading({ requests: 90, failed: 50 }, [90, 0, 0, 0]),
      reading({ failed: 2 }),
      { ...kept, errors: "fail" },
    ],
    ["a counter is not a number", zero, reading({ requests: NaN }), { ...kept, errors: "fail" }],
  ];
  for (const [when, before, after, wanted] of rows) {
    it(`judges when ${when}`, () => expect(verdicts(before, after)).deep.equal(wanted));
  }

  it("counts restarts since the watch began, not since the last reading", () => {
    expect(verdicts(reading({ restarts: 1 }), reading({ restarts: 1, requests: 200 }), zero)).include({
      restarts: "fail",
    });
  });

  it("never passes errors or latency without traffic", () => {
    const any = fc
      .record({ requests: fc.nat({ max: 1000 }), failed: fc.nat({ max: 1000 }) })
      .map((counts) => reading(counts));
    fc.assert(
      fc.property(any, any, (before, after) => {
        const { requests, failed } = trafficBetween(before, after);
        expect(requests).least(0);
        expect(failed).least(0);
        const found = verdicts(before, after);
        if (requests < limits.minRequests) expect(found).include({ errors: "inconclusive", latency: "inconclusive" });
        else expect(found["errors"]).equal((100 * failed) / requests <= limits.maxErrorPercent ? "pass" : "fail");
      }),
    );
  });
});
