import type * as pulumi from "@pulumi/pulumi";
import { cutover } from "../cutover/cutover";
import { CutoverFailure } from "../cutover/failure";
import { systemClock } from "../model/clock";
import { closedAfterwards, stands, type CutoverRecord } from "../model/record";
import { all, serving, type Slot } from "../model/words";
import { driverOf } from "../platforms/index";
import type { Proof } from "./gate";
import { partialFailure, type Handler } from "./handler";
import type { CutoverInputs, SecretInputs, SwitchInputs, Target } from "./inputs";
import { situation } from "./live";
import { ThinResource } from "./thin";
import { agreement } from "./agreement";
import { who } from "./who";

export type LastCutover = Pick<
  CutoverRecord,
  | "id"
  | "kind"
  | "from"
  | "to"
  | "fromRelease"
  | "toRelease"
  | "endedAt"
  | "totalMs"
  | "cutoverMs"
  | "switchTimes"
  | "completion"
>;

export interface CutoverOutputs {
  target: Target;
  /** The slot that serves. */
  serves: Slot | "none";
  lastCutover: LastCutover | null;
}

/** Alone moves the weight of the route. Deleting it moves nothing. */
export class Cutover extends ThinResource {
  declare readonly serves: pulumi.Output<Slot | "none">;
  declare readonly lastCutover: pulumi.Output<LastCutover | null>;

  constructor(
    name: string,
    inputs: SwitchInputs & SecretInputs & { evidence: pulumi.Input<Proof | null> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super("Cutover", name, { ...inputs }, ["serves", "lastCutover"], opts);
  }
}

export const cutoverHandler: Handler<CutoverInputs & { evidence?: Proof | null }, CutoverOutputs> = {
  async check(news) {
    const { transition, drift } = await situation(driverOf(news.target), news, Date.now());
    return { inputs: { ...news, transition: transition.summary, kind: transition.kind, drift } };
  },
  late: ["evidence"],
  ignore: ["transition", "kind", "drift", "secrets", "settings", "releases", "evidence", "activeSlot"],
  due: (news, olds) => news.kind !== "none" || (news.drift ?? "none") !== "none" || olds.serves !== news.activeSlot,
  async create(news) {
    return { id: idOf(news.target), outs: await move(news, null) };
  },
  update: (news, olds) => move(news, olds.lastCutover),
  delete: () => Promise.resolve(),
  async read(olds) {
    const route = await driverOf(olds.target).readRoute();
    return { ...olds, serves: route === undefined ? "none" : (serving(route.weights) ?? "none") };
  },
};

const idOf = (target: Target) => `${target.stack}/${target.service}`;

async function move(
  news: CutoverInputs & { evidence?: Proof | null },
  lastCutover: LastCutover | null,
): Promise<CutoverOutputs> {
  const { target } = news;
  const driver = driverOf(target);
  const { transition, voidBefore, drift, records } = await situation(driver, news, Date.now());
  if (transition.kind === "none" && drift !== "none") {
    console.log(`${target.service}: the config agrees with the live route, so it is taken as the new start: ${drift}`);
    const record = agreement(news, transition, drift, Date.now());
    await driver.saveRecord(record, news.settings.keep);
    return { target, serves: transition.to, lastCutover: short(record) };
  }
  if (transition.kind === "none") {
    const live = all(transition.to);
    const interrupted = records.find((record) => stands(record, live));
    if (interrupted === undefined) return { target, serves: transition.to, lastCutover };
    const record = closedAfterwards(interrupted, live, live, Date.now());
    console.log(`${target.service}: the last cutover was ${record.reason ?? "interrupted"}; its switch stands`);
    await driver.saveRecord(record, news.settings.keep);
    return { target, serves: transition.to, lastCutover: short(record) };
  }
  const toRelease = news.releases[transition.to];
  if (toRelease === undefined) throw new Error(`there is no release for ${transition.to}`);
  const order = {
    service: target.service,
    stack: target.stack,
    kind: transition.kind,
    from: transition.from,
    to: transition.to,
    fromRelease: transition.fromRelease,
    toRelease,
    settings: news.settings,
    who: who(),
    ...(news.secrets === undefined ? {} : { secrets: news.secrets }),
    ...(news.evidence != null && news.evidence.at > voidBefore ? { evidence: news.evidence } : {}),
  };
  try {
    const record = await cutover(driver, order, systemClock, (line) => console.log(`${target.service}: ${line}`));
    return { target, serves: transition.to, lastCutover: short(record) };
  } catch (error) {
    if (!(error instanceof CutoverFailure) || error.completion !== "Failed") throw error;
    // The way back failed: the state must say what serves in truth, so that the next update starts from there.
    const serves = error.record.weights === undefined ? "none" : (serving(error.record.weights) ?? "none");
    const { secrets: _secrets, ...plain } = news;
    throw partialFailure(error, idOf(target), { ...plain, target, serves, lastCutover: short(error.record) });
  }
}

function short(record: CutoverRecord): LastCutover {
  const { id, kind, from, to, fromRelease, toRelease, endedAt, totalMs, cutoverMs, switchTimes, completion } = record;
  return JSON.parse(
    JSON.stringify({
      id,
      kind,
      from,
      to,
      fromRelease,
      toRelease,
      endedAt,
      totalMs,
      cutoverMs,
      switchTimes,
      completion,
    }),
  ) as LastCutover;
}
