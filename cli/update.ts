import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { kindOf, messageOf, Failure, type FailureKind } from "./failure";
import { notInterrupted } from "./confirmed";
import type { OpenStack } from "./openStack";
import type { UpdateOptions } from "./options";
import { Progress, type Trouble } from "./progress";
import { typeOf } from "../components/resources/inputs";
import type { CutoverRecord } from "../components/model/record";
import { versionOf } from "../components/model/release";

/**
 * Runs `pulumi up` on the stack as its config says now.
 *
 * @returns whether anything was changed.
 * @throws Failure with everything that the engine, the policies and the components said was wrong.
 */
export async function update(opened: OpenStack, options: UpdateOptions, message: string): Promise<boolean> {
  const { signal, engineSignal = signal } = options;
  notInterrupted(signal);
  const say = options.say ?? (() => undefined);
  const progress = new Progress(opened.config.service, say);
  const startedAt = Date.now();
  try {
    const { summary } = await opened.stack.up({
      message,
      color: "never",
      onEvent: (event) => progress.event(event),
      ...(options.policyPacks === undefined ? {} : { policyPacks: options.policyPacks.map(absolute) }),
      ...(options.policyPackConfigs === undefined
        ? {}
        : { policyPackConfigs: options.policyPackConfigs.map(absolute) }),
      ...(engineSignal === undefined ? {} : { signal: engineSignal }),
    });
    return Object.entries(summary.resourceChanges ?? {}).some(([op, count]) => op !== "same" && count > 0);
  } catch (error) {
    const record = await newest(opened, startedAt);
    const kind = endOf(error, progress.trouble, record, signal?.aborted === true);
    const text = explain(error, kind, progress.trouble);
    const advice = kind === "unapproved" && record !== undefined ? `\n${beforehand(record)}` : "";
    throw new Failure(kind, `${text}${advice}`, { cause: error });
  }
}

/** How a failed update is told to scripts. What was refused before it began is not the same as what was tried. */
export function endOf(
  error: unknown,
  trouble: Trouble,
  record: CutoverRecord | undefined,
  interrupted: boolean,
): FailureKind {
  if (interrupted) return "interrupted";
  const kind = kindOf(error);
  if (kind !== "failed") return kind;
  if (trouble.violations.length > 0) return "refused";
  if (trouble.errors.some(({ type }) => type === typeOf("Plan"))) return "refused";
  // Not a bad release: somebody has to say yes, and it can be tried again. A way back that failed counts more.
  const pending = record?.approvals?.at(-1)?.answer === "pending" && record.completion !== "Failed";
  if (pending) return "unapproved";
  // The live route was moved by somebody else: the cutover stopped at its first look.
  const drift = record?.stages.some(({ stage, verdict }) => stage === "RECONCILE" && verdict === "fail");
  return drift === true ? "refused" : "failed";
}

function explain(error: unknown, kind: FailureKind, { violations, errors }: Trouble): string {
  if (kind === "locked") {
    return (
      `Another update is at work on this stack, so nothing was touched.\n${messageOf(error)}\n` +
      "Wait for it to end. If it was killed, run `bluegreen repair --cancel`."
    );
  }
  const said = errors.map(({ message }) => message).filter((message) => message !== "update failed");
  const lines = [...violations, ...new Set(said)];
  const text = lines.length > 0 ? lines.join("\n") : messageOf(error);
  return kind === "interrupted" ? `Interrupted.\n${text}` : text;
}

/** How a switch is approved that waits for nobody. */
function beforehand({ toRelease }: CutoverRecord): string {
  return (
    "This switch still needs approval, and approval.wait is off, so it asks nobody. Approve it beforehand, " +
    `\`pulumi config set --path approval.release ${versionOf(toRelease)}\`, and switch again.`
  );
}

/** The record of the cutover that this update began, if it came that far. */
async function newest({ driver }: OpenStack, since: number): Promise<CutoverRecord | undefined> {
  try {
    const [record] = await driver.records();
    return record !== undefined && Date.parse(record.startedAt) >= since ? record : undefined;
  } catch {
    // Only for telling one failure from another; the failure itself is reported in any case.
    return undefined;
  }
}

/** Paths are relative to where the user stands; the engine stands in the project's folder. */
function absolute(path: string): string {
  return existsSync(path) ? resolve(path) : path;
}
