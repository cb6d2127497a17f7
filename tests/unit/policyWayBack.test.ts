import { expect } from "chai";
import fc from "fast-check";
import { typeOf, type PlanInputs, type Settings } from "../../components/resources/inputs";
import { bluegreenPolicies } from "../../policies/index";
import { ruling } from "../support/policyRun";
import { aSwitch, noSwitch, type Changes } from "../support/policyUpdate";

/** Everything that is off by default, on. */
const everywhere = { stacks: ["*"] };
const freeze = { cron: "* * * * *", duration: "1h", reason: "always" };
const strict = bluegreenPolicies({
  "approval-required": everywhere,
  "evidence-rules": everywhere,
  "freeze-windows": { windows: [freeze] },
  "minimum-steps": { ...everywhere, minSteps: 9, maxFirstPercent: 1 },
  "one-switch-per-hour": { hours: 1_000_000 },
  "standby-time": { ...everywhere, minSeconds: 31_536_000 },
  "maximum-drain": { maxSeconds: { local: 0 } },
});
const policies = [...bluegreenPolicies(), ...strict];

async function violations(props: object, type = typeOf("Plan")): Promise<string[]> {
  const found = await Promise.all(policies.map((policy) => ruling(policy, props, { type })));
  return found.flatMap((each) => (typeof each === "string" ? [each] : each.violations));
}

/** Settings that break every minimum there is, and others. */
const settings: fc.Arbitrary<Changes<Settings>> = fc.record({
  gate: fc.record({ enabled: fc.boolean() }),
  bake: fc.record({ durationMs: fc.nat(60_000) }),
  drainMs: fc.nat(60_000),
  verify: fc.record({ consecutive: fc.integer({ min: 1, max: 50 }) }),
  onDrift: fc.constantFrom("refuse", "adopt"),
  rollbackWindowMs: fc.nat(3_600_000),
});

/** Releases as bad as the schema lets them be. */
const release = fc.record({
  id: fc.constantFrom("1.0.0-aaaaaaaaaaaa", "latest-cccccccccccc"),
  version: fc.constantFrom("latest", "*", "1.0.0"),
  artefact: fc.constantFrom("", "shop:latest", `sha256:${"a".repeat(64)}`),
  replicas: fc.integer({ min: 1, max: 64 }),
});

const standby = fc.record({
  slot: fc.constantFrom("blue" as const, "green" as const),
  release: fc.constant("0.9.0-dddddddddddd"),
  until: fc.constant("2999-01-01T00:00:00.000Z"),
});

describe("the policies and the way back", () => {
  it("never block a rollback, whatever is wrong with it", async () => {
    const rollbacks: fc.Arbitrary<Changes<PlanInputs>> = fc.record({
      settings,
      releases: fc.record({ blue: release, green: fc.option(release, { nil: undefined }) }),
      liveReleaseChanged: fc.boolean(),
      idleReleaseChanged: fc.boolean(),
      liveReplicas: fc.nat(64),
      drift: fc.constantFrom("none", "live is blue 0 % / green 100 %, the last record says …"),
      standby: fc.option(standby, { nil: undefined }),
      lastSwitchAt: fc.constant(new Date().toISOString()),
      loosened: fc.constant(["gate.enabled"]),
    });
    await fc.assert(
      fc.asyncProperty(rollbacks, fc.constantFrom("Plan" as const, "Cutover" as const), async (changes, of) => {
        const back = {
          activeSlot: "blue",
          kind: "rollback",
          transition: "green->blue",
          from: "green",
          to: "blue",
        } as const;
        expect(await violations(aSwitch({ ...changes, ...back }), typeOf(of))).to.deep.equal([]);
      }),
    );
  });

  it("block a switch for what they let a rollback pass, so that the tests above and below mean something", async () => {
    const bad = aSwitch({ lastSwitchAt: new Date().toISOString(), loosened: ["gate.enabled"] });
    const judged = await Promise.all(strict.map((policy) => ruling(policy, bad)));
    expect(judged.filter((each) => typeof each !== "string" && each.violations.length > 0)).to.have.lengthOf(8);
  });

  it("never block a rollback for a mistake in the pack's config", async () => {
    const policy = policies.find(({ name }) => name === "freeze-windows");
    if (policy === undefined) throw new Error("there is no freeze-windows");
    const config = { windows: [{ from: "soon" }] };
    expect(await ruling(policy, aSwitch({ kind: "rollback" }), { config })).to.deep.equal({ violations: [] });
  });

  it("never block an update that changes neither traffic nor releases", async () => {
    const updates: fc.Arbitrary<Changes<PlanInputs>> = fc.record({
      settings,
      liveReplicas: fc.nat(64),
      drift: fc.constantFrom("none", "live is blue 100 % / green 0 %, the last record says …"),
      standby: fc.constantFrom(undefined, {
        slot: "green",
        release: "1.1.0-bbbbbbbbbbbb",
        until: "2999-01-01T00:00:00.000Z",
      } as const),
    });
    await fc.assert(
      fc.asyncProperty(updates, fc.constantFrom("Plan" as const, "Cutover" as const), async (changes, of) => {
        expect(await violations(noSwitch(changes), typeOf(of))).to.deep.equal([]);
      }),
    );
  });

  it("leave an update whose own check failed to the engine", async () => {
    const unchecked = aSwitch({ settings: { gate: { enabled: false } }, kind: undefined });
    expect(await violations(unchecked)).to.deep.equal([]);
  });
});
