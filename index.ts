import { BlueGreen } from "./components/blueGreen";
import { configOfStack } from "./components/config/stack";

// One service from the stack's config. `activeSlot` says who serves.
const args = configOfStack();
const service = new BlueGreen(args.service, args);

export const { activeSlot, url, previewUrl, slots, route, lastCutover } = service;
