import type { Slot } from "../../components/model/words";
import { startLoad, type LoadReport } from "../../scripts/load";
import { settingsOf, tell } from "../message";
import { machineClock, type Answers } from "./switchTimes";

/** The load of the switch benchmark, in a process of its own so that neither it nor the measuring waits for the other. */
export interface LoadSettings {
  url: string;
  ratePerSecond: number;
  connections: number;
  maxMs: number;
}

/** Asks for `"seen"` as soon as this slot has answered a request sent after this time; 0 is any time. */
export interface SeenQuestion {
  slot: Slot;
  after: number;
  /** How many such answers there must be. */
  count: number;
}

/** The answer to `"stop"`. */
export interface LoadOutcome {
  report: LoadReport;
  answers: Answers;
}

const SLOT_CODES: Record<string, number> = { blue: 0, green: 1 };

if (require.main === module) {
  const settings = settingsOf() as LoadSettings;
  const sentAt: number[] = [];
  const at: number[] = [];
  const slots: number[] = [];
  let question: SeenQuestion | undefined;
  const load = startLoad({
    ...settings,
    onAnswer: ({ latencyMs, slot = "" }) => {
      const now = machineClock();
      const sent = now - latencyMs;
      at.push(now);
      sentAt.push(sent);
      slots.push(SLOT_CODES[slot] ?? 2);
      if (question === undefined || slot !== question.slot || sent <= question.after || --question.count > 0) return;
      question = undefined;
      void tell("seen");
    },
  });
  process.on("message", (told: SeenQuestion | "stop") => {
    if (told !== "stop") {
      question = told;
      return;
    }
    void load.stop().then(async (report) => {
      const answers = { sentAt: Float64Array.from(sentAt), at: Float64Array.from(at), slot: Uint8Array.from(slots) };
      await tell({ report, answers } satisfies LoadOutcome);
      process.disconnect();
    });
  });
}
