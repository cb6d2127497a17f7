import type * as pulumi from "@pulumi/pulumi";
import { allows, type Evidence } from "../gates/evidence";
import { describeFailure, runGate } from "../gates/gate";
import { systemClock } from "../model/clock";
import { describeWeights } from "../model/words";
import { driverOf } from "../platforms/index";
import type { Handler } from "./handler";
import type { GateInputs, SecretInputs, SwitchInputs } from "./inputs";
import { situation } from "./live";
import { ThinResource } from "./thin";

/** The proof in short, for Cutover and for the state; the whole of it is in the record. */
export type Proof = Pick<Evidence, "slot" | "release" | "at" | "until" | "verdict">;

export interface GateOutputs {
  evidence: Proof | null;
  /** What each check found, one line each. */
  checks: string[];
}

/** Evidence that the release in the slot that is to serve may take traffic. Asked only when a switch is due. */
export class Gate extends ThinResource {
  declare readonly evidence: pulumi.Output<Proof | null>;
  declare readonly checks: pulumi.Output<string[]>;

  constructor(name: string, inputs: SwitchInputs & SecretInputs, opts: pulumi.CustomResourceOptions) {
    super("Gate", name, { ...inputs }, ["evidence", "checks"], opts);
  }
}

export const gateHandler: Handler<GateInputs, GateOutputs> = {
  async check(news) {
    const { transition, voidBefore } = await situation(driverOf(news.target), news, Date.now());
    return { inputs: { ...news, transition: transition.summary, kind: transition.kind, voidBefore } };
  },
  ignore: ["transition", "kind", "voidBefore", "secrets", "settings", "releases", "activeSlot"],
  due: (news, olds) => needed(news) && !counts(olds.evidence, news),
  async create(news) {
    return { id: `${news.target.stack}/${news.target.service}`, outs: await gather(news) };
  },
  update: (news) => gather(news),
  delete: () => Promise.resolve(),
};

/** A way back asks for readiness only, and Cutover does that itself. */
const needed = (news: GateInputs) =>
  news.settings.gate.enabled && (news.kind === "switch" || news.kind === "repair" || news.kind === "initial");
const idOf = (news: SwitchInputs) => news.releases[news.activeSlot]?.id ?? "";
const counts = (proof: Proof | null, news: GateInputs) =>
  proof !== null &&
  proof.at > (news.voidBefore ?? "") &&
  allows({ ...proof, durationMs: 0, checks: [] }, news.activeSlot, idOf(news), Date.now());

async function gather(news: GateInputs): Promise<GateOutputs> {
  const driver = driverOf(news.target);
  const { transition, live } = await situation(driver, news, Date.now());
  if (!needed({ ...news, kind: transition.kind })) return { evidence: null, checks: [] };
  const slot = news.activeSlot;
  const running =
    transition.from === "none" ? [] : (await driver.condition(transition.from)).instances.filter((i) => i.running);
  const replicas = Math.max(news.releases[slot]?.replicas ?? 1, transition.kind === "initial" ? 0 : running.length);
  console.log(`${news.target.service}: asking ${slot} for evidence (release ${idOf(news)})`);
  const { gate, objectives = [] } = news.settings;
  const own = { objectives, service: news.target.service, secrets: news.secrets ?? {} };
  const evidence = await runGate(driver, { slot, release: idOf(news), replicas }, gate, "full", systemClock, own);
  if (evidence.verdict !== "pass") {
    const serves =
      live === undefined
        ? "nothing serves yet"
        : `${describeWeights(live.weights)}, release ${transition.fromRelease} serves`;
    throw new Error(
      `${slot} is not ready for traffic: the gate ended with ${evidence.verdict}.\n${describeFailure(evidence)}\n` +
        `Traffic did not move: ${serves}.\n` +
        `Fix the release and run \`pulumi up\` again, or change what the gate asks (\`gate\` in the config).`,
    );
  }
  const checks = evidence.checks.map((check) => `${check.name}: ${check.detail}`);
  for (const line of checks) console.log(`${news.target.service}: ${line}`);
  const { release, at, until, verdict } = evidence;
  return { evidence: { slot, release, at, until, verdict }, checks };
}
