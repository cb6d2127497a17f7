import type { Approval } from "../../components/approval/schema";
import type { Objective } from "../../components/model/objective";
import { typeOf } from "../../components/resources/inputs";
import { approvalRequired, evidenceRules, noLoosening } from "../../policies/index";
import { describeRule } from "../support/policyCases";
import { aRepair, aSwitch, cutoverSwitch, firstDeployment, green, noSwitch } from "../support/policyUpdate";

const cutover = typeOf("Cutover");
/** The stack of the tests' updates is named test. */
const config = { stacks: ["prod", "te*"] };
const others = { stacks: ["prod", "tes", "*st-2", "t.st"] };

const approval: Approval = {
  required: true,
  stages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
  timeoutMs: 60_000,
  onTimeout: "rollback",
  wait: true,
};
const approved = (changes: Partial<Approval> = {}) => ({ settings: { approval: { ...approval, ...changes } } });

describeRule(approvalRequired, {
  unknown: "settings.approval",
  unknownConfig: config,
  cases: [
    { when: "no stack is named", props: aSwitch() },
    { when: "other stacks are named", props: aSwitch(), config: others },
    { when: "a person must approve the switch", props: aSwitch(approved()), config },
    {
      when: "nobody is asked",
      props: aSwitch(),
      config,
      says: [
        "The switch blue->green must be approved by a person in test",
        "Set `approval.required` to true",
        "Serving now",
      ],
    },
    {
      when: "approval is off",
      props: aSwitch(approved({ required: false })),
      config,
      says: ["`approval.required` is false"],
    },
    ...[green.id, green.version].map((release) => ({
      when: `the config approves ${release} beforehand`,
      props: aSwitch(approved({ release })),
      config,
      says: [`\`approval.release\` approves ${release} beforehand`],
    })),
    {
      when: "the config approves the release beforehand, and the team takes that",
      props: aSwitch(approved({ release: green.id })),
      config: { ...config, allowPreapproved: true },
    },
    { when: "the config approves another release beforehand", props: aSwitch(approved({ release: "1.0.9" })), config },
    {
      when: "it goes on when nobody answers",
      props: aSwitch(approved({ onTimeout: "continue" })),
      config,
      says: ["`approval.onTimeout` is continue"],
    },
    { when: "nothing switches", props: noSwitch(), config },
    { when: "it is the first deployment", props: firstDeployment(), config },
    { when: "a split route is repaired, which may be a way back", props: aRepair(), config },
    {
      when: "Plan was left out and nobody is asked",
      type: cutover,
      props: cutoverSwitch(),
      config,
      says: ["must be approved by a person"],
    },
  ],
});

const smoke = { name: "home", method: "GET", path: "/", headers: {}, status: 200, json: [] };
const errors: Objective = {
  name: "errors",
  source: { kind: "logs", pattern: "ERROR" },
  pass: "== 0",
  initialDelayMs: 0,
  intervalMs: 5000,
  timeoutMs: 5000,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  onBreach: "rollback",
  dryRun: false,
  noData: "hold",
  when: ["gate", "bake"],
};
const watching = (changes: Partial<Objective>) => aSwitch({ settings: { objectives: [{ ...errors, ...changes }] } });
const readinessOnly = [
  "must be backed by at least one smoke request or objective in test",
  "Add a request to `gate.smoke`",
];

describeRule(evidenceRules, {
  unknown: "settings.gate.smoke",
  unknownConfig: config,
  cases: [
    { when: "no stack is named", props: aSwitch() },
    { when: "other stacks are named", props: aSwitch(), config: others },
    { when: "there is a smoke request", props: aSwitch({ settings: { gate: { smoke: [smoke] } } }), config },
    { when: "an objective is asked in the gate", props: watching({}), config },
    { when: "only readiness is asked", props: aSwitch(), config, says: readinessOnly },
    {
      when: "objectives are watched after the gate only",
      props: watching({ when: ["bake"] }),
      config,
      says: readinessOnly,
    },
    { when: "the gate's objective only warns", props: watching({ onBreach: "warn" }), config, says: readinessOnly },
    { when: "the gate's objective is only tried out", props: watching({ dryRun: true }), config, says: readinessOnly },
    { when: "nothing switches", props: noSwitch(), config },
    { when: "it is the first deployment", props: firstDeployment(), config },
    { when: "Plan was left out", type: cutover, props: cutoverSwitch(), config, says: readinessOnly },
  ],
});

const loosened = ["bake.duration", "objectives.errors"];

describeRule(noLoosening, {
  unknown: "loosened",
  cases: [
    { when: "nothing was loosened", props: aSwitch() },
    {
      when: "a switch comes with looser thresholds",
      props: aSwitch({ loosened }),
      says: [
        "The switch blue->green must be judged as strictly as the last update",
        "it loosens `bake.duration`, `objectives.errors`",
        "leave `activeSlot` as it is for one `pulumi up`",
      ],
    },
    { when: "thresholds are loosened and nothing switches", props: noSwitch({ loosened }) },
    { when: "a split route is repaired", props: aRepair({ loosened }) },
    { when: "Cutover, which cannot tell, is judged", type: cutover, props: cutoverSwitch() },
  ],
});
