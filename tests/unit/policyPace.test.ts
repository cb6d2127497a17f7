import { typeOf } from "../../components/resources/inputs";
import { maximumDrain, minimumSteps, oneSwitchPerHour, standbyTime } from "../../policies/index";
import { describeRule, NOW } from "../support/policyCases";
import { aRepair, aSwitch, cutoverSwitch, firstDeployment, noSwitch } from "../support/policyUpdate";

const cutover = typeOf("Cutover");
const stacks = ["test"];
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

describeRule(minimumSteps, {
  unknown: "settings.steps",
  unknownConfig: { stacks },
  cases: [
    { when: "no stack is named", props: aSwitch() },
    { when: "there are just enough steps", props: aSwitch({ settings: { steps: [50, 100] } }), config: { stacks } },
    {
      when: "everything goes at once",
      props: aSwitch(),
      config: { stacks },
      says: ["must go in at least 2 steps in test", "`rollout.steps` is [100]", "such as [5, 25, 50, 100]"],
    },
    {
      when: "the first step is too large",
      props: aSwitch({ settings: { steps: [50, 100] } }),
      config: { stacks, maxFirstPercent: 10 },
      says: ["must begin with at most 10 % in test", "[50, 100]"],
    },
    {
      when: "both are wrong",
      props: aSwitch({ settings: { steps: [50, 100] } }),
      config: { stacks, minSteps: 3, maxFirstPercent: 10 },
      says: ["must go in at least 3 steps and begin with at most 10 %"],
    },
    {
      when: "the first step is just small enough",
      props: aSwitch({ settings: { steps: [10, 100] } }),
      config: { stacks, maxFirstPercent: 10 },
    },
    { when: "nothing switches", props: noSwitch(), config: { stacks } },
    { when: "it is the first deployment", props: firstDeployment(), config: { stacks } },
    {
      when: "Plan was left out",
      type: cutover,
      props: cutoverSwitch(),
      config: { stacks },
      says: ["at least 2 steps"],
    },
  ],
});

describeRule(oneSwitchPerHour, {
  unknown: "lastSwitchAt",
  unknownConfig: { hours: 1 },
  cases: [
    { when: "it is off", props: aSwitch({ lastSwitchAt: minutesAgo(1) }) },
    { when: "traffic has never moved", props: aSwitch(), config: { hours: 1 } },
    { when: "the last switch is an hour ago", props: aSwitch({ lastSwitchAt: minutesAgo(60) }), config: { hours: 1 } },
    {
      when: "the last switch is less than an hour ago",
      props: aSwitch({ lastSwitchAt: minutesAgo(50) }),
      config: { hours: 1 },
      says: [
        "The switch blue->green must come at least an hour after the last one",
        "traffic last moved at 2026-01-01T11:10:00.000Z",
        "Try again in 10 min",
      ],
    },
    {
      when: "the pack's config asks for more hours",
      props: aSwitch({ lastSwitchAt: minutesAgo(90) }),
      config: { hours: 2 },
      says: ["at least 2 hours after the last one", "in 30 min"],
    },
    { when: "nothing switches", props: noSwitch({ lastSwitchAt: minutesAgo(1) }), config: { hours: 1 } },
    { when: "a split route is repaired", props: aRepair({ lastSwitchAt: minutesAgo(1) }), config: { hours: 1 } },
    { when: "Cutover, which cannot tell, is judged", type: cutover, props: cutoverSwitch(), config: { hours: 1 } },
  ],
});

describeRule(maximumDrain, {
  unknown: "settings.drainMs",
  cases: [
    { when: "the drain is just within the platform's limit", props: aSwitch({ settings: { drainMs: 3_600_000 } }) },
    {
      when: "the drain is above the platform's limit",
      props: aSwitch({ settings: { drainMs: 3_600_001 } }),
      says: ["must drain for at most 3600 s on the platform local", "Set `drain.timeout` to 3600s or less"],
    },
    {
      when: "the pack's config has a lower limit",
      props: aSwitch(),
      config: { maxSeconds: { local: 10 } },
      says: ["at most 10 s", "`drain.timeout` is 30 s"],
    },
    {
      when: "the pack's config names another platform, and the default for this one holds",
      props: aSwitch({ settings: { drainMs: 3_600_001 } }),
      config: { maxSeconds: { elsewhere: 10 } },
      says: ["at most 3600 s"],
    },
    {
      when: "nobody has set a limit for the platform",
      props: aSwitch({ target: { platform: "elsewhere" }, settings: { drainMs: 7_200_000 } }),
    },
    { when: "nothing switches", props: noSwitch({ settings: { drainMs: 7_200_000 } }) },
    { when: "a split route is repaired", props: aRepair({ settings: { drainMs: 7_200_000 } }) },
    {
      when: "Plan was left out",
      type: cutover,
      props: cutoverSwitch({ settings: { drainMs: 7_200_000 } }),
      says: ["at most 3600 s"],
    },
  ],
});

const sticky = (changes: Record<string, unknown>) =>
  aSwitch({ target: { settings: { stickySeconds: 7200, stickyCookie: "slot", ...changes } } });

describeRule(standbyTime, {
  unknown: "settings.rollbackWindowMs",
  cases: [
    { when: "the window is as long as the drain", props: aSwitch({ settings: { rollbackWindowMs: 30_000 } }) },
    {
      when: "the window is shorter than the drain",
      props: aSwitch({ settings: { rollbackWindowMs: 29_000 } }),
      says: [
        "must leave the standby in place for at least 30 s, as long as `drain.timeout`",
        "`rollback.window` is 29 s",
        "Set `rollback.window` to 30s or more",
      ],
    },
    {
      when: "the window is shorter than sticky sessions",
      props: sticky({}),
      says: ["at least 120 min, as long as sticky sessions last", "to 2h or more"],
    },
    { when: "there are no sticky sessions", props: sticky({ stickyCookie: "" }) },
    {
      when: "the window is shorter than the stack asks for",
      props: aSwitch(),
      config: { stacks, minSeconds: 5400 },
      says: ["at least 90 min, as test asks for", "`rollback.window` is 60 min", "to 90m or more"],
    },
    { when: "the window is as long as the stack asks for", props: aSwitch(), config: { stacks } },
    { when: "another stack asks for more", props: aSwitch(), config: { stacks: ["prod"], minSeconds: 7200 } },
    { when: "nothing switches", props: noSwitch({ settings: { rollbackWindowMs: 0 } }) },
    { when: "it is the first deployment", props: firstDeployment({ settings: { rollbackWindowMs: 0 } }) },
    {
      when: "Plan was left out",
      type: cutover,
      props: cutoverSwitch({ settings: { rollbackWindowMs: 0 } }),
      says: ["as long as `drain.timeout`"],
    },
  ],
});
