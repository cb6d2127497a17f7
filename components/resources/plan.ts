import type * as pulumi from "@pulumi/pulumi";
import { loosened } from "../model/loosened";
import type { CutoverRecord } from "../model/record";
import { refusals } from "../model/transition";
import { describeWeights, other } from "../model/words";
import { describeGate } from "../gates/gate";
import { driverOf } from "../platforms/index";
import { blocksRollback } from "../hooks/migration";
import { estimateOf } from "./estimate";
import type { Handler } from "./handler";
import type { PlanFindings, PlanInputs, SwitchInputs } from "./inputs";
import { situation, wantedOf } from "./live";
import { preflight } from "./preflight";
import { ThinResource } from "./thin";

/**
 * The first of the resources: says what an update is about to do to the traffic, and refuses what can never be right
 * before anything is touched. Everything else depends on it; policies judge it.
 */
export class Plan extends ThinResource {
  declare readonly transition: pulumi.Output<string>;

  constructor(name: string, inputs: SwitchInputs & { preview?: boolean }, opts: pulumi.CustomResourceOptions) {
    super("Plan", name, { ...inputs }, [], opts);
  }
}

/** Findings that describe the moment rather than what is wanted: they alone are no change. */
const MOMENTARY = [
  "transition",
  "kind",
  "from",
  "to",
  "fromRelease",
  "toRelease",
  "liveReleaseChanged",
  "idleReleaseChanged",
  "live",
  "drift",
  "standby",
  "lastSwitchAt",
  "loosened",
  "liveReplicas",
  "estimate",
  "preflight",
  "preview",
  "settings",
  "gates",
] as const;

export const planHandler: Handler<PlanInputs> = {
  async check(news, olds) {
    const found = await situation(driverOf(news.target), news, Date.now());
    const { transition, live, standby } = found;
    const wanted = news.releases[transition.to];
    const findings: PlanFindings = {
      transition: transition.summary,
      kind: transition.kind,
      from: transition.from,
      to: transition.to,
      fromRelease: transition.fromRelease,
      toRelease: transition.toRelease,
      liveReleaseChanged: transition.liveReleaseChanged,
      idleReleaseChanged: transition.idleReleaseChanged,
      live: live === undefined ? "none" : describeWeights(live.weights),
      drift: found.drift,
      liveReplicas:
        live === undefined ? 0 : await instances(news, transition.kind === "none" ? transition.to : transition.from),
      gates: describeGate(news.settings.gate, wanted?.replicas ?? 0),
      estimate: estimateOf(transition.kind, news.settings),
    };
    if (standby !== undefined && Date.now() - standby.since <= news.settings.rollbackWindowMs) {
      const until = new Date(standby.since + news.settings.rollbackWindowMs).toISOString();
      findings.standby = { slot: standby.slot, release: standby.release, until };
    }
    const lastSwitchAt = lastMoved(found.records)?.endedAt;
    if (lastSwitchAt !== undefined) findings.lastSwitchAt = lastSwitchAt;
    const looser = olds === undefined ? [] : loosened(olds.settings, news.settings);
    if (looser.length > 0) findings.loosened = looser;
    if (findings.transition !== "none") console.log(announce(news, findings));
    const reasons = refusals(live, wantedOf(news));
    // A route that somebody else moved is refused here already, before a slot is touched, unless the wish agrees with it.
    if (found.drift !== "none" && transition.kind !== "none" && news.settings.onDrift === "refuse") {
      reasons.push(
        `The route was moved by somebody else: ${found.drift}. Nothing was touched. ` +
          `Set activeSlot to ${other(transition.to)} to keep what serves now, or rollout.onDrift to adopt.`,
      );
    }
    const moves = transition.kind === "switch" || transition.kind === "rollback";
    const steps = moves ? blocksRollback(found.records, transition.fromRelease, transition.toRelease) : undefined;
    if (steps !== undefined && news.settings.pastContract !== true) {
      reasons.push(`${steps.message} The flag is rollback.pastContract. Nothing was touched.`);
    }
    if (news.preview === true && transition.kind !== "none" && reasons.length === 0) {
      findings.preflight = await preflight(driverOf(news.target), news, found);
      for (const line of findings.preflight) console.log(`${news.target.service}: preflight: ${line}`);
    }
    const inputs = { ...news, ...findings };
    if (reasons.length === 0) return { inputs };
    return { inputs, failures: reasons.map((reason) => ({ property: "activeSlot", reason })) };
  },
  ignore: MOMENTARY,
  due: (news) => news.transition !== "none",
  create: (news) => Promise.resolve({ id: `${news.target.stack}/${news.target.service}`, outs: {} }),
  update: () => Promise.resolve({}),
  delete: () => Promise.resolve(),
};

/** One line for every preview and update that moves traffic: the details are in the diff of this resource. */
function announce({ target, settings }: SwitchInputs, found: PlanFindings): string {
  const releases = `${found.fromRelease === "" ? "" : `release ${found.fromRelease} → `}${found.toRelease}`;
  const steps = found.kind === "switch" ? `, steps ${settings.steps.join(", ")} %` : "";
  const route = found.from === "none" ? `first deployment in ${found.to}` : `${found.kind} ${found.from} → ${found.to}`;
  const drift = found.drift === "none" ? "" : `; drift: ${found.drift}`;
  return `${target.service}: ${route}, ${releases}; live: ${found.live}${drift}${steps}; ${found.estimate}`;
}

/** The newest closed record of a cutover that moved traffic, be it back again. Records come newest first. */
function lastMoved(records: readonly CutoverRecord[]): CutoverRecord | undefined {
  return records.find(
    ({ kind, completion, written }) => kind !== "initial" && completion !== undefined && written.length > 0,
  );
}

async function instances(news: SwitchInputs, slot: PlanFindings["from"]): Promise<number> {
  if (slot === "none") return 0;
  const condition = await driverOf(news.target).condition(slot);
  return condition.instances.filter((instance) => instance.running).length;
}
