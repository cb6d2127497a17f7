export interface Result {
  is: "passed" | "failed" | "skipped";
  suite: string;
  title: string;
  error?: string;
  reason?: string;
}

export function readResults(text: string, suite: string): { results: Result[]; ended: boolean };
export function summary(results: Result[]): string[];
export function countLine(results: Result[]): string;
export function exitCode(results: Result[]): number;
