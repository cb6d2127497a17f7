import { Failure } from "./failure";
import type { ChangeOptions } from "./options";

/** Asks, where somebody is to be asked. @throws Failure (refused) when the answer is no, and (interrupted) when it is too late */
export async function confirmed({ confirm, signal }: ChangeOptions, question: string): Promise<void> {
  notInterrupted(signal);
  if (confirm === undefined) return;
  const answer = await confirm(question);
  notInterrupted(signal);
  if (!answer) throw new Failure("refused", "Not confirmed: nothing was touched.");
}

export function notInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Failure("interrupted", "Interrupted.");
}
