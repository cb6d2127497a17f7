/** Blue-green releases as Pulumi resources. */
export { BlueGreen, type SlotOutput } from "./blueGreen";
export type { BlueGreenArgs } from "./config/args";
export type { LastCutover } from "./resources/cutover";
export type { CutoverRecord, StageRecord } from "./model/record";
export type { Completion, Slot, Stage, Verdict, Weights } from "./model/words";
