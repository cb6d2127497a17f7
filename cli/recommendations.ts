import { describeMs } from "../components/model/clock";
import { describeWeights, other, SLOTS, type Slot } from "../components/model/words";
import type { Recommendation, Status } from "./status";

type Facts = Omit<Status, "recommendations" | "healthy">;
type Advice = (status: Facts) => Recommendation[];

const advice = (severity: Recommendation["severity"], problem: string, action: string): Recommendation[] => [
  { severity, problem, action },
];

const route: Advice = ({ route: { state, problem = "", weights } }) => {
  const kept = weights === undefined ? "" : ` It will serve ${describeWeights(weights)} when it is back.`;
  switch (state) {
    case "unreadable":
      return advice("critical", `the route cannot be told: ${problem}`, "`bluegreen repair` explains and mends it");
    case "down":
      return advice("critical", `nobody is served: ${problem}.${kept}`, "`pulumi up` starts what carries the route");
    case "none":
      return advice("info", "nothing is deployed yet", "`bluegreen deploy <version>` or `pulumi up`");
    case "live":
      return [];
  }
};

const openChange: Advice = ({ route: { transaction } }) =>
  transaction === undefined
    ? []
    : advice(
        "warning",
        `cutover ${transaction.id} is not confirmed yet`,
        `wait for it to end; if it was killed, the route falls back to ${describeWeights(transaction.fallback)} at ` +
          `${transaction.expiresAt} by itself, and \`pulumi up\` goes on from there`,
      );

const capacity: Advice = (status) => {
  const slot = status.route.serving;
  if (slot === undefined || status.route.state === "none") return [];
  const { running, wanted, restarts, problems } = status.slots[slot];
  const why = problems.length === 0 ? "" : `: ${problems.join("; ")}`;
  const way = canGoBack(status)
    ? "`bluegreen rollback` goes back to the standby"
    : "look at its log; deploy a release that runs";
  if (running < wanted) {
    return advice(
      running === 0 ? "critical" : "warning",
      `${slot} serves with ${running} of ${wanted} instances${why}`,
      way,
    );
  }
  if (restarts > 0)
    return advice("warning", `${slot} serves, and its instances crashed and were restarted ${restarts} times`, way);
  return [];
};

const split: Advice = ({ route: { weights, transaction, state } }) =>
  weights === undefined || transaction !== undefined || state === "none" || weights.blue === 0 || weights.green === 0
    ? []
    : advice(
        "warning",
        `the traffic is split, ${describeWeights(weights)}, and no cutover is at work`,
        "`pulumi up` gives all of it to activeSlot",
      );

const drift: Advice = (status) =>
  status.drift === null
    ? []
    : advice(
        "warning",
        `the route was moved by somebody else: ${status.drift}`,
        `set activeSlot to the slot that serves, or rollout.onDrift to adopt, and run \`pulumi up\``,
      );

const disagreement: Advice = ({ activeSlot, route: { serving, transaction, state } }) =>
  serving === undefined || state === "none" || serving === activeSlot || transaction !== undefined
    ? []
    : advice(
        "warning",
        `the config says activeSlot ${activeSlot}, but ${serving} serves: the next update switches`,
        `\`bluegreen switch ${activeSlot}\` to do that now, \`pulumi config set activeSlot ${serving}\` to keep what serves`,
      );

/** The config of a slot says another release than the one it runs. */
const pending: Advice = ({ slots, route: { serving, state } }) =>
  SLOTS.flatMap((slot) => {
    const { release, wantedRelease } = slots[slot];
    if (wantedRelease === null || wantedRelease === release || (release === "" && state === "none")) return [];
    if (slot !== serving) {
      const found = release === "" ? "runs nothing" : `runs ${release}`;
      return advice(
        "info",
        `${slot} ${found}, and its config stands for ${wantedRelease}`,
        "`pulumi up` puts that there",
      );
    }
    return advice(
      "warning",
      `${slot} serves ${release}, and its config stands for ${wantedRelease}: an update would refuse that`,
      `\`bluegreen deploy <version>\` puts a new release into ${other(slot)}, and pins ${slot} where only its files were edited; ` +
        `take any other change of ${slot} back`,
    );
  });

const approval: Advice = ({ running }) =>
  running?.approval == null
    ? []
    : advice(
        "warning",
        `cutover ${running.id} waits for approval at ${running.approval.stage}, until ${running.approval.until}`,
        `\`bluegreen approve ${running.id}\` or \`bluegreen reject ${running.id}\``,
      );

const lastCutover: Advice = ({ lastCutover: last, running, route: { transaction } }) => {
  if (last === null) return [];
  const what = `the cutover ${last.from} to ${last.to} of ${last.startedAt}`;
  const why = last.reason === undefined ? "" : `: ${last.reason.split("\n")[0] ?? ""}`;
  switch (last.completion) {
    case undefined:
      if (transaction !== undefined || running?.approval != null) return [];
      return advice(
        "warning",
        `${what} has no end: it is at work, or was interrupted`,
        "if no update runs, `pulumi up` goes on from what is live",
      );
    case "Failed":
      return advice(
        "critical",
        `${what} failed, and so did the way back${why}`,
        "see the slots above; `pulumi up` once the wanted one is ready",
      );
    case "RolledBack":
    case "Aborted":
      return advice(
        "info",
        `${what} ended with ${last.completion}${why}`,
        "put the release right and switch again; `bluegreen history` has all of it",
      );
    default:
      return [];
  }
};

const history: Advice = ({ historyProblem }) =>
  historyProblem === null
    ? []
    : advice("warning", historyProblem, "without its history the service has no standby and every drift goes unseen");

const standby: Advice = (status) => {
  if (status.standby === null) return [];
  const { slot, leftMs } = status.standby;
  const { running, wanted } = status.slots[slot];
  if (leftMs === 0 || running >= wanted) return [];
  const problem = `the standby ${slot} has ${running} of ${wanted} instances, and would be the way back for ${describeMs(leftMs)} more`;
  return advice("warning", problem, `\`bluegreen start ${slot}\``);
};

/** Other slots than the one that serves only speak up when something is wrong with them. */
const idleProblems: Advice = (status) =>
  SLOTS.filter((slot) => slot !== status.route.serving && slot !== status.standby?.slot).flatMap((slot) => {
    const { problems, release } = status.slots[slot];
    return problems.length === 0 || release === ""
      ? []
      : advice("info", `${slot}: ${problems.join("; ")}`, explainIdle(slot));
  });

const explainIdle = (slot: Slot) =>
  `\`bluegreen start ${slot}\`, or \`bluegreen cleanup ${slot}\` when it is not wanted`;

function canGoBack({ standby: way, slots }: Facts): boolean {
  return way !== null && way.leftMs > 0 && slots[way.slot].running > 0;
}

const ORDER = { critical: 0, warning: 1, info: 2 };

/** What is wrong and what to do, the worst first. Decides by the status alone. */
export function recommend(status: Facts): Recommendation[] {
  const all = [
    route,
    capacity,
    openChange,
    approval,
    drift,
    split,
    disagreement,
    lastCutover,
    history,
    standby,
    pending,
    idleProblems,
  ];
  return all.flatMap((each) => each(status)).sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
