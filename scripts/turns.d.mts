export function inTurn<T>(
  lockFile: string,
  work: () => Promise<T>,
  options?: { waiting?: (holder: number) => void },
): Promise<T>;
